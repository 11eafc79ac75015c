// A picture made of plain maps, for tests.
import { Picture } from '../../history/picture';
import type { Entities, Fields } from './picture';

export function pictureOf(kinds: Record<string, Record<string, Fields>>): Entities {
  const maps = new Map(Object.entries(kinds).map(([kind, entities]) => [kind, new Map(Object.entries(entities))]));
  const none: ReadonlyMap<string, Fields> = new Map();
  return {
    kind: (name) => maps.get(name) ?? none,
    get: (kind, id) => maps.get(kind)?.get(id),
  };
}

export function storage(...states: [node: string, state?: string][]): Record<string, Fields> {
  return Object.fromEntries(states.map(([node, state = 'up']) => [node, { role: 'storage', zone: 'a', state }]));
}

export const pod = (name: string, node: string, phase: string, cpu: string, extra: object = {}) => ({
  metadata: { name, ...extra },
  spec: { nodeName: node, containers: [{ resources: { requests: { cpu, memory: '256Mi' } } }] },
  status: { phase },
});
export const machine = (zone: string, state = 'up') => ({ role: 'compute', zone, state, cpu_milli: 2000, memory_mib: 1024, gpu: 0 });
export const READY = { conditions: [{ type: 'Ready', status: 'True' }] };

/** As a keyframe of a large cluster would come: so many nodes, a pod on every fifth. */
export function crowd(nodes: number): Picture {
  const names = Array.from({ length: nodes }, (_, at) => `n${at}`);
  return Picture.of({
    node: Object.fromEntries(names.map((name, at) => [name, machine('abc'[at % 3]!)])),
    Node: Object.fromEntries(names.map((name) => [name, { spec: {}, status: { ...READY, allocatable: { cpu: '4', memory: '2Gi' } } }])),
    memory: Object.fromEntries(names.map((name) => [name, { running: [] }])),
    Pod: Object.fromEntries(names.filter((_, at) => at % 5 === 0).map((name) => [`p-${name}`, pod(`p-${name}`, name, 'Running', '1')])),
  });
}
