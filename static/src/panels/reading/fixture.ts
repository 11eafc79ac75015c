// A picture made of plain maps, for tests.
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
