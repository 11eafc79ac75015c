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

export function nodesOf(picture: Entities, role: string): string[] {
  return [...picture.kind('node')]
    .filter(([, fields]) => fields.role === role)
    .map(([node]) => node)
    .sort(byName);
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

/** Whether a message from src would pass to dst: no partition keeps them apart and the direction is not cut. */
export function passes(picture: Entities, src: string, dst: string): boolean {
  if (src === dst) return true;
  if (picture.get('cut', `${src}>${dst}`) !== undefined || walled(picture, src, dst)) return false;
  for (const partition of picture.kind('partition').values()) {
    const groups = list(partition.groups).map((group) => list(group));
    const from = groups.findIndex((group) => group.includes(src));
    const to = groups.findIndex((group) => group.includes(dst));
    if (from >= 0 && to >= 0 && from !== to) return false;
  }
  return true;
}

/** The faults that give the network another shape: nothing passes on their links. */
const SHAPES: ReadonlySet<string> = new Set(FAULTS.filter((fault) => fault.group === 'network').map((fault) => fault.name));

export const isShape = (fault: string): boolean => SHAPES.has(fault);

function walled(picture: Entities, src: string, dst: string): boolean {
  for (const fields of picture.kind('fault').values()) {
    if (isShape(text(fields.fault)) && list(fields.links).some((link) => list(link)[0] === src && list(link)[1] === dst)) return true;
  }
  return false;
}

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
  if (side.length === 0 || side.includes(node)) return '';
  return side.some((other) => linked(picture, node, other)) ? '' : 'cut';
}
