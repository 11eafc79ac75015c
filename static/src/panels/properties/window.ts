/**
 * What the log says of a stretch of virtual time: one pass over its entries, counted into equal bins.
 *
 * Pure. The stretch is bounded by its number of entries too, so that a fast run costs no more than a slow one.
 */
import type { Wire } from '../../history/types';
import { FIELDS } from '../../wire/events.gen';

export interface Bins {
  served: number[];
  unknown: number[];
  commits: number[];
  running: number[];
}

export interface WindowStats {
  fromUs: number;
  toUs: number;
  bins: Bins;
  served: number;
  unknown: number;
  commits: number;
  /** From the leader's first accept to the vote that completed the majority, ascending, microseconds. */
  commitTookUs: number[];
  /** The highest slot at which at least two replicas stood, and whether all that stood there had equal state. */
  equalAt: { slot: number; replicas: number; equal: boolean } | undefined;
  /** Seqs at which replicas at one slot had different state. */
  differences: number[];
  /** The highest id of a message sent: how many there were, as ids count up. */
  messages: number;
}

const names: Readonly<Record<string, readonly string[]>> = FIELDS as Readonly<Record<string, readonly string[]>>;

/** The position of a field in a wire event; -1 when this page does not know it. */
function fieldAt(tag: string, field: string): number {
  const index = names[tag]?.indexOf(field) ?? -1;
  return index < 0 ? -1 : index + 1;
}

/** Looked up once: entries are read by the thousand. */
const AT = {
  status: fieldAt('operation-ended', 'status'),
  slot: fieldAt('value-chosen', 'slot'),
  tookUs: fieldAt('value-chosen', 'took_us'),
  slotTo: fieldAt('value-applied', 'slot_to'),
  digest: fieldAt('value-applied', 'digest'),
  id: fieldAt('message-sent', 'id'),
};

function valueAt(event: Wire[3], at: number): unknown {
  return at < 0 ? undefined : event[at];
}

function numberAt(event: Wire[3], at: number): number | undefined {
  const value = valueAt(event, at);
  return typeof value === 'number' ? value : undefined;
}

interface Applied {
  digest: number;
  replicas: number;
  equal: boolean;
}

class Pass {
  readonly stats: WindowStats;
  #applied = new Map<number, Applied>();
  #chosen = new Set<number>();

  constructor(
    fromUs: number,
    toUs: number,
    private count: number,
  ) {
    const zeros = (): number[] => Array.from({ length: count }, () => 0);
    this.stats = {
      fromUs,
      toUs,
      bins: { served: zeros(), unknown: zeros(), commits: zeros(), running: zeros() },
      served: 0,
      unknown: 0,
      commits: 0,
      commitTookUs: [],
      equalAt: undefined,
      differences: [],
      messages: 0,
    };
  }

  take(entry: Wire): void {
    const event = entry[3];
    switch (event[0]) {
      case 'operation-ended':
        return this.#ended(entry, valueAt(event, AT.status));
      case 'value-chosen':
        return this.#choose(entry, numberAt(event, AT.slot), numberAt(event, AT.tookUs));
      case 'value-applied':
        return this.#apply(entry[0], numberAt(event, AT.slotTo), numberAt(event, AT.digest));
      case 'message-sent':
        this.stats.messages = Math.max(this.stats.messages, numberAt(event, AT.id) ?? 0);
        return;
      default:
    }
  }

  end(): WindowStats {
    this.stats.commitTookUs.sort((a, b) => a - b);
    return this.stats;
  }

  #bin(entry: Wire): number {
    const { fromUs, toUs } = this.stats;
    const share = (entry[1] - fromUs) / Math.max(1, toUs - fromUs);
    return Math.min(this.count - 1, Math.max(0, Math.floor(share * this.count)));
  }

  /** A compare that did not match was answered as well as one that did; only "unknown" was not. */
  #ended(entry: Wire, status: unknown): void {
    const bin = this.#bin(entry);
    const where = status === 'unknown' ? 'unknown' : 'served';
    this.stats[where] += 1;
    this.stats.bins[where][bin]! += 1;
  }

  /** A slot that a second leader chose again is not counted again. */
  #choose(entry: Wire, slot: number | undefined, tookUs: number | undefined): void {
    if (slot === undefined || this.#chosen.has(slot)) return;
    this.#chosen.add(slot);
    this.stats.commits += 1;
    this.stats.bins.commits[this.#bin(entry)]! += 1;
    if (tookUs !== undefined) this.stats.commitTookUs.push(tookUs);
  }

  #apply(seq: number, slot: number | undefined, digest: number | undefined): void {
    if (slot === undefined || digest === undefined) return;
    const there = this.#applied.get(slot);
    if (there === undefined) {
      this.#applied.set(slot, { digest, replicas: 1, equal: true });
      return;
    }
    there.replicas += 1;
    if (there.digest !== digest) {
      there.equal = false;
      this.stats.differences.push(seq);
    }
    if (slot >= (this.stats.equalAt?.slot ?? 0)) {
      this.stats.equalAt = { slot, replicas: there.replicas, equal: there.equal };
    }
  }
}

export function windowStats(entries: readonly Wire[], fromUs: number, toUs: number, bins: number): WindowStats {
  const pass = new Pass(fromUs, toUs, bins);
  for (const entry of entries) pass.take(entry);
  return pass.end();
}

