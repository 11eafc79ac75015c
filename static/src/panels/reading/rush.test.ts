import { describe, expect, it } from 'vitest';
import { Rush } from './rush';

/** What a look every 100 ms says of these numbers of new things. */
function looks(fresh: readonly number[]): string {
  const rush = new Rush(6);
  let count = 0;
  return fresh.map((more, at) => (rush.look((count += more), 1_000 + at * 100) ? 'R' : '.')).join('');
}

describe('a rush', () => {
  it.each([
    ['nothing', [0, 0, 0], '...'],
    ['all of a run at once, as it is opened', [500, 0, 1, 0], '....'],
    ['more in each look than can be read', [9, 9, 9, 9], '.RRR'],
    ['a lull in it is no end', [9, 9, 0, 0, 9, 9], '.RRRRR'],
    ['it ends', [9, 9, ...Array.from({ length: 16 }, () => 1)], '.' + 'R'.repeat(15) + '..'],
    ['a restart: less than before', [9, 9, -18, 0], '.RRR'],
  ])('%s', (_, fresh, said) => expect(looks(fresh)).toBe(said));
});
