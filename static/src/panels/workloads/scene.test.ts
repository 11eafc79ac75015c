import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { AppState, appContext } from '../../shell/app.svelte';
import type { Answer } from '../../wire/socket';
import { pictureOf } from '../reading/fixture';
import type { Fields } from '../reading/picture';
import Detail from './Detail.svelte';
import { consequences, podsOfWorkload, saidOf, selectorOf, spoken, workloads, type Workload } from './scene';

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
  PodDisruptionBudget: { 'default/guard': { metadata: { name: 'guard', namespace: 'default' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } }, status: {} } },
  Pod: {
    'default/web-a': { metadata: { name: 'web-a', labels: { app: 'a' }, ...owner('ReplicaSet', 'web-2') }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
    'default/web-b': { metadata: { name: 'web-b', labels: { app: 'b' }, ...owner('ReplicaSet', 'web-2') }, status: { phase: 'Running' } },
    'other/web-c': { metadata: { name: 'web-c', labels: { app: 'a' }, ...owner('ReplicaSet', 'web-2') }, status: { phase: 'Running' } },
  },
  Event: {
    f: event('Pod', 'web-b', 'BackOff', 5, { type: 'Warning', count: 7 }),
    g: event('Pod', 'web-b', 'Pulled', 6),
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
      'Deployment late', 'Deployment one', 'Deployment still', 'Deployment stuck', 'Deployment web', 'DaemonSet logs', 'ReplicaSet free', 'Job done', 'CronJob nightly', 'HorizontalPodAutoscaler lost', 'PodDisruptionBudget guard',
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

  it('know their load, and which kinds have none', () => expect([one('web').loadMilli, one('one').loadMilli, one('done').loadMilli]).toEqual([1500, null, undefined]));

  it('are spoken in one sentence', () => expect(spoken(one('web'))).toBe('Deployment web: 5 of 7 ready, 7 up to date, on its way'));
});

describe('Events', () => {
  const pods = podsOfWorkload(picture, one('web'));

  it('are those of the workload, of what it owns and of its autoscaler, and the troubles of its pods, the newest first, with counts', () => {
    expect(saidOf(picture, one('web'), pods, 9).map(({ reason, count, warning }) => [reason, count, warning])).toEqual([
      ['BackOff', 7, true], ['SuccessfulCreate', 4, false], ['SuccessfulRescale', 1, true], ['ScalingReplicaSet', 1, false],
    ]);
  });

  it('are no more than asked for', () => expect(saidOf(picture, one('web'), pods, 1)).toHaveLength(1));
});

describe('pods', () => {
  it('are those that it made, by what it owns too, troubles first', () => expect(podsOfWorkload(picture, one('web')).map((pod) => pod.id)).toEqual(['default/web-b', 'default/web-a']));
  it('of a budget are those it protects', () => {
    const budget = workloads(picture).find((workload) => workload.kind === 'PodDisruptionBudget')!;
    expect(podsOfWorkload(picture, budget).map((pod) => pod.name)).toEqual(['web-a']);
    expect(budget.rule).toBe('Of the pods with app=a, at least 1 stay.');
  });

  it.each([
    ['nothing', undefined, false],
    ['an empty one', {}, true],
    ['another value', { matchLabels: { app: 'b' } }, false],
    ['In', { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] }, true],
    ['NotIn', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] }, false],
    ['NotIn without the label', { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['a'] }] }, true],
    ['Exists', { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, false],
    ['DoesNotExist', { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, true],
  ])('a selector: %s', (_, selector, matches) => expect(selectorOf(selector)({ app: 'a' })).toBe(matches));
});

describe('what goes with it when it is deleted', () => {
  it.each([
    ['web', '2 ReplicaSets and 2 pods go with it. Autoscaler web stays, with nothing to scale.'],
    ['one', 'Nothing else goes with it.'],
    ['nightly', '1 Job goes with it.'],
    ['lost', 'lost keeps the replicas that it has.'],
    ['guard', '1 pod loses its protection against evictions.'],
  ])('%s: %s', (name, says) => expect(consequences(one(name), podsOfWorkload(picture, one(name)))).toBe(says));
});

describe('one workload unfolded', () => {
  const shown = (over: Partial<Workload> = {}) => {
    const app = new AppState();
    const sent: Record<string, unknown>[] = [];
    // A run that can be acted on, without a server.
    Object.assign(app, { connection: 'connected', driver: true });
    app.meta = { state: 'live' } as typeof app.meta;
    app.send = (command) => (sent.push(command), Promise.resolve({ ok: true, seq: 1 } as Answer));
    const workload = { ...one('web'), ...over };
    const view = render(Detail, { props: { workload, pods: podsOfWorkload(picture, workload), said: [] }, context: appContext(app) });
    return { sent, view, workload };
  };

  it('two quick clicks ask for two replicas more; what others then do to them is shown', async () => {
    const { sent, view, workload } = shown();
    const more = screen.getByRole('button', { name: 'One replica more of web' });
    await userEvent.dblClick(more);
    expect(sent.map((command) => command.replicas)).toEqual([8, 9]);
    expect(screen.getByText('9 replicas')).toBeTruthy();
    // The picture follows: 8, then 9; an autoscaler makes it 7 again before anybody has looked.
    await view.rerender({ workload: { ...workload, desired: 8, generation: workload.generation + 1 } });
    expect(screen.getByText('9 replicas')).toBeTruthy();
    await view.rerender({ workload: { ...workload, desired: 7, generation: workload.generation + 3 } });
    expect(screen.getByText('7 replicas')).toBeTruthy();
  });

  it('is deleted only after its consequences were read, and can leave what it owns', async () => {
    const { sent } = shown({ autoscaler: undefined });
    const click = (name: string) => userEvent.click(screen.getByRole('button', { name }));
    await click('Delete');
    expect([sent.length, screen.getByRole('group', { name: 'Delete Deployment web?' }).textContent?.includes('2 ReplicaSets and 2 pods go with it.')]).toEqual([0, true]);
    await click('Keep it');
    await click('Delete');
    await click('Delete, but leave what it owns');
    expect(sent).toEqual([{ type: 'delete-object', kind: 'Deployment', name: 'web', namespace: 'default', propagation: 'Orphan' }]);
  });

  it('a load that was never set is another thing than none', () => {
    shown({ loadMilli: null });
    expect(screen.getByRole('slider', { name: /Load/ }).getAttribute('aria-valuetext')).toBe('not set: each pod uses what it would by itself');
  });
});
