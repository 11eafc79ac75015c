/**
 * The index of the space-time diagram: messages, marks and causes of the entries in memory, in typed arrays.
 *
 * Built as entries come, in whatever order their stretches come. A chunk holds CHUNK entries in a row and the messages
 * that were sent in them. Pure: knows entries, no page.
 */
import { FIELDS } from '../../wire/events.gen';
import type { Wire } from '../../history/types';
import { lookOf, type Look } from '../map/kinds';
import { Intake, type Range } from './intake';

export const CHUNK = 4096;
const CHUNKS_MAX = 96;
const FRESH_MAX = 4000;

export const enum Kind { None, Sent, Ended, Minor, Mark, Decided }
export const enum State { Flying, Delivered, Dropped, Held }

const ENDS: Readonly<Record<string, State>> = {
  'message-delivered': State.Delivered, 'message-dropped': State.Dropped, 'message-held': State.Held, 'message-refused': State.Dropped,
};
/** The fields that may say on whose lane an entry stands, the best first. */
const PLACES = ['node', 'client', 'dst', 'leader', 'src'];
const DECIDED = /-(chosen|decided)$/;

/** Entries `no * CHUNK` to `(no + 1) * CHUNK - 1`, as far as they were seen. */
export class Chunk {
  readonly atUs = new Float64Array(CHUNK);
  readonly kind = new Uint8Array(CHUNK);
  /** Where the entry stands: index of a node, or -1 for the network and the run. */
  readonly place = new Int16Array(CHUNK).fill(-1);
  /** How a mark looks, by the number that the page gave it. */
  readonly shape = new Uint8Array(CHUNK);
  readonly cause = new Int32Array(CHUNK).fill(-1);
  readonly firstChild = new Int32Array(CHUNK).fill(-1);
  readonly nextChild = new Int32Array(CHUNK).fill(-1);
  /** The message that an entry begins or ends, as a position in the weave; -1 for none. */
  readonly message = new Int32Array(CHUNK).fill(-1);
  /** Where marks and decisions are among the entries: few, and wanted at any width. */
  readonly marks: number[] = [];
  fromUs = Infinity;
  toUs = -Infinity;

  /** Messages sent in this chunk, in the order of sending. */
  messages = 0;
  readonly src = new Int16Array(CHUNK);
  readonly dst = new Int16Array(CHUNK);
  readonly look = new Uint8Array(CHUNK);
  readonly state = new Uint8Array(CHUNK);
  readonly sentUs = new Float64Array(CHUNK);
  readonly endUs = new Float64Array(CHUNK);
  /** When it is, or was, to arrive: where it stands on its way is a share of that. */
  readonly planUs = new Float64Array(CHUNK);
  readonly sentSeq = new Int32Array(CHUNK);
  readonly endSeq = new Int32Array(CHUNK).fill(-1);
  readonly id = new Float64Array(CHUNK);
  /** No message of this chunk ends later. */
  endMaxUs = -Infinity;

  constructor(readonly no: number) {}
}

export interface RoleOf {
  (node: string): string;
}

interface Orphan {
  seq: number;
  us: number;
  state: State;
}

export class Weave {
  readonly chunks = new Map<number, Chunk>();
  readonly names: string[] = [];
  readonly looks: Look[] = [];
  /** Counts up with every entry taken in. */
  revision = 0;
  /** Messages and marks since the painter last asked; null when it had better paint everything anew. */
  fresh: { messages: number[]; entries: number[] } | null = null;

  #nodes = new Map<string, number>();
  #lookNumbers = new Map<Look, number>();
  #open = new Map<number, number>();
  #orphans = new Map<number, Orphan>();
  #unborn = new Map<number, number[]>();
  #shapes = new Map<string, number>();
  #placeField = new Map<string, number>();
  readonly #intake = new Intake();

  constructor(
    private roleOf: RoleOf,
    /** 0 for what is no mark, else how it looks. */
    private shapeOf: (tag: string) => number,
  ) {}

  /** Take in what is in memory and not yet here, at most `most` entries. Returns whether there is more. */
  sync(runs: readonly Range[], entryAt: (seq: number) => Wire | undefined, most: number): boolean {
    const more = this.#intake.sync(runs, entryAt, most, (entry) => this.#take(entry));
    this.#trim(runs);
    return more;
  }

