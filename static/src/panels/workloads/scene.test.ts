import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import type { Fields } from '../reading/picture';
import { saidOf, spoken, workloads, type Workload } from './scene';

const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });
const deployment = (name: string, spec: Fields, status: Fields, metadata: Fields = {}): Fields => ({ metadata: { name, namespace: 'default', generation: 2, ...metadata }, spec, status: { observedGeneration: 2, ...status } });
const event = (kind: string, name: string, reason: string, at: number, extra: Fields = {}): Fields => ({ involvedObject: { kind, name, namespace: 'default' }, reason, message: `${reason}.`, type: 'Normal', source: 'x', lastTimestamp: at, ...extra });

const picture = pictureOf({
  Deployment: {
    'default/web': deployment('web', { replicas: 7 }, { readyReplicas: 5, updatedReplicas: 7, conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'x' }] }, { annotations: { 'sim/load': '1500m' } }),
    'default/one': deployment('one', {}, { readyReplicas: 1, updatedReplicas: 1 }),
    'default/still': deployment('still', { replicas: 2, paused: true }, { readyReplicas: 2, updatedReplicas: 1 }),
    'default/stuck': deployment('stuck', { replicas: 2 }, { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'took too long' }] }),
    'default/late': deployment('late', { replicas: 1 }, { readyReplicas: 1, updatedReplicas: 1, observedGeneration: 1 }),
  },
  ReplicaSet: {
    'default/web-1': { metadata: { name: 'web-1', namespace: 'default', ...owner('Deployment', 'web') }, spec: { replicas: 0 }, status: {} },
    'default/web-2': { metadata: { name: 'web-2', namespace: 'default', ...owner('Deployment', 'web') }, spec: { replicas: 7 }, status: { readyReplicas: 5 } },
    'default/free': { metadata: { name: 'free', namespace: 'default' }, spec: { replicas: 1 }, status: { readyReplicas: 1 } },
  },
  DaemonSet: { 'default/logs': { metadata: { name: 'logs', namespace: 'default' }, spec: {}, status: { desiredNumberScheduled: 6, numberReady: 4, updatedNumberScheduled: 6 } } },
  Job: {
    'default/done': { metadata: { name: 'done', namespace: 'default' }, spec: { completions: 3 }, status: { succeeded: 3, conditions: [{ type: 'Complete', status: 'True' }] } },
    'default/nightly-1': { metadata: { name: 'nightly-1', namespace: 'default', ...owner('CronJob', 'nightly') }, spec: {}, status: { active: 1 } },
  },
  CronJob: { 'default/nightly': { metadata: { name: 'nightly', namespace: 'default' }, spec: { schedule: '0 3 * * *', suspend: true }, status: {} } },
  HorizontalPodAutoscaler: {
    'default/web': { metadata: { name: 'web', namespace: 'default' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 10, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] }, status: { currentReplicas: 7, desiredReplicas: 8, currentMetrics: [{ type: 'Resource', name: 'cpu', averageUtilization: 53, averageValue: '214m' }] } },
    'default/lost': { metadata: { name: 'lost', namespace: 'default' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'gone' }, maxReplicas: 3 }, status: {} },
  },
  Event: {
    a: event('Deployment', 'web', 'ScalingReplicaSet', 1),
    b: event('ReplicaSet', 'web-2', 'SuccessfulCreate', 3, { count: 4 }),
    c: event('HorizontalPodAutoscaler', 'web', 'SuccessfulRescale', 2, { type: 'Warning' }),
    d: event('Deployment', 'one', 'ScalingReplicaSet', 9),
    e: { ...event('Deployment', 'web', 'Elsewhere', 9), involvedObject: { kind: 'Deployment', name: 'web', namespace: 'other' } },
  },
});
const all = workloads(picture);
const one = (name: string): Workload => all.find((workload) => workload.name === name)!;

describe('workloads', () => {
  it('are those that no controller made, by kind and name; an autoscaler is alone only without what it scales', () => {
    expect(all.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Deployment late', 'Deployment one', 'Deployment still', 'Deployment stuck', 'Deployment web', 'DaemonSet logs', 'ReplicaSet free', 'Job done', 'CronJob nightly', 'HorizontalPodAutoscaler lost',
    ]);
  });

  it.each([
    ['web', 7, 5, 7, 'on its way', false],
    ['one', 1, 1, 1, 'as wanted', true],
    ['still', 2, 2, 1, 'paused', false],
    ['stuck', 2, 0, 0, 'ProgressDeadlineExceeded: took too long', false],
    ['late', 1, 1, 1, 'on its way', false],
    ['logs', 6, 4, 6, 'on 6 nodes', false],
    ['done', 3, 3, undefined, 'Complete', true],
    ['nightly', 0, 0, undefined, 'paused', true],
  ])('%s: %i wanted, %i ready, %s updated: %s', (name, desired, ready, updated, says, settled) => {
    const { desired: wanted, ready: is, updated: renewed, says: said, settled: done } = one(name);
    expect([wanted, is, renewed, said, done]).toEqual([desired, ready, updated, says, settled]);
  });

  it('stand with what they own, the newest first', () => expect(one('web').owned.map((owned) => [owned.name, owned.ready, owned.desired])).toEqual([['web-2', 5, 7], ['web-1', 0, 0]]));

  it('stand with their autoscaler and its figures', () => {
    expect(one('web').autoscaler).toMatchObject({ min: 1, max: 10, current: 7, desired: 8, metrics: ['cpu 53 % of 50 %'] });
    expect(one('one').autoscaler).toBeUndefined();
  });

  it('know their load, and which kinds have none', () => expect([one('web').loadMilli, one('one').loadMilli, one('done').loadMilli]).toEqual([1500, 0, undefined]));

  it('are spoken in one sentence', () => expect(spoken(one('web'))).toBe('Deployment web: 5 of 7 ready, 7 up to date, on its way'));
});

describe('Events', () => {
  it('are those of the workload, of what it owns and of its autoscaler, the newest first, with counts', () => {
    expect(saidOf(picture, one('web'), 9).map(({ reason, count, warning }) => [reason, count, warning])).toEqual([
      ['SuccessfulCreate', 4, false], ['SuccessfulRescale', 1, true], ['ScalingReplicaSet', 1, false],
    ]);
  });

  it('are no more than asked for', () => expect(saidOf(picture, one('web'), 1)).toHaveLength(1));
});
