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
  /** Rules, or for `test` files. */
  check: readonly string[];
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

/** What `GET /runs/{run}/operations` says: of all keys, or of one. */
export interface OperationsAnswer {
  operations: readonly { index: number; key: string }[];
  verdict: VerdictRow['verdict'];
  /** Index, which is the entry it began with, of the operation that can't be placed. */
  stuck: number | null;
  minimal: readonly number[];
}

export interface KeyRow {
  key: string;
  operations: number;
  verdict: VerdictRow['verdict'];
  /** The entries at which the operations began that are wrong by themselves, with the one that can't be placed. */
  proof: readonly number[];
}

/** The keys that were worked on, the busiest first. */
export function keysOf({ operations }: Pick<OperationsAnswer, 'operations'>): string[] {
  const counts = new Map<string, number>();
  for (const { key } of operations) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

export function keyRow(key: string, { operations, verdict, stuck, minimal }: OperationsAnswer): KeyRow {
  const proof = [...new Set([...minimal, ...(stuck === null ? [] : [stuck])])].sort((a, b) => a - b);
  return { key, operations: operations.length, verdict, proof };
}

/** Those that are not linearizable first, then by name. */
export function keyRows(rows: readonly KeyRow[]): KeyRow[] {
  const rank = { invalid: 0, unknown: 1, valid: 2 };
  return [...rows].sort((a, b) => rank[a.verdict] - rank[b.verdict] || a.key.localeCompare(b.key, 'en', { numeric: true }));
}
