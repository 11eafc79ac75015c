// The machines of the classroom scenario, for tests.
import type { Machine } from './layout';

export const CLASSROOM: Machine[] = [
  ...[['s1', 'a'], ['s2', 'a'], ['s3', 'b'], ['s4', 'c'], ['s5', 'c']].map(([id, zone]) => ({ id: id!, role: 'storage', zone: zone! })),
  ...[['c1', 'a'], ['c2', 'a'], ['c3', 'b'], ['c4', 'b'], ['c5', 'c'], ['c6', 'c']].map(([id, zone]) => ({ id: id!, role: 'compute', zone: zone! })),
  { id: 'w1', role: 'client', zone: '' },
  { id: 'w2', role: 'client', zone: '' },
  { id: 'api1', role: 'api', zone: '' },
  { id: 'x1', role: 'intruder', zone: '' },
];
