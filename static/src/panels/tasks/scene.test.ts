import { describe, expect, it } from 'vitest';
import { pictureOf, storage } from '../reading/fixture';
import type { Fields } from '../reading/picture';
import { cpuMilli, memoryMib, podOf, podStatus } from './objects';
import { loadOf } from './load';
import { tasksScene } from './scene';

function pod(name: string, job: string, phase: string, node = '', extra: Fields = {}): Fields {
  return {
    metadata: { name, creationTimestamp: 1_000_000, ownerReferences: job === '' ? [] : [{ kind: 'Job', name: job }], ...extra },
    spec: {
      ...(node === '' ? {} : { nodeName: node }),
      containers: [{ resources: { requests: { cpu: '500m', memory: '256Mi' } } }],
    },
    status: { phase },
  };
}

function job(name: string, completions: number, status: Fields = {}, createdUs = 0): Fields {
  return { metadata: { name, creationTimestamp: createdUs }, spec: { completions }, status };
}

function compute(cpu: number, state = 'up'): Fields {
  return { role: 'compute', zone: 'a', state, cpu_milli: cpu, memory_mib: 1024 };
}

const running = (count: number): Fields => ({ running: Array.from({ length: count }, (_, at) => [`p${at}`, 0, 1, 'j', at]) });

describe('quantities', () => {
  it.each([
    ['500m', 500],
    ['2', 2000],
    [0.25, 250],
    ['x', 0],
  ])('cpu %s is %i m', (quantity, milli) => expect(cpuMilli(quantity)).toBe(milli));

  it.each([
    ['256Mi', 256],
    ['1Gi', 1024],
    ['512Ki', 0.5],
    ['1048576', 1],
    [2097152, 2],
  ])('memory %s is %d MiB', (quantity, mib) => expect(memoryMib(quantity)).toBe(mib));
});

describe('jobs', () => {
  const picture = pictureOf({
    Job: {
      'default/done': job('done', 4, { succeeded: 4, conditions: [{ type: 'Complete', status: 'True' }], result: { pi: '3.141592', samples: 9 } }, 1),
      'default/words': job('words', 8, { succeeded: 5 }, 2),
      'default/first': job('first', 2, { succeeded: 0, failed: 1 }, 1),
    },
    Pod: {
      'default/words-5': pod('words-5', 'words', 'Running', 'c1'),
      'default/words-6': pod('words-6', 'words', 'Running', 'c2'),
      'default/words-7': pod('words-7', 'words', 'Pending'),
      'default/words-0': pod('words-0', 'words', 'Succeeded', 'c1'),
    },
  });
  const scene = tasksScene(picture);

  it('puts open jobs first, the oldest on top', () => {
    expect(scene.jobs.map((row) => row.name)).toEqual(['first', 'words', 'done']);
  });

  it('counts what runs and waits from the pods, what is done from the status', () => {
    const words = scene.jobs[1]!;
    expect([words.succeeded, words.running, words.waiting]).toEqual([5, 2, 1]);
    expect(words.doneShare).toBeCloseTo(5 / 8);
    expect(words.runningShare).toBeCloseTo(2 / 8);
    expect(words.says).toBe('2 running, 1 waits');
  });

  it.each([
    [0, '2 to come, 1 failed try'],
    [2, 'π ≈ 3.141592'],
  ])('says where job %i stands', (at, says) => expect(scene.jobs[at]!.says).toBe(says));

  it('never draws more than the whole bar', () => {
    const pods = Object.fromEntries([0, 1, 2].map((at) => [`p${at}`, pod(`p${at}`, 'j', 'Running', 'c1')]));
    const row = tasksScene(pictureOf({ Job: { j: job('j', 2, { succeeded: 1 }) }, Pod: pods })).jobs[0]!;
    expect(row.doneShare + row.runningShare).toBe(1);
  });
});

