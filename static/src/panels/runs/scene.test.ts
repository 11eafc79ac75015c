import { describe, expect, it } from 'vitest';
import type { RunMeta } from '../../history/types';
import { beganText, runRow, verifiedText } from './scene';

const META: RunMeta = {
  run: 'gvr43ezc', scenario: 'classroom', seed: 42, head_seq: 4811, now_us: 95_000_000, playing: false, speed: 1, true_speed: 1,
  state: 'stored', created_at: '2026-11-22T23:45:53.526438Z',
};

describe('a run in the list', () => {
  it('is told in figures that people read', () => {
    expect(runRow(META)).toMatchObject({ seed: '42', lasted: '1 min 35 s', entries: '4,812', began: '2026-11-22 23:45' });
  });

  it('a run without entries has none', () => expect(runRow({ ...META, head_seq: -1 }).entries).toBe('0'));

  it('a run without a date has none', () => expect(beganText(undefined)).toBe(''));
});

describe('a verification', () => {
  it('says identical and how many', () => expect(verifiedText({ identical: true, entries: 4812 })).toContain('4,812 entries'));

  it("names the first difference in the server's words", () => {
    expect(verifiedText({ identical: false, entries: 9, sentence: 'Entry 7 differs.' })).toBe('Entry 7 differs.');
    expect(verifiedText({ identical: false, entries: 9, first_difference: { seq: 7 } })).toContain('7');
  });
});
