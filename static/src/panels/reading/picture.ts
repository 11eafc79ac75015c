/**
 * What the panels read off the picture: who is up, who leads, who reaches whom.
 *
 * Pure; the picture is only asked for its kinds, so a test can hand in plain maps.
 */
import type { Fields } from '../../history/types';
import { FAULTS } from '../../wire/faults.gen';
import { compareBallots, isBallot, type Ballot } from '../../words';

export type { Fields };

/** The part of history's `Picture` that the panels need. */
export interface Entities {
  kind(name: string): ReadonlyMap<string, Fields>;
  get(kind: string, id: string): Fields | undefined;
  /** Equal numbers mean equal content, in any picture; absent where that is not known (plain maps of tests). */
  version?(kind: string): number;
}

/** `work` of a picture, done again only when one of the `kinds` that it reads has changed. */
export function keptBy<T>(kinds: readonly string[], work: (picture: Entities) => T): (picture: Entities) => T {
  let stamp: readonly number[] = [];
  let known: T | undefined;
  return (picture) => {
    if (picture.version === undefined) return work(picture);
    const now = kinds.map((kind) => picture.version!(kind));
    if (known === undefined || now.some((version, at) => version !== stamp[at])) [stamp, known] = [now, work(picture)];
    return known;
  };
}

const natural = new Intl.Collator('en', { numeric: true });

export function byName(a: string, b: string): number {
  return natural.compare(a, b);
}

/** A long name by its end, where the names of a cluster differ; the whole of a short one. */
export function shortName(node: string): string {
  return node.length > 9 ? `…${node.slice(-6)}` : node;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise;
}

export function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field deep inside an object, `at(pod, 'status', 'phase')`. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, name) => record(inner)[name], value);
}

/** role -> the names last found, as the picture has them and sorted: sorting 1,500 names is dearer than comparing them. */
const sorted = new Map<string, { found: string[]; names: readonly string[] }>();

/** The machines of a role, by name. */
export function nodesOf(picture: Entities, role: string): readonly string[] {
  const found: string[] = [];
  for (const [node, fields] of picture.kind('node')) if (fields.role === role) found.push(node);
  const known = sorted.get(role);
  if (known?.found.length === found.length && found.every((node, at) => node === known.found[at])) return known.names;
  const names = found.toSorted(byName);
  sorted.set(role, { found, names });
  return names;
}

/** Whether this run's protocol has a leader at all: one that does, makes itself heard by heartbeats. Unknown runs are taken to. */
export function hasLeaders(picture: Entities): boolean {
  const { constants } = record(picture.get('run', 'run'));
  return constants === undefined || 'heartbeat_us' in record(constants);
}

export function majority(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

export function isUp(picture: Entities, node: string): boolean {
  return text(picture.get('node', node)?.state) === 'up';
}

/** Everything that stands between two machines. */
interface Walls {
  /** Each partition's groups: node -> number of its group. */
  partitions: ReadonlyMap<string, number>[];
  /** Links on which nothing passes, `src>dst`. */
  closed: ReadonlySet<string>;
}

const wallsOf = keptBy(['partition', 'cut', 'fault'], (picture): Walls => {
  const closed = new Set(picture.kind('cut').keys());
  for (const fields of picture.kind('fault').values()) {
    if (isShape(text(fields.fault))) for (const link of list(fields.links)) closed.add(`${list(link)[0]}>${list(link)[1]}`);
  }
  const partitions = [...picture.kind('partition').values()].map(
    ({ groups }) => new Map(list(groups).flatMap((group, at) => list(group).map((node): [string, number] => [text(node), at]))),
  );
  return { partitions, closed };
});

/** Whether a message from src would pass to dst: no partition keeps them apart and the direction is not cut. */
export function passes(picture: Entities, src: string, dst: string): boolean {
  if (src === dst) return true;
  const { partitions, closed } = wallsOf(picture);
  if (closed.size > 0 && closed.has(`${src}>${dst}`)) return false;
  for (const groups of partitions) {
    const [from, to] = [groups.get(src), groups.get(dst)];
    if (from !== undefined && to !== undefined && from !== to) return false;
  }
  return true;
}

/** Nothing is cut at all: then nobody need be asked one by one. */
export function isWhole(picture: Entities): boolean {
  const { partitions, closed } = wallsOf(picture);
  return partitions.length === 0 && closed.size === 0;
}

/** The faults that give the network another shape: nothing passes on their links. */
const SHAPES: ReadonlySet<string> = new Set(FAULTS.filter((fault) => fault.group === 'network').map((fault) => fault.name));

export const isShape = (fault: string): boolean => SHAPES.has(fault);

/** Both directions open. */
export function linked(picture: Entities, a: string, b: string): boolean {
  return passes(picture, a, b) && passes(picture, b, a);
}

export interface Leader {
  node: string;
  ballot: Ballot;
  /** It may commit: everything it adopted is chosen and applied. */
  ready: boolean;
}

/** The leader that the page names: of the nodes that hold themselves leader, the one with the highest ballot. */
export function leaderOf(picture: Entities): Leader | undefined {
  let best: Leader | undefined;
  for (const [node, memory] of picture.kind('memory')) {
    if (memory.role !== 'leader' || !isBallot(memory.ballot)) continue;
    if (best !== undefined && compareBallots(memory.ballot, best.ballot) < 0) continue;
    best = { node, ballot: memory.ballot, ready: memory.leading === true };
  }
  return best;
}

/** Storage nodes that are up and linked with this one, itself among them. */
export function reachableFrom(picture: Entities, node: string, nodes: readonly string[]): string[] {
  return nodes.filter((other) => isUp(picture, other) && linked(picture, node, other));
}

/** The largest set of storage nodes that are up and all reach one of them in both directions: who could still decide. */
export function largestSide(picture: Entities, nodes: readonly string[]): string[] {
  let best: string[] = [];
  for (const node of nodes) {
    if (!isUp(picture, node)) continue;
    const side = reachableFrom(picture, node, nodes);
    if (side.length > best.length) best = side;
  }
  return best;
}

/** Where a node stands in one word, for heads and lists. */
export type Mark = '' | 'down' | 'paused' | 'cut';

/** "cut" means away from the largest side of storage nodes that can still talk. */
export function markOf(picture: Entities, node: string, side: readonly string[]): Mark {
  const state = text(picture.get('node', node)?.state);
  if (state === 'down' || state === 'paused') return state;
  if (side.length === 0 || isWhole(picture) || side.includes(node)) return '';
  return side.some((other) => linked(picture, node, other)) ? '' : 'cut';
}
