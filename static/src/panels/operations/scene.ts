/** Bars for operations and the order in which they took effect. Pure. */
import type { TimeScale } from '../../geometry/time_scale';
import { byName } from '../reading/picture';
import { outcomeOf, type Operation, type Outcome } from './ledger';

export interface Row {
  client: string;
  session: string;
  /** The first row of its client carries the name. */
  first: boolean;
}

/** A row for each session, those of a client together. */
export function rowsOf(sessions: ReadonlyMap<string, string>): Row[] {
  const sorted = [...sessions].sort((a, b) => byName(a[1], b[1]) || byName(a[0], b[0]));
  return sorted.map(([session, client], at) => ({ client, session, first: at === 0 || sorted[at - 1]![1] !== client }));
}

export interface Bar {
  operation: Operation;
  outcome: Outcome;
  row: number;
  x0: number;
  /** Beyond the paper where nobody knows whether it took effect. */
  x1: number;
}

/** The bars in sight. One of unknown outcome may still take effect: it has no end. */
export function barsOf(operations: readonly Operation[], rows: readonly Row[], scale: TimeScale, nowUs: number): Bar[] {
  const rowOf = new Map(rows.map((row, at) => [row.session, at]));
  const bars: Bar[] = [];
  for (const operation of operations) {
    if (operation.invokedUs > scale.toUs) break;
    const row = rowOf.get(operation.session);
    if (row === undefined) continue;
    // The session goes on to its next operation; what is still unknown of this one is drawn under it.
    const outcome = operation.endedUs !== null && operation.endedUs > nowUs ? 'open' : outcomeOf(operation);
    const endUs = outcome === 'open' ? Math.max(nowUs, operation.invokedUs) : outcome === 'unknown' ? Infinity : operation.endedUs!;
    if (endUs < scale.fromUs || operation.invokedUs > nowUs) continue;
    bars.push({ operation, outcome, row, x0: scale.toX(operation.invokedUs), x1: endUs === Infinity ? scale.width + 40 : scale.toX(endUs) });
  }
  return bars;
}

export interface Point {
  seq: number;
  us: number;
}

/**
 * Where each operation of an order took effect: as early as its beginning and those before it allow.
 *
 * order: beginnings (seq) in the order found. Operations that are not known are passed over.
 */
export function pointsOf(order: readonly number[], operations: ReadonlyMap<number, Operation>): Point[] {
  const points: Point[] = [];
  let us = -Infinity;
  for (const seq of order) {
    const operation = operations.get(seq);
    if (operation === undefined) continue;
    us = Math.max(us, operation.invokedUs);
    points.push({ seq, us });
  }
  return spread(points, operations);
}

/** Points at one moment would hide one another: each moves on as far as the next and its own end allow. */
function spread(points: readonly Point[], operations: ReadonlyMap<number, Operation>): Point[] {
  const placed = points.map((point) => ({ ...point }));
  let ceiling = Infinity;
  for (let at = placed.length - 1; at >= 0; at--) {
    const point = placed[at]!;
    const end = operations.get(point.seq)!.endedUs;
    const latest = Math.min(ceiling, end !== null && outcomeOf(operations.get(point.seq)!) !== 'unknown' ? end : Infinity);
    if (latest !== Infinity && latest > point.us) point.us += (latest - point.us) * 0.4;
    ceiling = point.us;
  }
  return placed;
}

/** What the server says of one key. */
export interface Judged {
  verdict: string;
  /** Beginnings (seq) in the order found; of an invalid history the longest legal part of it. */
  order: readonly number[];
  /** The operation that nothing leaves room for. */
  stuck: number | null;
  /** Those that cannot all be true, without the ones that nobody needs to see it. */
  minimal: readonly number[];
}

/** The answer's own spelling: operations by number, by place in its list, or in full. */
export function judgedOf(answer: unknown): Judged {
  const said = (answer ?? {}) as { operations?: unknown; verdict?: unknown; order?: unknown; stuck?: unknown; minimal?: unknown };
  const listed = (Array.isArray(said.operations) ? said.operations : []).map(indexOf);
  const known = new Set(listed);
  const seqOf = (one: unknown): number => {
    const index = indexOf(one);
    return typeof one === 'number' && !known.has(index) ? (listed[index] ?? index) : index;
  };
  const all = (many: unknown): number[] => (Array.isArray(many) ? many.map(seqOf).filter((seq) => seq >= 0) : []);
  const stuck = said.stuck === null || said.stuck === undefined ? -1 : seqOf(said.stuck);
  return { verdict: typeof said.verdict === 'string' ? said.verdict : '', order: all(said.order), stuck: stuck < 0 ? null : stuck, minimal: all(said.minimal) };
}

function indexOf(one: unknown): number {
  if (typeof one === 'number') return one;
  const { index, seq } = (one ?? {}) as { index?: unknown; seq?: unknown };
  return typeof index === 'number' ? index : typeof seq === 'number' ? seq : -1;
}

/** Where a value that was read can come from: what was asked to write it; null of an operation that read nothing. */
export function sourcesOf(read: Operation, operations: readonly Operation[]): Operation[] | null {
  if (read.op[0] !== 'get' || read.result === null || read.result === undefined) return null;
  const value = String(read.result);
  return operations.filter((one) => one.key === read.key && one.op.length > 2 && String(one.op.at(-1)) === value);
}

/** So many entries before the head are looked at unless others are asked for. */
const LOOKED_AT = 20_000;
const ROUND = 2_000;

/** What to ask for so that the operations in a window are judged, as a query; "" where the head's own stretch has them. */
export function stretchOf(operations: readonly Operation[], fromUs: number, toUs: number, headSeq: number): string {
  const seen = operations.filter((one) => one.invokedUs <= toUs && (one.endedUs ?? one.invokedUs) >= fromUs);
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined || first.seq >= headSeq - LOOKED_AT) return '';
  const from = Math.max(0, Math.floor(first.seq / ROUND) * ROUND - ROUND);
  const to = Math.min(headSeq, from + LOOKED_AT - 1, Math.ceil(Math.max(...seen.map((one) => Math.max(one.seq, one.endedSeq))) / ROUND) * ROUND);
  return `&from_seq=${from}&to_seq=${to}`;
}

/** Keys that were used, in the order of their names. */
export function keysOf(counts: ReadonlyMap<string, number>): { key: string; count: number }[] {
  return [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => byName(a.key, b.key));
}

export function barAt(bars: readonly Bar[], x: number, row: number): Bar | null {
  let best: Bar | null = null;
  for (const bar of bars) {
    if (bar.row !== row || x < bar.x0 - 2 || x > Math.max(bar.x1, bar.x0 + 4) + 2) continue;
    if (best === null || bar.x0 > best.x0) best = bar;
  }
  return best;
}