describe('pending pods', () => {
  const message = '0/2 nodes are available: 2 Insufficient cpu.';
  const waits = (name: string, createdUs: number): Fields => ({
    ...pod(name, 'words', 'Pending', '', { creationTimestamp: createdUs }),
    status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
  });
  const kinds = {
    node: { c1: compute(1000), c2: compute(700) },
    Pod: { a: waits('late', 9), b: waits('early', 3), c: pod('bound', 'w', 'Pending', 'c1'), d: pod('x', 'w', 'Running', 'c1'), e: pod('y', 'w', 'Running', 'c2') },
  };

  it('lists those without a node, the longest waiting first, with the standard message', () => {
    const { pending } = tasksScene(pictureOf(kinds));
    expect(pending.map((waiting) => waiting.name)).toEqual(['early', 'late']);
    expect(pending[0]!.message).toBe(message);
    expect(pending[0]!.reason).toBe('Unschedulable');
  });

  it('counts the pods of a trace together, and leaves others alone', () => {
    const names = ['openb-pod-0000', 'openb-pod-0001', 'openb-pod-0002', 'web', 'db-1'];
    const pods = Object.fromEntries(names.map((name, at) => [name, pod(name, '', at === 0 ? 'Succeeded' : 'Pending')]));
    const scene = tasksScene(pictureOf({ Pod: pods }));
    expect(scene.jobs.map((row) => [row.name, row.succeeded, row.completions, row.says])).toEqual([['openb-pod', 1, 3, '2 wait']]);
    expect(scene.singles.map((single) => single.name)).toEqual(['web', 'db-1']);
  });

  it('counts the pods of a controller together, a ReplicaSet of a Deployment as the Deployment', () => {
    const owned = (kind: string, name: string, status: Fields): Fields => ({
      metadata: { name: `${name}-x`, ownerReferences: [{ kind, name, controller: true }] }, spec: {}, status,
    });
    const well = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const loops = { phase: 'Running', containerStatuses: [{ restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }] };
    const scene = tasksScene(pictureOf({
      Job: { 'default/done': job('done', 1, { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }), 'default/open': job('open', 1) },
      ReplicaSet: { 'default/web-1': { metadata: { ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }] } } },
      Pod: { 'default/a': owned('ReplicaSet', 'web-1', well), 'default/b': owned('ReplicaSet', 'web-1', loops), 'default/c': owned('StatefulSet', 'db', well) },
    }));
    expect(scene.jobs.map((row) => [row.kind, row.name, row.succeeded, row.completions, row.says])).toEqual([
      ['Job', 'open', 0, 1, '1 to come'], ['StatefulSet', 'db', 1, 1, '1 running'], ['Deployment', 'web', 1, 2, '2 running, 1 CrashLoopBackOff'], ['Job', 'done', 1, 1, 'done'],
    ]);
    expect(scene.singles).toEqual([]);
    expect(scene.pods.filter((one) => scene.belongs(one, scene.jobs[2]!)).map((one) => one.id)).toEqual(['default/a', 'default/b']);
  });

  it('of pods that serve for ever those that are being deleted are not wanted: others stand in for them', () => {
    const of = (name: string, more: Fields = {}): Fields => ({
      metadata: { name, ...more, ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }] }, spec: {}, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const [row] = tasksScene(pictureOf({ Pod: { 'default/a': of('a'), 'default/b': of('b', { deletionTimestamp: 5 }) } })).jobs;
    expect([row?.succeeded, row?.completions, row?.says]).toEqual([1, 1, '1 running, 1 Terminating']);
  });

  it('of a Job too: two that run and three on a dead node that leave are two, and three Terminating', () => {
    const leaves = { deletionTimestamp: 5 };
    const scene = tasksScene(pictureOf({
      Job: { 'default/w': { metadata: { name: 'w' }, spec: { completions: 5 }, status: {} } },
      Pod: Object.fromEntries([{}, {}, leaves, leaves, leaves].map((more, at) => [`default/w-${at}`, pod(`w-${at}`, 'w', 'Running', 'c1', more)])),
    }));
    expect([scene.running, scene.waiting, scene.jobs[0]?.running, scene.jobs[0]?.says]).toEqual([2, 0, 2, '2 running, 3 Terminating']);
  });

  it('knows a pod by its owner, its index and its deletion', () => {
    const read = podOf('default/w-1', pod('w-1', 'w', 'Running', 'c1', { annotations: { 'batch.kubernetes.io/job-completion-index': '3' }, deletionTimestamp: 5 }));
    expect([read.job, read.index, read.deleting, read.cpuMilli]).toEqual(['w', 3, true, 500]);
  });
});

