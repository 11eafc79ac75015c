import type { Glyph } from '../events/scene';

/** How marks look, as the events panel has it; the number of one is its place here, from 1. */
export const SHAPES: readonly Glyph[] = ['leader', 'campaign', 'down', 'up', 'paused', 'cut', 'heal', 'refused', 'work', 'done', 'bad', 'dot'];
