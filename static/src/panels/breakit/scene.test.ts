import { describe, expect, it } from 'vitest';
import type { Landmark } from '../../history/types';
import type { Search, Step, Switch } from './api';
import { byFate, countsText, leftText, matching, progressText, storyOf, type Material } from './scene';

const SEARCH: Search = {
  search: 'x', state: 'running', scenario: 'search', switch: 'b', seeds: 10_000, seeds_done: 1_240, violations: 1, seeds_per_s: 311.6, virtual_h: 14.23, left_s: 28.1, findings: [],
};

describe('progress', () => {
  it('says how far and how fast', () => {
    expect(countsText(SEARCH)).toBe('1,240 of 10,000 seeds, 1 violation');
    expect(countsText({ ...SEARCH, seeds: 1, seeds_done: 1, violations: 0 })).toBe('1 of 1 seed, 0 violations');
    expect(progressText(SEARCH)).toBe('312 seeds/s, 14.2 h of virtual time, 28 s left');
    expect(progressText({ ...SEARCH, state: 'done' })).not.toContain('left');
  });
  it.each([[0.2, '1 s'], [89, '89 s'], [600, '10 min'], [7_200, '2.0 h']])('%d s left', (seconds, text) => expect(leftText(seconds)).toBe(text));
});

it('every word of the filter must be somewhere', () => {
  const one: Switch = { id: 'forgets-promise', number: 'C01', sentence: 'forgets its promise', source: 'Lamport', caught_by: ['agreement'], kind: 'safety', trace: true };
  expect(matching([one], 'c01 lamport')).toEqual([one]);
  expect(matching([one], 'raft')).toEqual([]);
});

describe('a story', () => {
  const step = (atUs: number, type: string): Step => ({ at_us: atUs, command: { type }, sentence: `do ${type}` });
  const mark = (seq: number, atUs: number, tag: string, fields = {}): Landmark => ({ seq, atUs, tag, fields });
  const taken = (seq: number, atUs: number, type: string) => mark(seq, atUs, 'command-taken', { command: { type } });
  const material = (over: Partial<Material> = {}): Material => ({
    finding: { steps: [step(10, 'kill'), step(10, 'put'), step(40, 'restart')], verdict: { check: 'agreement', code: 'c', fields: {}, seq: 90 }, sentence: 'two values', until_us: 100 },
    landmarks: [mark(1, 0, 'run-started'), taken(4, 10, 'kill'), taken(6, 10, 'put'), mark(20, 30, 'leader-ready'), taken(30, 40, 'restart'), mark(95, 99, 'leader-ready')],
    verdict: { seq: 90, proof: [50, 90], sentence: 'Two values are chosen' },
    proof: [{ seq: 50, atUs: 60, text: 's1 voted' }, { seq: 90, atUs: 80, text: 's2 voted' }],
    tell: (landmark) => landmark.tag,
    ...over,
  });

  it('commands at their entries, what came of them, the votes that prove it, and the verdict last', () =>
    expect(storyOf(material()).map(({ kind, seq, text }) => [kind, seq, text])).toEqual([
      ['act', 4, 'Do kill'], ['act', 6, 'Do put'], ['event', 20, 'leader-ready'], ['act', 30, 'Do restart'], ['event', 50, 's1 voted'], ['verdict', 90, 'Two values are chosen'],
    ]));

  it('an entry that is not known is led to by its time', () =>
    expect(storyOf(material({ landmarks: [] }))[0]).toEqual({ kind: 'act', seq: null, atUs: 10, text: 'Do kill' }));

  it('without the run\'s verdict the finding\'s own is told', () =>
    expect(storyOf(material({ verdict: undefined, proof: [] })).at(-1)).toEqual({ kind: 'verdict', seq: 90, atUs: 100, text: 'two values' }));
});

it('the worst futures first: unsafe, stalled, the longest stall', () => {
  const outcome = (seed: number, stalledS: number, unsafe = false) => ({ seed, unsafe, stalled_us: stalledS * 1_000_000, decided: 3 });
  const strip = byFate({ stalled_after_s: 5, outcomes: [outcome(1, 0), outcome(2, 7), outcome(3, 0, true), outcome(4, 9), outcome(5, 5)] });
  expect(strip.map(({ outcome: { seed }, fate }) => [seed, fate])).toEqual([[3, 'unsafe'], [4, 'stalled'], [2, 'stalled'], [5, 'safe'], [1, 'safe']]);
});
