import { describe, expect, it } from 'vitest';
import type { VerdictRow } from '../properties/scene';
import { alarmOf, assumptionText, checkRows, keyRow, keyRows, keysOf, summary, type Check } from './scene';

const CHECKS: Check[] = ['agreement', 'promises', 'sessions'].map((check) => ({ check, sentence: `${check} holds`, source: 'PMS' }));
const row = (check: string, seq: number, over: Partial<VerdictRow> = {}): VerdictRow => ({ check, seq, verdict: 'invalid', sentence: 's', proof: [seq], ...over });

describe('the rows of the panel', () => {
  it('without a verdict everything is held', () => expect(summary(checkRows(CHECKS, [], 99))).toBe('3 held'));

  it('the worst comes first, with the earliest verdict of its kind', () => {
    const rows = checkRows(CHECKS, [row('sessions', 9, { verdict: 'unknown' }), row('promises', 8), row('promises', 7), row('promises', 3, { assumption: 'lost-fsync' })], 99);
    expect(rows.map(({ check, standing, seq }) => [check, standing, seq])).toEqual([['promises', 'violated', 7], ['sessions', 'unknown', 9], ['agreement', 'held', null]]);
    expect(summary(rows)).toBe('1 violated, 1 unknown, 1 held');
  });

  it('what lies after the cursor is not yet so', () => expect(checkRows(CHECKS, [row('agreement', 50)], 49)[0]!.standing).toBe('held'));

  it('a rule that the table does not name is not hidden', () =>
    expect(checkRows(CHECKS, [row('linearizability', 1)], 9)[0]).toMatchObject({ check: 'linearizability', name: 'Linearizability', standing: 'violated' }));

  it('a broken assumption is told as such, not as a violation', () => {
    const rows = checkRows(CHECKS, [row('agreement', 5, { assumption: 'lost-fsync' })], 9);
    expect(rows[0]!.standing).toBe('assumption');
    expect(assumptionText('no-such-fault')).toBe('Assumption broken: no such fault.');
  });
});

describe('the alarm', () => {
  it.each<[string, VerdictRow[], number, number | undefined]>([
    ['nothing is wrong', [row('a', 3, { verdict: 'valid' })], 9, undefined],
    ['the first violation', [row('a', 7), row('b', 4)], 9, 4],
    ['a violation goes before an earlier broken assumption', [row('a', 7), row('b', 4, { assumption: 'wipe' })], 9, 7],
    ['not beyond the cursor', [row('a', 7)], 6, undefined],
  ])('%s', (_, verdicts, cursor, seq) => expect(alarmOf(verdicts, cursor)?.seq).toBe(seq));
});

describe('histories', () => {
  const operations = [{ index: 3, key: 'k1' }, { index: 5, key: 'k2' }, { index: 8, key: 'k2' }];

  it('the busiest keys first', () => expect(keysOf({ operations })).toEqual(['k2', 'k1']));

  it('a key that is not linearizable points at the operations that are wrong by themselves', () =>
    expect(keyRow('k2', { operations, verdict: 'invalid', stuck: 8, minimal: [8, 5] })).toEqual({ key: 'k2', operations: 3, verdict: 'invalid', proof: [5, 8] }));

  it('keys in natural order, those that are not linearizable first', () => {
    const row = (key: string, verdict: 'valid' | 'invalid') => ({ key, operations: 1, verdict, proof: [] });
    expect(keyRows([row('k10', 'valid'), row('k2', 'valid'), row('k9', 'invalid')]).map((one) => one.key)).toEqual(['k9', 'k2', 'k10']);
  });
});