describe('the status of a pod is that of kubectl', () => {
  const waiting = (reason: string): Fields => ({ state: { waiting: { reason, message: `${reason}!` } } });
  const ended = (fields: Fields): Fields => ({ state: { terminated: fields } });
  const runs: Fields = { ready: true, state: { running: {} } };
  it.each<[string, Fields, Fields]>([
    ['Pending', {}, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] }],
    ['SchedulingGated', {}, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }],
    ['ContainerCreating', {}, { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }],
    ['Running', {}, { phase: 'Running', containerStatuses: [runs] }],
    ['CrashLoopBackOff', {}, { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] }],
    ['CrashLoopBackOff', {}, { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff'), runs] }],
    ['Error', {}, { phase: 'Failed', containerStatuses: [ended({ exitCode: 1, reason: 'Error' })] }],
    ['ExitCode:3', {}, { phase: 'Failed', containerStatuses: [ended({ exitCode: 3 })] }],
    ['Signal:9', {}, { phase: 'Failed', containerStatuses: [ended({ exitCode: 137, signal: 9 })] }],
    ['Completed', {}, { phase: 'Succeeded', containerStatuses: [ended({ reason: 'Completed' })] }],
    ['NotReady', {}, { phase: 'Running', containerStatuses: [ended({ reason: 'Completed' }), runs] }],
    ['Evicted', {}, { phase: 'Failed', reason: 'Evicted' }],
    ['Terminating', { metadata: { deletionTimestamp: 0 } }, { phase: 'Running', containerStatuses: [runs] }],
    ['Init:1/2', { spec: { initContainers: [{}, {}] } }, { phase: 'Pending', initContainerStatuses: [ended({ reason: 'Completed' }), { state: { running: {} } }], containerStatuses: [waiting('PodInitializing')] }],
    ['Init:CrashLoopBackOff', {}, { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] }],
    ['Running', { spec: { initContainers: [{ name: 'car', restartPolicy: 'Always' }] } }, { phase: 'Running', initContainerStatuses: [{ name: 'car', ...runs }], containerStatuses: [runs] }],
  ])('%s', (says, object, status) => expect(podStatus({ ...object, status })).toBe(says));

  it('with its restarts, and what holds it up', () => {
    const looping = podOf('x', { status: { containerStatuses: [{ restartCount: 2, ...runs }, { restartCount: 5, ...waiting('CrashLoopBackOff') }] } });
    expect([looping.restarts, looping.holdup]).toEqual([7, 'CrashLoopBackOff!']);
  });
});

describe('tasks per node', () => {
  it('a cordoned node is not called tainted, though Kubernetes taints it', () => {
    const Node = { c1: { spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable' }] } }, c2: { spec: { taints: [{ key: 'node.kubernetes.io/not-ready' }] } } };
    expect(loadOf(pictureOf({ node: { c1: compute(1), c2: compute(1) }, Node })).nodes.map((load) => load.state)).toEqual(['cordoned', 'tainted']);
  });

  it('compares the busiest node with the mean of those that can work', () => {
    const load = loadOf(
      pictureOf({
        node: { ...storage(['s1'], ['s2'], ['s3']), c1: compute(1), c2: compute(1), c3: compute(1, 'down'), c10: compute(1) },
        memory: { c1: running(3), c2: running(1), c10: running(2) },
        partition: { p1: { groups: [['c10'], ['s1', 's2', 's3', 'c1', 'c2', 'c3']] } },
      }),
    );
    expect(load.nodes.map((node) => [node.node, node.tasks, node.state])).toEqual([
      ['c1', 3, 'up'],
      ['c2', 1, 'up'],
      ['c3', 0, 'down'],
      ['c10', 2, 'cut'],
    ]);
    expect(load.tasks).toBe(6);
    expect(load.imbalance).toBe(1.5);
  });

  it('has no figure when nothing runs', () => {
    expect(loadOf(pictureOf({ node: { c1: compute(1) } })).imbalance).toBeUndefined();
  });
});
