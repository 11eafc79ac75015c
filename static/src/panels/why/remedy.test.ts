import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import { cameTrue, remedy } from './remedy';
import type { Attempt } from './scene';

const picture = pictureOf({
  node: { c1: { role: 'compute', zone: 'b', cpu_milli: 4000, memory_mib: 8192, gpu: 2 }, c3: { role: 'compute', zone: 'c', state: 'down' } },
  Node: { c1: { metadata: { labels: { disk: 'ssd', 'kubernetes.io/hostname': 'c1', 'topology.kubernetes.io/zone': 'b' } } } },
});

describe('what a click can do of the advice', () => {
  it.each([
    ['uncordon', { node: 'c1' }, [{ type: 'uncordon-node', node: 'c1' }]],
    ['untaint', { node: 'c1', key: 'a', value: 'b', effect: 'NoSchedule' }, [{ type: 'untaint-node', node: 'c1', key: 'a', effect: 'NoSchedule' }]],
    ['label', { node: 'c1', labels: { disk: 'hdd', old: null } }, [{ type: 'label-node', node: 'c1', key: 'disk', value: 'hdd' }, { type: 'label-node', node: 'c1', key: 'old', value: null }]],
    ['evict', { pods: ['default/web-1'] }, [{ type: 'evict-pod', name: 'web-1', namespace: 'default' }]],
    ['add-node', { like: 'c1', amounts: {} }, [{ type: 'add-node', node: 'c2', zone: 'b', cpu_milli: 4000, memory_mib: 8192, gpu: 2, labels: { disk: 'ssd' } }]],
    ['add-node', { like: 'c1', amounts: { cpu: '9', memory: '10Gi', 'nvidia.com/gpu': '3' } }, [{ type: 'add-node', node: 'c2', zone: 'b', cpu_milli: 9000, memory_mib: 10240, gpu: 3, labels: { disk: 'ssd' } }]],
    ['add-node', { like: '', amounts: { cpu: '500m' } }, [{ type: 'add-node', node: 'c2', zone: 'b', cpu_milli: 4000, memory_mib: 8192, gpu: 0, labels: {} }]],
    ['together', { node: 'c1', steps: [{ code: 'uncordon', fields: { node: 'c1' } }, { code: 'untaint', fields: { node: 'c1', key: 'a', effect: '' } }] }, [{ type: 'uncordon-node', node: 'c1' }, { type: 'untaint-node', node: 'c1', key: 'a', effect: '' }]],
    ['together', { node: 'c1', steps: [{ code: 'uncordon', fields: { node: 'c1' } }, { code: 'toleration', fields: {} }] }, []],
    ['recover', { node: 'c3', taints: ['x'] }, [{ type: 'restart-node', node: 'c3' }]],
    ['recover', { node: 'c1', taints: ['x'] }, []],
    ['toleration', { key: 'a' }, []],
    ['free', { node: 'c1', texts: ['1 cpu'] }, []],
    ['retry', { node: 'c1' }, []],
  ])('%s %j', (code, fields, commands) => expect(remedy(picture, { code, fields })).toEqual(commands));
});

it('came true with the first attempt after it that found a node', () => {
  const attempts = [[1, ''], [2, 'c9'], [3, ''], [4, 'c2']].map(([attempt, node]) => ({ attempt, node }) as Attempt);
  expect([cameTrue(attempts, 2)?.node, cameTrue(attempts, 4), cameTrue(attempts, 0)?.node]).toEqual(['c2', undefined, 'c9']);
});
