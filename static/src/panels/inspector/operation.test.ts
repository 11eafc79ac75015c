import { describe, expect, it, vi } from 'vitest';
import type { Wire } from '../../history/types';

vi.mock('../../wire/events.gen', () => ({
  LANDMARKS: [],
  FIELDS: {
    'operation-invoked': ['client', 'session', 'number'],
    'operation-ended': ['client', 'session', 'number', 'status', 'result', 'latency_us'],
  },
}));

const { OperationWatch } = await import('./operation');

const LOG: Wire[] = [
  [0, 0, null, ['run-started'], []],
  [1, 1, null, ['command-taken'], []],
  [2, 1, 0, ['operation-invoked', 'w1', 'w1.1@0', 4], []],
  [3, 1, 1, ['operation-invoked', 'w1', 'w1.0@0', 9], []],
  [4, 2, 2, ['operation-ended', 'w1', 'w1.1@0', 4, 'ok', 'other', 5], []],
  [5, 2, 3, ['operation-ended', 'w1', 'w1.0@0', 8, 'ok', 'older', 5], []],
  [6, 3, 3, ['operation-ended', 'w1', 'w1.0@0', 9, 'failed', '17', 540_000], []],
];
const entryOf = (seq: number) => LOG[seq];

describe('an operation', () => {
  it('waits, runs and ends with its own answer, not with that of another', () => {
    const watch = new OperationWatch(1);
    expect(watch.read(2, entryOf)).toBe(false);
    expect(watch.outcome).toEqual({ state: 'waiting' });
    expect(watch.read(3, entryOf)).toBe(true);
    expect(watch.outcome).toEqual({ state: 'running' });
    expect(watch.read(5, entryOf)).toBe(false);
    expect(watch.read(6, entryOf)).toBe(true);
    expect(watch.outcome).toEqual({ state: 'ended', status: 'failed', result: '17', latencyUs: 540_000 });
  });
});
