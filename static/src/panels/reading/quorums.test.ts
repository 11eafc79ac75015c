import { describe, expect, it } from 'vitest';
import { pictureOf, storage } from './fixture';
import { configurationsOf, governing } from './quorums';

const five = storage(['s1'], ['s2'], ['s3'], ['s4'], ['s5']);

describe('configurations', () => {
  it('none told: all storage nodes, plain majorities', () =>
    expect(configurationsOf(pictureOf({ node: five }))).toEqual([{ number: 0, members: ['s1', 's2', 's3', 's4', 's5'], q1: 3, q2: 3, fromSlot: 0 }]));

  const two = configurationsOf(pictureOf({
    node: five,
    configuration: {
      next: { number: 1, members: ['s1', 's2', 's3', 's4'], q1: 3, q2: 2, from_slot: 50 },
      current: { number: 0, members: ['s3', 's1', 's2'], q1: 0, q2: 0, from_slot: 1 },
    },
  }));

  it('by the slots that they govern; a size of 0 is a majority', () =>
    expect(two.map(({ number, q1, q2 }) => [number, q1, q2])).toEqual([[0, 2, 2], [1, 3, 2]]));

  it.each([[1, 0], [49, 0], [50, 1], [900, 1]])('slot %i is governed by configuration %i', (slot, number) =>
    expect(governing(two, slot).number).toBe(number));

  it('members may come with their incarnation', () =>
    expect(configurationsOf(pictureOf({ configuration: { current: { members: [['s2', 1], ['s1', 0]] } } }))[0]!.members).toEqual(['s1', 's2']));
});