  /** The stretches of the log that are here; longer than those in memory, for what is left of an entry is small. */
  covered(): (Range & { fromUs: number; toUs: number })[] {
    return this.#intake.ranges.map(([first, last]) => ({ first, last, fromUs: this.#usOf(first), toUs: this.#usOf(last) }));
  }

  #usOf(seq: number): number {
    return this.chunks.get(Math.floor(seq / CHUNK))?.atUs[seq % CHUNK] ?? 0;
  }

  /** Messages under way, by position. */
  get open(): IterableIterator<number> {
    return this.#open.values();
  }

  /** Positions of messages: chunk and index in one number. */
  chunkOf(position: number): Chunk | undefined {
    return this.chunks.get(Math.floor(position / CHUNK));
  }

  nodeNumber(name: string): number {
    let number = this.#nodes.get(name);
    if (number === undefined) {
      number = this.names.length;
      this.names.push(name);
      this.#nodes.set(name, number);
    }
    return number;
  }

  /** The chunks that hold something between two times, oldest first. */
  within(fromUs: number, toUs: number): Chunk[] {
    const found: Chunk[] = [];
    for (const chunk of this.chunks.values()) {
      if (chunk.fromUs <= toUs && Math.max(chunk.toUs, chunk.endMaxUs) >= fromUs) found.push(chunk);
    }
    return found.sort((a, b) => a.no - b.no);
  }

  /** Whether the entry was taken in. */
  has(seq: number): boolean {
    return (this.chunks.get(Math.floor(seq / CHUNK))?.kind[seq % CHUNK] ?? 0) !== Kind.None;
  }

  #chunk(no: number): Chunk {
    let chunk = this.chunks.get(no);
    if (chunk !== undefined) return chunk;
    chunk = new Chunk(no);
    this.chunks.set(no, chunk);
    for (const seq of this.#unborn.get(no) ?? []) this.#adopt(seq, this.chunks.get(Math.floor(seq / CHUNK))?.cause[seq % CHUNK] ?? -1);
    this.#unborn.delete(no);
    return chunk;
  }

  #take(entry: Wire): void {
    const [seq, atUs, cause, event] = entry;
    const chunk = this.#chunk(Math.floor(seq / CHUNK));
    const at = seq % CHUNK;
    if (chunk.kind[at] !== Kind.None) return;
    this.revision++;
    chunk.atUs[at] = atUs;
    chunk.fromUs = Math.min(chunk.fromUs, atUs);
    chunk.toUs = Math.max(chunk.toUs, atUs);
    chunk.cause[at] = cause ?? -1;
    chunk.place[at] = this.#placeOf(event);
    const tag = event[0];
    const ends = ENDS[tag];
    if (tag === 'message-sent') this.#sent(chunk, at, entry);
    else if (ends !== undefined) this.#ended(chunk, at, entry, ends);
    else {
      chunk.shape[at] = this.#shape(tag);
      chunk.kind[at] = DECIDED.test(tag) ? Kind.Decided : chunk.shape[at] > 0 ? Kind.Mark : Kind.Minor;
      if (chunk.kind[at] !== Kind.Minor) chunk.marks.push(at);
      this.#tell('entries', seq);
    }
    if (cause !== null) this.#adopt(seq, cause);
  }

  /** [tag, id, kind, src, dst, sent_us, arrives_us, label] */
  #sent(chunk: Chunk, at: number, entry: Wire): void {
    const [, id, kind, src, dst, sentUs, arrivesUs, label] = entry[3] as [string, number, string, string, string, number, number, unknown[]];
    const i = chunk.messages++;
    const position = chunk.no * CHUNK + i;
    chunk.kind[at] = Kind.Sent;
    chunk.message[at] = position;
    chunk.src[i] = chunk.place[at] = this.nodeNumber(src);
    chunk.dst[i] = this.nodeNumber(dst);
    chunk.look[i] = this.#lookNumber(lookOf(kind, this.roleOf(src), this.roleOf(dst), Array.isArray(label) ? label : []));
    chunk.id[i] = id;
    chunk.sentSeq[i] = entry[0];
    chunk.sentUs[i] = sentUs;
    chunk.planUs[i] = chunk.endUs[i] = Math.max(sentUs, arrivesUs);
    chunk.endMaxUs = Math.max(chunk.endMaxUs, arrivesUs);
    const orphan = this.#orphans.get(id);
    if (orphan !== undefined) {
      this.#orphans.delete(id);
      this.#close(position, orphan);
    } else this.#open.set(id, position);
  }

  /** Delivered, dropped, held or refused: [tag, id, kind, src, dst ...] */
  #ended(chunk: Chunk, at: number, entry: Wire, state: State): void {
    const [seq, us, , event] = entry;
    const id = event[1] as number;
    const dst = event[0] === 'message-refused' ? event[5] : event[4];
    chunk.kind[at] = event[0] === 'message-refused' ? Kind.Mark : Kind.Ended;
    chunk.shape[at] = this.#shape(event[0]);
    if (chunk.kind[at] === Kind.Mark) chunk.marks.push(at);
    chunk.place[at] = this.nodeNumber(String(dst));
    const position = this.#open.get(id);
    if (position === undefined) this.#orphans.set(id, { seq, us, state });
    else this.#close(position, { seq, us, state });
  }

  #close(position: number, end: Orphan): void {
    const chunk = this.chunkOf(position)!;
    const i = position % CHUNK;
    const endChunk = this.chunks.get(Math.floor(end.seq / CHUNK));
    if (endChunk !== undefined) endChunk.message[end.seq % CHUNK] = position;
    // A message that waited at a paused machine has flown no longer for that.
    const waited = chunk.state[i] === State.Held && end.state === State.Delivered;
    chunk.state[i] = end.state;
    chunk.endSeq[i] = end.seq;
    if (!waited) chunk.endUs[i] = end.us;
    chunk.endMaxUs = Math.max(chunk.endMaxUs, chunk.endUs[i]!);
    if (end.state !== State.Held) this.#open.delete(chunk.id[i]!);
    else this.#open.set(chunk.id[i]!, position);
    this.#tell('messages', position);
  }

  #tell(what: 'messages' | 'entries', number: number): void {
    if (this.fresh === null) return;
    this.fresh[what].push(number);
    if (this.fresh[what].length > FRESH_MAX) this.fresh = null;
  }

  /** The cause learns of what it caused, as soon as its chunk is here. */
  #adopt(seq: number, cause: number): void {
    if (cause < 0) return;
    const no = Math.floor(cause / CHUNK);
    const chunk = this.chunks.get(no);
    if (chunk === undefined) {
      const waiting = this.#unborn.get(no) ?? [];
      waiting.push(seq);
      this.#unborn.set(no, waiting);
      return;
    }
    const mine = this.chunks.get(Math.floor(seq / CHUNK))!;
    mine.nextChild[seq % CHUNK] = chunk.firstChild[cause % CHUNK]!;
    chunk.firstChild[cause % CHUNK] = seq;
  }

  #placeOf(event: Wire[3]): number {
    const tag = event[0];
    let field = this.#placeField.get(tag);
    if (field === undefined) {
      const names = FIELDS[tag] ?? [];
      field = (PLACES.map((name) => names.indexOf(name)).find((at) => at >= 0) ?? -1) + 1;
      this.#placeField.set(tag, field);
    }
    const node = field === 0 ? undefined : event[field];
    return typeof node === 'string' && node !== '' && this.roleOf(node) !== '' ? this.nodeNumber(node) : -1;
  }

  #shape(tag: string): number {
    let shape = this.#shapes.get(tag);
    if (shape === undefined) this.#shapes.set(tag, (shape = this.shapeOf(tag)));
    return shape;
  }

  #lookNumber(look: Look): number {
    let number = this.#lookNumbers.get(look);
    if (number === undefined) {
      number = this.looks.push(look) - 1;
      this.#lookNumbers.set(look, number);
    }
    return number;
  }

  /** Of too many chunks those go whose entries are no longer in memory, the oldest first; fetched again they come again. */
  #trim(runs: readonly Range[]): void {
    if (this.chunks.size <= CHUNKS_MAX) return;
    const held = (no: number) => runs.some((run) => run.first < (no + 1) * CHUNK && run.last >= no * CHUNK);
    const gone = [...this.chunks.keys()].filter((no) => !held(no)).sort((a, b) => a - b).slice(0, this.chunks.size - CHUNKS_MAX);
    for (const no of gone) {
      const chunk = this.chunks.get(no)!;
      for (let i = 0; i < chunk.messages; i++) if (this.#open.get(chunk.id[i]!) === no * CHUNK + i) this.#open.delete(chunk.id[i]!);
      this.chunks.delete(no);
      this.#unborn.delete(no);
      this.#intake.forget(no * CHUNK, (no + 1) * CHUNK - 1);
    }
    if (gone.length > 0) this.fresh = null;
  }
}
