/** The verdicts and scores that the scheduler kept with every attempt to place a pod, as tables. Pure. */
import { isBallot, ballotText } from '../../words';
import { byName, list, number, record, text, type Entities, type Fields } from '../reading/picture';
import type { Pod } from '../tasks/objects';

export interface Score {
  /** As the plug-in gave it, as it counts from 0 to 100, and as it enters the total. */
  raw: number;
  normalised: number;
  weighted: number;
}

export interface Verdict {
  node: string;
  /** Why filters ruled the node out, by plug-in and in Kubernetes' words; empty when it passed. */
  refusals: [plugin: string, reasons: string[]][];
  scores: Readonly<Record<string, Score>>;
  total: number | undefined;
  won: boolean;
  /** As good as the one that won. */
  tied: boolean;
}

export interface Victim {
  pod: string;
  node: string;
  priority: number;
  why: string;
}

export interface Attempt {
  attempt: number;
  atUs: number;
  ballot: string;
  profile: string;
  /** Where it went, or "" when no node passed: then `message` says why. */
  node: string;
  message: string;
  /** How many nodes there were, and how many passed. */
  nodes: number;
  feasible: number;
  waitedUs: number;
  /** The earlier attempt that has the same verdicts; 0 when they were judged anew. */
  sameAs: number;
  plugins: string[];
  rows: Verdict[];
  /** In a large cluster: how many of the nodes without a row were ruled out, by reason. */
  counts: [reason: string, nodes: number][];
  ties: string[];
  tied: number;
  nominated: string;
  victims: Victim[];
  /** How many nodes were looked at, where that can be told and was not all of them. */
  looked: number | undefined;
  /** The node had been kept for the pod since an earlier attempt, and was the only one looked at. */
  kept: boolean;
  /** What made the scheduler try again. */
  woke: string[];
}

function scoreOf(parts: unknown): Score {
  const [raw, normalised, weighted] = list(parts);
  return { raw: number(raw), normalised: number(normalised), weighted: number(weighted) };
}

function verdictOf(raw: unknown, winner: string, ties: readonly unknown[]): Verdict {
  const [node, refused, scores, total] = list(raw);
  const refusals = Object.entries(record(refused)).map(([plugin, said]): [string, string[]] => [plugin, list(said).map(String)]);
  const name = text(node);
  return {
    node: name,
    refusals,
    scores: Object.fromEntries(Object.entries(record(scores)).map(([plugin, parts]) => [plugin, scoreOf(parts)])),
    total: typeof total === 'number' && refusals.length === 0 ? total : undefined,
    won: winner !== '' && name === winner,
    tied: ties.length > 1 && ties.includes(name),
  };
}

function victimOf(raw: unknown): Victim {
  const [pod, node, priority, why] = list(raw);
  return { pod: text(pod), node: text(node), priority: number(priority), why: text(why) };
}

/** The attempts of a pod that the picture keeps (a ring of ten), oldest first. */
export function attemptsOf(entity: Fields): Attempt[] {
  const kept = Object.entries(entity).filter(([place]) => /^\d$/.test(place)).map(([, attempt]) => record(attempt));
  kept.sort((a, b) => number(a.attempt) - number(b.attempt));
  return kept.map((fields) => attemptOf(fields, kept));
}

function attemptOf(fields: Fields, kept: readonly Fields[]): Attempt {
  // Verdicts that did not change are kept with the attempt that first had them.
  const judged = kept.find((other) => number(fields.same_as) > 0 && other.attempt === fields.same_as) ?? fields;
  const winner = text(fields.node);
  const rows = list(judged.rows).map((raw) => verdictOf(raw, winner, list(fields.ties)));
  const looked = Math.max(rows.length, number(fields.feasible) + rows.filter((row) => row.refusals.length > 0).length);
  const some = rows.length > 0 && looked < number(fields.nodes) && Object.keys(record(judged.counts)).length === 0;
  return {
    attempt: number(fields.attempt),
    atUs: number(fields.at_us),
    ballot: isBallot(fields.ballot) ? ballotText(fields.ballot) : '',
    profile: text(fields.profile),
    node: winner,
    message: text(fields.message),
    nodes: number(fields.nodes),
    feasible: number(fields.feasible),
    waitedUs: number(fields.waited_us),
    sameAs: number(fields.same_as),
    plugins: [...new Set(rows.flatMap((row) => Object.keys(row.scores)))],
    rows: sorted(rows, 'total', true),
    counts: Object.entries(record(judged.counts)).map(([reason, nodes]): [string, number] => [reason, number(nodes)]),
    ties: list(fields.ties).map(text),
    tied: number(fields.tied),
    nominated: text(fields.nominated),
    victims: list(fields.victims).map(victimOf),
    looked: some ? looked : undefined,
    kept: some && looked === 1 && kept.some((other) => number(other.attempt) < number(fields.attempt) && text(other.nominated) === winner && winner !== ''),
    woke: list(fields.woke).map(text),
  };
}

/** By "node", "total" or a plug-in. Those ruled out stay below whatever the order; among equals the winner is first. */
export function sorted(rows: readonly Verdict[], by: string, descending: boolean): Verdict[] {
  const figure = (row: Verdict): number => (by === 'total' ? (row.total ?? 0) : (row.scores[by]?.weighted ?? -1));
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const out = Number(a.refusals.length > 0) - Number(b.refusals.length > 0);
    if (by === 'node') return sign * byName(a.node, b.node);
    return out || sign * (figure(a) - figure(b)) || Number(b.won) - Number(a.won) || byName(a.node, b.node);
  });
}

/** Reasons over all nodes of an attempt, the most frequent first. */
export function reasonsOf(attempt: Attempt): [reason: string, nodes: number][] {
  const counts = new Map(attempt.counts);
  for (const row of attempt.counts.length > 0 ? [] : attempt.rows) {
    for (const [, reasons] of row.refusals) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || byName(a[0], b[0]));
}

/** Pods to ask about when none is chosen: those that wait first, then the newest placed, by what of their names is typed. */
export function pickable(picture: Entities, pods: readonly Pod[], typed: string, most: number): { pods: Pod[]; rest: number } {
  const wanted = typed.trim().toLowerCase();
  const found = pods.filter((pod) => pod.id.toLowerCase().includes(wanted));
  const waits = (pod: Pod): number => Number(pod.node === '' && pod.phase === 'Pending');
  found.sort((a, b) => waits(b) - waits(a) || b.sinceUs - a.sinceUs || byName(a.name, b.name));
  return { pods: found.slice(0, most), rest: Math.max(0, found.length - most) };
}

/** `NodeResourcesFit` -> `Node Resources Fit`: a heading may break there. */
export function spaced(plugin: string): string {
  return plugin.replace(/([a-z])([A-Z])/g, '$1 $2');
}
