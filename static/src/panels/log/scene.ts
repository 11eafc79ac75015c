/**
 * The replicated log as a table: a row a slot, a cell a replica. Pure: the picture in, rows out.
 *
 * Chosen is a majority of votes in one ballot, whoever knows of it; applied is what a replica says of itself.
 */
import { ballotText, compareBallots, isBallot, labelWords, plural, ui, type Ballot, type CommandWords } from '../../words';
import {
  hasLeaders,
  largestSide,
  leaderOf,
  list,
  markOf,
  nodesOf,
  number,
  record,
  text,
  type Entities,
  type Mark,
} from '../reading/picture';
import { partsOf } from '../reading/parts';
import { configurationsOf, governing, type Configuration } from '../reading/quorums';
import type { Change } from '../../history/types';

export type CellState = 'out' | 'none' | 'accepted' | 'chosen' | 'applied' | 'older';

export interface Cell {
  node: string;
  state: CellState;
  ballot: string;
  /** A vote for this slot is on its way: the request to this replica, or its answer. */
  flight: '' | 'accept' | 'accepted';
  /** The last message about this slot to or from this replica died. */
  lost: boolean;
  /** The cell in words, for those who hear the table. */
  spoken: string;
}

export interface Row {
  slot: number;
  command: CommandWords;
  /** What stands small beside the command: how many more in the batch, where an adopted value came from. */
  notes: string[];
  state: 'open' | 'chosen' | 'applied';
  /** The ballot that the votes are counted in. */
  ballot: string;
  votes: number;
  /** Votes that choose, and who may cast one, in the configuration that governs the slot. */
  needed: number;
  replicas: number;
  cells: Cell[];
}

export interface Column {
  node: string;
  mark: Mark;
  leading: boolean;
  /** Not a member of the configuration in force: a spare, or removed. */
  spare: boolean;
  /** What it is, when it is no member. */
  part: string;
}

export interface LogScene {
  /** Whether somebody leads, or could. */
  led: boolean;
  columns: Column[];
  rows: Row[];
  /** Of the configuration of the newest row. */
  needed: number;
  promises: number;
  replicas: number;
  /** Slots with nothing but lease renewals that the filter keeps back. */
  hidden: number;
  /** Older slots than the rows shown. */
  earlier: number;
  /** Newer ones, while the reader holds the rows. */
  later: number;
}

/** A message about slots: on its way, or dead. */
export interface SlotMessage {
  kind: string;
  src: string;
  dst: string;
  label: readonly unknown[];
}

export interface LogOptions {
  rows: number;
  /** The newest slot that is shown: what comes after it does not push away what somebody reads. Forgotten with its rows. */
  until?: number | null;
  hideRenewals: boolean;
  lost?: readonly SlotMessage[];
}

interface Vote {
  node: string;
  ballot: Ballot;
  value: readonly unknown[];
}

const RENEWALS = new Set(['renew-lease', 'renew', 'lease']);

/** The slots that an accept or accepted speaks of: all whole numbers of its label, two of them being first and last. */
export function slotsOf(label: readonly unknown[]): [first: number, last: number] | undefined {
  const numbers = label.slice(1).filter((part): part is number => Number.isInteger(part));
  const first = numbers[0];
  if (first === undefined) return undefined;
  return [first, Math.max(first, numbers[1] ?? first)];
}

function votesBySlot(picture: Entities): Map<number, Vote[]> {
  const slots = new Map<number, Vote[]>();
  for (const fields of picture.kind('vote').values()) {
    if (!isBallot(fields.ballot)) continue;
    const slot = number(fields.slot);
    const vote = { node: text(fields.node), ballot: fields.ballot, value: list(fields.value) };
    const there = slots.get(slot);
    if (there === undefined) slots.set(slot, [vote]);
    else there.push(vote);
  }
  return slots;
}

/** Of a long batch only the first labels are told, and count. */
export function onlyRenewals(value: readonly unknown[]): boolean {
  const told = value.filter((label) => list(label)[0] !== 'more');
  return told.length > 0 && told.every((label) => RENEWALS.has(text(list(label)[0])));
}

