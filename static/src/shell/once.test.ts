import { describe, expect, it, vi } from 'vitest';
import { once } from './once';

describe('a command by a button', () => {
  it.each([
    ['a click', [1], 1],
    ['a double click', [1, 2], 1],
    ['a triple click', [1, 2, 3], 1],
    ['two clicks with a pause', [1, 1], 2],
    ['a key', [0], 1],
  ])('%s', (_, details, times) => {
    const run = vi.fn();
    for (const detail of details) once(run)(new MouseEvent('click', { detail }));
    expect(run).toHaveBeenCalledTimes(times);
  });
});
