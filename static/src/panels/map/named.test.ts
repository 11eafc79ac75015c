import { describe, expect, it } from 'vitest';
import { named } from './paint_nodes';

const width = (px: number, text: string): number => (px / 14) * 8 * text.length;

describe('a name in its box', () => {
  it.each([
    ['c1', 'c1', 14, false],
    ['c1234', 'c1234', 12, false],
    ['workers-5', 'workers-5', 10, true],
    ['a-name-of-very-many-letters-12', '…tters-12', 10, true],
  ])('%s', (name, text, px, wide) => expect(named(name, [37, 52], width)).toEqual({ text, px, wide }));
});
