import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { getJson } from '../../wire/rest';
import { Advice } from './advice.svelte';

vi.mock('../../wire/rest', () => ({ getJson: vi.fn(), runPath: (run: string) => `/runs/${run}` }));

const answers = vi.mocked(getJson);
const say = (...sentences: string[]) => Promise.resolve({ seq: 1, suggestions: sentences.map((sentence) => ({ code: 'free', sentence })) });

beforeEach(() => {
  vi.useFakeTimers();
  answers.mockReset();
});
afterEach(() => vi.useRealTimers());

describe('advice', () => {
  it('is asked for once for each attempt, and at most every so often', async () => {
    answers.mockImplementation(() => say('free 1 cpu on c1'));
    const advice = new Advice();
    advice.ask('r', 'default/p', undefined, 1);
    advice.ask('r', 'default/p', undefined, 1);
    expect(advice.state).toBe('asking');
    await vi.advanceTimersByTimeAsync(10);
    expect(advice.suggestions.map((one) => one.sentence)).toEqual(['free 1 cpu on c1']);
    for (let attempt = 2; attempt < 9; attempt += 1) advice.ask('r', 'default/p', 40 + attempt, attempt);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(answers.mock.calls.map(([path]) => path)).toEqual(['/runs/r/pods/default/p/why', '/runs/r/pods/default/p/why?seq=48']);
  });

  it('says the same thing once, and keeps an answer until the next one is there', async () => {
    answers.mockImplementationOnce(() => say('add a node', 'add a node', 'uncordon c1'));
    const advice = new Advice();
    advice.ask('r', 'default/p', undefined, 1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(advice.suggestions.map((one) => one.sentence)).toEqual(['add a node', 'uncordon c1']);
    answers.mockImplementationOnce(() => new Promise(() => {}));
    advice.ask('r', 'default/p', undefined, 2);
    expect([advice.state, advice.suggestions.length]).toEqual(['told', 2]);
    advice.ask('r', 'default/q', undefined, 1);
    expect([advice.state, advice.suggestions.length]).toEqual(['asking', 0]);
  });

  it('leaves an answer alone that nobody waits for any more', async () => {
    answers.mockImplementation(() => say('uncordon c1'));
    const advice = new Advice();
    advice.ask('r', 'default/p', undefined, 1);
    advice.forget();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([advice.state, advice.suggestions.length]).toEqual(['idle', 0]);
  });

  it('shows what went wrong', async () => {
    answers.mockImplementation(() => Promise.reject(new Error('No such pod.')));
    const advice = new Advice();
    advice.ask('r', 'default/p', undefined, 1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([advice.state, advice.problem]).toEqual(['failed', 'No such pod.']);
  });
});
