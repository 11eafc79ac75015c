/** The verdicts and scores that the scheduler kept with a placement, as a table. */
import { isBallot, ballotText } from '../../words';
import { list, number, record, text, type Fields } from '../reading/picture';

export interface PlacementRow {
  node: string;
  /** Why a filter ruled the node out; empty when it passed. */
  reasons: string[];
  scores: Record<string, number>;
  total: number | undefined;
  won: boolean;
}

export interface PlacementTable {
  pod: string;
  /** Where it went, or "" when no node passed. */
  node: string;
  ballot: string;
  attempt: number;
  atUs: number;
  plugins: string[];
  rows: PlacementRow[];
  /** Above 50 nodes: how many were ruled out, by reason. */
  counts: [reason: string, nodes: number][];
}

function rowOf(raw: unknown, winner: string): PlacementRow {
  const [node, reasons, scores, total] = list(raw);
  const entries = Object.entries(record(scores)).filter((pair): pair is [string, number] => typeof pair[1] === 'number');
  return {
    node: text(node),
    reasons: list(reasons).map(String),
    scores: Object.fromEntries(entries),
    total: typeof total === 'number' && list(reasons).length === 0 ? total : undefined,
    won: winner !== '' && node === winner,
  };
}

/** Nodes that passed first, best total on top; then those ruled out, as the scheduler met them. */
export function placementTable(pod: string, fields: Fields): PlacementTable {
  const winner = text(fields.node);
  const rows = list(fields.rows).map((raw) => rowOf(raw, winner));
  const passed = rows.filter((row) => row.reasons.length === 0);
  passed.sort((a, b) => Number(b.won) - Number(a.won) || (b.total ?? 0) - (a.total ?? 0));
  const plugins = [...new Set(rows.flatMap((row) => Object.keys(row.scores)))];
  const counts = Object.entries(record(fields.counts)).map(([reason, nodes]): [string, number] => [reason, number(nodes)]);
  return {
    pod,
    node: winner,
    ballot: isBallot(fields.ballot) ? ballotText(fields.ballot) : '',
    attempt: number(fields.attempt),
    atUs: number(fields.at_us),
    plugins,
    rows: [...passed, ...rows.filter((row) => row.reasons.length > 0)],
    counts,
  };
}
