import { describe, expect, it } from 'vitest';
import { firstOf } from './first';

interface One { rank: number; at: number }
/** Numbers that come again, so that equal ones tell whether their order stays. */
const some = (length: number, of: number): One[] => Array.from({ length }, (_, at) => ({ rank: (at * 7919) % of, at }));
const byRank = (a: One, b: One) => a.rank - b.rank;

describe('the first in order', () => {
  it.each([[0, 5], [3, 5], [40, 0], [40, 1], [40, 7], [200, 40], [1000, 999]])('of %d the first %d, as sorting gives them', (length, count) =>
    expect(firstOf(some(length, 11), count, byRank)).toEqual(some(length, 11).toSorted(byRank).slice(0, count)));
});