/** The ballot to count in: one that has a majority, else the highest. */
function countedBallot(votes: readonly Vote[], needed: number): { ballot: Ballot; count: number } {
  const counts = new Map<string, { ballot: Ballot; count: number }>();
  for (const vote of votes) {
    const key = ballotText(vote.ballot);
    const tally = counts.get(key) ?? { ballot: vote.ballot, count: 0 };
    tally.count += 1;
    counts.set(key, tally);
  }
  const sorted = [...counts.values()].sort((a, b) => compareBallots(b.ballot, a.ballot));
  const first = sorted[0] ?? { ballot: [0, ''] as Ballot, count: 0 };
  return sorted.find((tally) => tally.count >= needed) ?? first;
}

type Marks = ReadonlyMap<string, 'accept' | 'accepted' | 'lost'>;

/** `slot/node` of every vote that flies or died. An accept concerns its receiver, an accepted its sender. */
function marksOf(messages: Iterable<SlotMessage>, dead: boolean, into: Map<string, 'accept' | 'accepted' | 'lost'>): void {
  for (const message of messages) {
    if (message.kind !== 'accept' && message.kind !== 'accepted') continue;
    const span = slotsOf(message.label);
    if (span === undefined) continue;
    const node = message.kind === 'accept' ? message.dst : message.src;
    for (let slot = span[0]; slot <= Math.min(span[1], span[0] + 200); slot += 1) {
      into.set(`${slot}/${node}`, dead ? 'lost' : message.kind);
    }
  }
}

function messagesOf(picture: Entities): SlotMessage[] {
  return [...picture.kind('message').values()].map((fields) => ({
    kind: text(fields.kind),
    src: text(fields.src),
    dst: text(fields.dst),
    label: list(fields.label),
  }));
}

interface Counting {
  picture: Entities;
  nodes: readonly string[];
  configurations: readonly Configuration[];
  marks: Marks;
}

function cellOf(slot: number, node: string, votes: readonly Vote[], chosen: boolean, ballot: Ballot, world: Counting, member: boolean): Cell {
  const vote = votes.find((cast) => cast.node === node);
  const applied = number(world.picture.get('memory', node)?.applied) >= slot;
  const current = vote !== undefined && compareBallots(vote.ballot, ballot) === 0;
  let state: CellState = member ? 'none' : 'out';
  if (applied) state = 'applied';
  else if (current) state = chosen ? 'chosen' : 'accepted';
  else if (vote !== undefined) state = 'older';
  const mark = world.marks.get(`${slot}/${node}`);
  const settled = state === 'applied' || state === 'chosen';
  const lost = mark === 'lost' && !settled;
  const flight = mark === 'lost' || settled || mark === undefined ? '' : mark;
  const written = vote === undefined ? '' : ballotText(vote.ballot);
  return { node, state, ballot: written, flight, lost, spoken: spoken(state, written, flight, lost) };
}

function spoken(state: CellState, ballot: string, flight: Cell['flight'], lost: boolean): string {
  const said = [ui(`cell-${state}`, { ballot })];
  if (flight !== '') said.push(ui(`cell-flight-${flight}`));
  if (lost) said.push(ui('cell-lost'));
  return said.join(', ');
}

function notesOf(votes: readonly Vote[], counted: Ballot, value: readonly unknown[]): string[] {
  const notes: string[] = [];
  const last = list(value[value.length - 1]);
  const more = last[0] === 'more' ? number(last[1]) + value.length - 2 : value.length - 1;
  if (more > 0) notes.push(`+${more}`);
  const older = votes.filter((vote) => compareBallots(vote.ballot, counted) < 0);
  const same = older.find((vote) => JSON.stringify(vote.value) === JSON.stringify(value));
  if (same !== undefined) notes.push(ui('log-from-ballot', { ballot: same.ballot }));
  return notes;
}

