/** What the checkers say of a run up to the cursor: a row for each rule, a row for each invariant of the literature. Pure. */
import { has, ui, word } from '../../words';
import type { VerdictRow } from '../properties/scene';

/** A rule that is checked on every entry (`GET /api/v1/checks`). */
export interface Check {
  check: string;
  sentence: string;
  source: string;
}

export type RowState = 'online' | 'test' | 'translated' | 'not-true';

/** An invariant of the literature and what became of it here. */
export interface InvariantRow {
  name: string;
  state: RowState;
  check: string;
  why: string;
  source?: string;
}

/** "assumption": it fails, but only because something outside the protocol's model was done to the cluster. */
export type Standing = 'held' | 'violated' | 'assumption' | 'unknown';

export interface CheckRow {
  check: string;
  name: string;
  sentence: string;
  source: string;
  standing: Standing;
  /** Of the verdict that decides the standing. */
  seq: number | null;
  verdicts: readonly VerdictRow[];
}

const WORST: readonly Standing[] = ['violated', 'assumption', 'unknown', 'held'];

export function standingOf(verdict: Pick<VerdictRow, 'verdict' | 'assumption'>): Standing {
  if (verdict.verdict === 'valid') return 'held';
  if (verdict.verdict === 'unknown') return 'unknown';
  return verdict.assumption ? 'assumption' : 'violated';
}

/** The worst first, otherwise in the order of the table; a verdict of a rule that the table does not name gets a row too. */
export function checkRows(checks: readonly Check[], verdicts: readonly VerdictRow[], cursorSeq: number): CheckRow[] {
  const known = new Set(checks.map((one) => one.check));
  const strange = [...new Set(verdicts.map((row) => row.check))].filter((check) => !known.has(check));
  const all = [...checks, ...strange.map((check) => ({ check, sentence: '', source: '' }))];
  const rows = all.map(({ check, sentence, source }): CheckRow => {
    const said = verdicts.filter((row) => row.check === check && row.seq <= cursorSeq);
    const bad = said.filter((row) => row.verdict !== 'valid');
    const standing = bad.map(standingOf).sort((a, b) => WORST.indexOf(a) - WORST.indexOf(b))[0] ?? 'held';
    const decides = bad.filter((row) => standingOf(row) === standing).sort((a, b) => a.seq - b.seq);
    return { check, name: checkName(check), sentence, source, standing, seq: decides[0]?.seq ?? null, verdicts: decides };
  });
  return rows.sort((a, b) => WORST.indexOf(a.standing) - WORST.indexOf(b.standing));
}

export function checkName(check: string): string {
  const words = check.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "14 held, 1 violated": only what there is. */
export function summary(rows: readonly CheckRow[]): string {
  const counts = WORST.map((standing) => [standing, rows.filter((row) => row.standing === standing).length] as const);
  return counts.filter(([, count]) => count > 0).map(([standing, count]) => ui(`checks-${standing}`, { count })).join(', ');
}

/** "assumption broken: an fsync that lies on s3", from the name of the fault that explains it. */
export function assumptionText(assumption: string): string {
  const fault = assumption.split(':')[0]!;
  const name = has('fault', assumption) ? word('fault', assumption) : has('fault', fault) ? word('fault', fault) : assumption.replaceAll('-', ' ');
  return ui('assumption-broken', { assumption: name });
}

/** The verdict that stops the show: the first violation, else the first broken assumption, up to the cursor. */
export function alarmOf(verdicts: readonly VerdictRow[], cursorSeq: number): VerdictRow | undefined {
  const bad = verdicts.filter((row) => row.verdict === 'invalid' && row.seq <= cursorSeq).sort((a, b) => a.seq - b.seq);
  return bad.find((row) => !row.assumption) ?? bad[0];
}

/** What a client asked, as `GET /runs/{run}/operations` tells it. */
export interface HistoryOfKey {
  key: string;
  operations: number;
  verdict: VerdictRow['verdict'];
}

export interface OperationFact {
  key?: string;
  invoked?: number;
}

/** Operations by key, and the verdict on each key. */
export function keyRows(answers: readonly { key: string; operations: readonly unknown[]; verdict: VerdictRow['verdict'] }[]): HistoryOfKey[] {
  const rank = { invalid: 0, unknown: 1, valid: 2 };
  return answers
    .map(({ key, operations, verdict }) => ({ key, operations: operations.length, verdict }))
    .sort((a, b) => rank[a.verdict] - rank[b.verdict] || a.key.localeCompare(b.key, 'en', { numeric: true }));
}