/** The value below which `share` of an ascending list lies (nearest rank); undefined of nothing. */
export function percentile(ascending: readonly number[], share: number): number | undefined {
  if (ascending.length === 0) return undefined;
  return ascending[Math.min(ascending.length - 1, Math.max(0, Math.ceil(share * ascending.length) - 1))];
}

/** The newest entries, at most `most`, reading backwards from the cursor until `fromUs`. */
export function lastEntries(
  cursorSeq: number,
  fromUs: number,
  entryOf: (seq: number) => Wire | undefined,
  most: number,
): Wire[] {
  const found: Wire[] = [];
  for (let seq = cursorSeq; seq >= 0 && found.length < most; seq -= 1) {
    const entry = entryOf(seq);
    if (entry === undefined || entry[1] < fromUs) break;
    found.push(entry);
  }
  return found.reverse();
}

/** The entries that `windowStats` counts, and how far back they are known. */
export interface Stretch {
  entries: readonly Wire[];
  /** The oldest entry that was looked at, and its time; of nothing, the next one and now. */
  firstSeq: number;
  firstUs: number;
  /** More is in memory, and was left out: the stretch is bounded by its number of entries too. */
  cut: boolean;
}

interface Log {
  readonly cursorSeq: number;
  readonly nowUs: number;
  entry(seq: number): Wire | undefined;
}

/** Slots behind the newest in which a replica may still apply what others have applied. */
const SLOTS_BEHIND = 300;

/** A stretch of the log that goes on with the cursor: every entry is looked at once, not at every reading. */
export class Recent {
  #log: Log | undefined;
  #counted: Wire[] = [];
  #applied = new Map<number, Wire[]>();
  #sent: Wire | undefined;
  #first: Wire | undefined;
  #lastSeq = -1;
  #cut = false;

  /** `looked`: most entries that are looked at when the cursor has jumped. `most`: of those that count. */
  constructor(
    private windowUs: number,
    private looked: number,
    private most = 6_000,
  ) {}

  read(log: Log): Stretch {
    const fromUs = log.nowUs - this.windowUs;
    if (!this.#goOn(log) || this.#mayReachBack(log, fromUs)) this.#anew(log, fromUs);
    this.#drop(fromUs);
    const applied = [...this.#applied.values()].flat();
    const entries = [...this.#counted, ...applied, ...(this.#sent === undefined ? [] : [this.#sent])];
    return { entries, firstSeq: this.#first?.[0] ?? log.cursorSeq + 1, firstUs: this.#first?.[1] ?? log.nowUs, cut: this.#cut };
  }

  #goOn(log: Log): boolean {
    if (log !== this.#log || log.cursorSeq < this.#lastSeq || log.cursorSeq - this.#lastSeq > this.looked) return false;
    for (let seq = this.#lastSeq + 1; seq <= log.cursorSeq; seq++) {
      const entry = log.entry(seq);
      if (entry === undefined) return false;
      this.#take(entry);
    }
    return true;
  }

  /** What was missing before the stretch has come. */
  #mayReachBack(log: Log, fromUs: number): boolean {
    const first = this.#first;
    return first !== undefined && !this.#cut && first[1] > fromUs && log.entry(first[0] - 1) !== undefined;
  }

  #anew(log: Log, fromUs: number): void {
    [this.#log, this.#counted, this.#sent, this.#first] = [log, [], undefined, undefined];
    this.#applied.clear();
    this.#lastSeq = log.cursorSeq;
    const entries = lastEntries(log.cursorSeq, fromUs, (seq) => log.entry(seq), this.looked);
    this.#cut = entries.length >= this.looked;
    for (const entry of entries) this.#take(entry);
    this.#lastSeq = log.cursorSeq;
  }

  #take(entry: Wire): void {
    this.#first ??= entry;
    this.#lastSeq = entry[0];
    const tag = entry[3][0];
    if (tag === 'message-sent') this.#sent = entry;
    else if (tag === 'operation-ended' || tag === 'value-chosen') this.#counted.push(entry);
    else if (tag === 'value-applied') this.#apply(entry);
  }

  /** Only the newest slots are kept, and those in which replicas differ. */
  #apply(entry: Wire): void {
    const slot = numberAt(entry[3], AT.slotTo) ?? 0;
    const there = this.#applied.get(slot);
    if (there !== undefined) return void there.push(entry);
    this.#applied.set(slot, [entry]);
    for (const [old, entries] of this.#applied) {
      if (old >= slot - SLOTS_BEHIND || this.#applied.size <= SLOTS_BEHIND) break;
      const digest = numberAt(entries[0]![3], AT.digest);
      if (entries.every((one) => numberAt(one[3], AT.digest) === digest)) this.#applied.delete(old);
    }
  }

  #drop(fromUs: number): void {
    let stale = Math.max(0, this.#counted.length - this.most);
    if (stale > 0) [this.#first, this.#cut] = [this.#counted[stale], true];
    while (stale < this.#counted.length && this.#counted[stale]![1] < fromUs) stale++;
    if (stale > 0) this.#counted.splice(0, stale);
    for (const [slot, entries] of this.#applied) if (entries.at(-1)![1] < fromUs) this.#applied.delete(slot);
  }
}
