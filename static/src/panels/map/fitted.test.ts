import { describe, expect, it } from 'vitest';
import { fitted } from './paint_nodes';

const width = (px: number, text: string): number => (px / 14) * 8 * text.length;

describe('a name in its box', () => {
  it.each([
    ['c1', 37, 'c1', 14],
    ['c1234', 37, 'c1234', 12],
    ['workers-5', 37, '…ers-5', 10],
    ['a-name-of-very-many-letters-12', 37, '…rs-12', 10],
  ])('%s', (name, room, text, px) => expect(fitted(name, room, width)).toEqual({ text, px }));
});
