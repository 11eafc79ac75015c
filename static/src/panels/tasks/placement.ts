/** The verdicts and scores that the scheduler kept with every attempt to place a pod, as a table. */
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
  /** Where it went, or "" when no node passed: then `message` says why. */
  node: string;
  message: string;
  ballot: string;
  attempt: number;
  atUs: number;
  plugins: string[];
  rows: PlacementRow[];
  /** Above 50 nodes: how many were ruled out, by reason. */
  counts: [reason: string, nodes: number][];
}

function rowOf(raw: unknown, winner: string): PlacementRow {
  const [node, refusals, scores, total] = list(raw);
  const reasons = Object.values(record(refusals)).flatMap((said) => list(said).map(String));
  // [raw, normalised, weighted]: what is shown is 0..100.
  const entries = Object.entries(record(scores)).map(([plugin, parts]): [string, number] => [plugin, number(list(parts)[1])]);
  return {
    node: text(node),
    reasons,
    scores: Object.fromEntries(entries),
    total: typeof total === 'number' && reasons.length === 0 ? total : undefined,
    won: winner !== '' && node === winner,
  };
}

/** The attempts of a pod that the picture keeps (a ring of ten), oldest first. */
export function attemptsOf(fields: Fields): Fields[] {
  const attempts = Object.entries(fields).filter(([place]) => /^\d$/.test(place)).map(([, attempt]) => record(attempt));
  return attempts.sort((a, b) => number(a.attempt) - number(b.attempt));
}

/** Nodes that passed first, best total on top; then those ruled out, as the scheduler met them. */
export function placementTable(pod: string, entity: Fields): PlacementTable {
  const attempts = attemptsOf(entity);
  const fields = attempts.at(-1) ?? {};
  // Verdicts that did not change are kept with the attempt that first had them.
  const judged = attempts.find((attempt) => number(fields.same_as) > 0 && attempt.attempt === fields.same_as) ?? fields;
  const winner = text(fields.node);
  const rows = list(judged.rows).map((raw) => rowOf(raw, winner));
  const passed = rows.filter((row) => row.reasons.length === 0);
  passed.sort((a, b) => Number(b.won) - Number(a.won) || (b.total ?? 0) - (a.total ?? 0));
  const plugins = [...new Set(rows.flatMap((row) => Object.keys(row.scores)))];
  const counts = Object.entries(record(judged.counts)).map(([reason, nodes]): [string, number] => [reason, number(nodes)]);
  return {
    pod,
    node: winner,
    message: text(fields.message),
    ballot: isBallot(fields.ballot) ? ballotText(fields.ballot) : '',
    attempt: number(fields.attempt),
    atUs: number(fields.at_us),
    plugins,
    rows: [...passed, ...rows.filter((row) => row.reasons.length > 0)],
    counts,
  };
}