function rowOf(slot: number, cast: readonly Vote[], world: Counting): Row {
  const governs = governing(world.configurations, slot);
  // Slots before the oldest configuration that is told are all chosen; who voted in them is seen from the votes.
  const settled = slot < governs.fromSlot;
  const members = settled ? [...new Set([...governs.members, ...cast.map((vote) => vote.node)])] : governs.members;
  const needed = governs.q2;
  const votes = cast.filter((vote) => members.includes(vote.node));
  const { ballot, count } = countedBallot(votes.length > 0 ? votes : cast, needed);
  const chosen = settled || (votes.length > 0 && count >= needed);
  const value = cast.find((vote) => compareBallots(vote.ballot, ballot) === 0)?.value ?? [];
  const cells = world.nodes.map((node) => cellOf(slot, node, cast, chosen, ballot, world, members.includes(node)));
  const appliers = cells.filter((cell) => cell.state === 'applied' && members.includes(cell.node)).length;
  return {
    slot,
    command: value.length === 0 ? labelWords(['no-op']) : labelWords(list(value[0])),
    notes: notesOf(cast, ballot, value),
    state: appliers >= needed ? 'applied' : chosen || appliers > 0 ? 'chosen' : 'open',
    ballot: ballotText(ballot),
    votes: votes.length > 0 ? count : 0,
    needed,
    replicas: members.length,
    cells,
  };
}

/** The value that a slot would be drawn with, as its labels. */
function valueOf(votes: readonly Vote[]): readonly unknown[] {
  return votes.reduce((best, vote) => (compareBallots(vote.ballot, best.ballot) > 0 ? vote : best)).value;
}

/** Where machines play parts, one that only proposes has nothing to show in a slot. What is down may have. */
function keeps(picture: Entities, node: string): boolean {
  const parts = partsOf(picture.get('memory', node));
  if (parts.length > 0) return parts.some((part) => part !== 'proposer');
  return configurationsOf(picture).some((one) => one.members.includes(node));
}

/** Fewer rows than this are not held: the log forgets its oldest slots. */
const HELD_MIN = 10;

export function logScene(picture: Entities, options: LogOptions): LogScene {
  const led = hasLeaders(picture);
  const nodes = nodesOf(picture, 'storage').filter((node) => led || keeps(picture, node));
  const configurations = configurationsOf(picture);
  const side = largestSide(picture, nodes);
  const leader = leaderOf(picture);
  const marks = new Map<string, 'accept' | 'accepted' | 'lost'>();
  marksOf(options.lost ?? [], true, marks);
  marksOf(messagesOf(picture), false, marks);
  const world: Counting = { picture, nodes, configurations, marks };

  const slots = [...votesBySlot(picture)].sort(([a], [b]) => a - b);
  const wanted = options.hideRenewals ? slots.filter(([, votes]) => !onlyRenewals(valueOf(votes))) : slots;
  const reach = wanted.filter(([slot]) => slot <= (options.until ?? Infinity));
  const held = reach.length < HELD_MIN ? wanted : reach;
  const shown = held.slice(-options.rows);
  const { q1, q2, members } = governing(configurations, shown.at(-1)?.[0] ?? 1);
  const outside = (node: string) => !configurations.some((one) => one.members.includes(node));
  return {
    led,
    columns: nodes.map((node) => ({
      node, mark: markOf(picture, node, side), leading: leader?.node === node, spare: outside(node), part: led ? ui('mark-spare') : ui('mark-learner'),
    })),
    rows: shown.map(([slot, votes]) => rowOf(slot, votes, world)),
    needed: q2,
    promises: q1,
    replicas: members.length,
    hidden: slots.length - wanted.length,
    earlier: held.length - shown.length,
    later: wanted.length - held.length,
  };
}

/** "2 of 5 votes, 3 needed", and why three are enough. */
export function votesText(row: Row): string {
  return ui('votes-spoken', { votes: row.votes, replicas: row.replicas, needed: row.needed });
}

/** Why so many votes are enough: any two majorities meet, or any Q1 meets any Q2, as the sizes say. */
export function whyEnough({ needed, promises, replicas }: Pick<LogScene, 'needed' | 'promises' | 'replicas'>): string {
  const spare = plural(replicas - Math.max(needed, promises), 'replica');
  if (needed === promises) return ui('why-majority', { needed, replicas, spare });
  return ui('why-quorums', { q1: promises, q2: needed, sum: promises + needed, replicas, spare });
}

/** What was sent, from the changes of the entry that sent it (a drop itself does not carry the label). */
export function sentMessage(changes: readonly Change[]): SlotMessage | undefined {
  const change = changes.find(([kind, , fields]) => kind === 'message' && fields !== null);
  const fields = record(change?.[2]);
  if (change === undefined) return undefined;
  return { kind: text(fields.kind), src: text(fields.src), dst: text(fields.dst), label: list(fields.label) };
}
