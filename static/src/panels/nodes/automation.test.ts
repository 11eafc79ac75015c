import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import type { Fields } from '../reading/picture';
import { deeds, descheduler, flags, pools, sharesText } from './automation';

const S = 1_000_000;
const event = (kind: string, name: string, reason: string, atS: number, source: string, message = ''): Fields => ({
  involvedObject: { kind, name, ...(kind === 'Node' || kind === 'NodePool' ? {} : { namespace: 'default' }) }, reason, message, source, lastTimestamp: atS * S,
});
const constants = { scale_down_percent: 50, scale_down_us: 4 * S, scale_down_delay_us: 3 * S, scale_scan_us: S, deschedule_us: 10 * S, deschedule_max: 5, low_percent: 20, high_percent: 50, descheduler: 'RemoveDuplicates' };
const world = (kinds: Record<string, Record<string, Fields>>) => pictureOf({ run: { run: { constants } }, ...kinds });

describe('what was done', () => {
  const Event = {
    a: event('Node', 'c1', 'NodeNotReady', 10, 'node-controller'),
    b: event('Pod', 'web-1-x', 'NodeNotReady', 10, 'node-controller'),
    c: event('Pod', 'web-1-x', 'TaintManagerEviction', 15, 'taint-eviction-controller'),
    d: { ...event('ReplicaSet', 'web-1', 'SuccessfulCreate', 16, 'replicaset-controller', 'Created pod: web-1-y'), metadata: { annotations: { 'sim/instead-of': 'web-1-x' } } },
    e: event('ReplicaSet', 'web-1', 'SuccessfulCreate', 16, 'replicaset-controller', 'asked for'),
    f: event('HorizontalPodAutoscaler', 'web', 'SuccessfulRescale', 20, 'horizontal-pod-autoscaler'),
    g: event('NodePool', 'p', 'ScaledUpGroup', 21, 'cluster-autoscaler'),
    h: event('NodePool', 'p', 'ScaledUpGroup', 22, 'cluster-autoscaler'),
    i: event('Pod', 'web-1-z', 'LowNodeUtilization', 30, 'descheduler'),
    j: event('Pod', 'low', 'Preempted', 31, 'default-scheduler'),
    k: event('Pod', 'q', 'ScaleDown', 32, 'cluster-autoscaler'),
    l: event('Pod', 'q', 'Scheduled', 33, 'default-scheduler'),
  };

  it('newest first, each of its sort; what stands in for a lost pod is healing, what somebody asked for is not', () => {
    expect(deeds(world({ Event }), 99).map(({ reason, sort, atUs, more }) => [reason, sort, atUs / S, more])).toEqual([
      ['Preempted', 'preempted', 31, 0],
      ['LowNodeUtilization', 'rebalanced', 30, 0],
      ['ScaledUpGroup', 'scaled', 22, 1],
      ['SuccessfulRescale', 'scaled', 20, 0],
      ['SuccessfulCreate', 'healed', 16, 0],
      ['TaintManagerEviction', 'healed', 15, 0],
      ['NodeNotReady', 'healed', 10, 0],
    ]);
  });

  it('tells what a new pod stands in for', () => {
    const healed = deeds(world({ Event }), 99).find(({ reason }) => reason === 'SuccessfulCreate');
    expect(healed?.message).toBe('Created pod: web-1-y, in place of web-1-x');
  });

  it('tells where to go', () => {
    const [last] = deeds(world({ Event }), 1);
    expect([last?.kind, last?.key, last?.atUs]).toEqual(['Pod', 'default/low', 31 * S]);
  });
});

describe('pools', () => {
  const NodePool = {
    p: { spec: { min: 1, max: 3, cpuMilli: 2000, memoryMib: 4096, zone: 'b', taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }, status: { size: 1, nodes: [{ name: 'p-7', state: 'Needed', why: 'utilization: cpu 90%', sinceUs: 9 * S }] } },
    'p-7': { spec: { max: 2 } },
  };
  const NodeClaim = { 'p-7-1': { spec: { pool: 'p' } }, 'p-7-2': { spec: { pool: 'p' } } };

  it('have a size, a shape, their nodes with reasons, and what was said last', () => {
    const Event = { a: event('NodePool', 'p', 'ScaledUpGroup', 5, 'cluster-autoscaler', 'up'), b: event('Node', 'p-7-9', 'ScaleDown', 6, 'cluster-autoscaler', 'down') };
    const [p, longer] = pools(world({ NodePool, NodeClaim, Event }));
    expect([p?.now, p?.min, p?.max, p?.taints, p?.nodes[0]?.why, p?.said?.message]).toEqual([2, 1, 3, ['gpu=yes:NoSchedule'], 'utilization: cpu 90%', 'up']);
    expect(longer?.said?.message, 'a node that is gone is named after its pool').toBe('down');
  });

  it('flags are what was set, or the scenario\'s own', () => {
    expect(flags(world({}))).toEqual({ expander: 'least-waste', percent: 50, unneededUs: 4 * S, delayUs: 3 * S, scanUs: S, scaleDown: true });
    const set = world({ ClusterAutoscaler: { default: { spec: { expander: 'priority', utilizationPercent: 70, scaleDownDisabled: true } } } });
    expect(flags(set)).toMatchObject({ expander: 'priority', percent: 70, unneededUs: 4 * S, scaleDown: false });
  });
});

describe('the descheduler', () => {
  it('goes by the scenario until somebody says otherwise', () => {
    const own = descheduler(world({}));
    expect([own.strategies, own.once, sharesText(own.low), own.last]).toEqual([['RemoveDuplicates'], false, 'cpu 20 %, memory 20 %, pods 20 %', undefined]);
  });

  it('tells its last look with how even it was before', () => {
    const policy = { spec: { strategies: ['LowNodeUtilization'], thresholds: { cpu: 10 }, once: true }, status: { askedUs: 1, runUs: 7 * S, evicted: 2, said: ['x'], imbalanceMilli: 1500, jainMilli: 667 } };
    const now = descheduler(world({ DeschedulerPolicy: { default: policy } }));
    expect([now.strategies, now.once, now.low, now.high]).toEqual([['LowNodeUtilization'], true, { cpu: 10 }, { cpu: 50 }]);
    expect(now.last).toEqual({ atUs: 7 * S, evicted: 2, said: ['x'], maxMean: 1.5, jain: 0.667 });
  });
});
