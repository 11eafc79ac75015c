import type { Wire } from './types';

interface Segment {
  first: number;
  entries: Wire[];
  /** Those of them that tell of a dropped message: looked for many times a second, and rare. */
  drops: Wire[];
  /** Counts up with every addition: which run was last wanted. */
  touched: number;
}

/** Consecutive entries in memory, and the times of the first and the last. */
export interface Run {
  first: number;
  last: number;
  fromUs: number;
  toUs: number;
}

/** Enough to drop at once that trimming stays rare. */
const TRIM_SLACK = 4096;
const FETCHED_MIN = 20_000;

/**
 * The entries in memory: a few runs of consecutive entries, in order, with holes between them.
 *
 * The last run is the live end; the others were fetched for a cursor in the past.
 */
export class EntryLog {
  #segments: Segment[] = [];
  #size = 0;
  #touches = 0;

  constructor(readonly maxEntries = 200_000) {}

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#segments = [];
    this.#size = 0;
  }

  at(seq: number): Wire | undefined {
    const segment = this.#segmentOf(seq);
    return segment?.entries[seq - segment.first];
  }

  /** Whether every entry from `from` to `to` is here. An empty range always is. */
  holds(from: number, to: number): boolean {
    if (from > to) return true;
    const segment = this.#segmentOf(from);
    return segment !== undefined && to < segment.first + segment.entries.length;
  }

  /** The last seq of the run of entries that holds `seq`; `seq - 1` when nothing does. */
  endOfRun(seq: number): number {
    const segment = this.#segmentOf(seq);
    return segment === undefined ? seq - 1 : segment.first + segment.entries.length - 1;
  }

  /** The runs of consecutive entries that are here, oldest first. */
  runs(): Run[] {
    return this.#segments
      .filter(({ entries }) => entries.length > 0)
      .map(({ first, entries }) => ({ first, last: first + entries.length - 1, fromUs: entries[0]![1], toUs: entries.at(-1)![1] }));
  }

  /** Consecutive entries; those already here are passed over. */
  add(entries: readonly Wire[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const last = this.#segments.at(-1);
    if (last !== undefined && first[0] === last.first + last.entries.length) {
      for (const entry of entries) {
        last.entries.push(entry);
        if (isDrop(entry)) last.drops.push(entry);
      }
      this.#size += entries.length;
    } else {
      this.#insert({ first: first[0], entries: [...entries], drops: entries.filter(isDrop), touched: ++this.#touches });
    }
    this.#trim();
  }

  /** The seq of the last entry here with `atUs <= us`, when it is certain that none lies between it and `us`. */
  lastAtOrBefore(us: number): number | undefined {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const { first, entries } = this.#segments[i]!;
      if (entries[0]![1] > us) continue;
      const index = firstAfter(entries, us) - 1;
      const atTheEnd = index === entries.length - 1;
      return atTheEnd && i < this.#segments.length - 1 ? undefined : first + index;
    }
    return undefined;
  }

  /** Entries with `fromUs < atUs <= toUs`, as far as they are here. */
  between(fromUs: number, toUs: number): Wire[] {
    const found: Wire[] = [];
    for (const { entries } of this.#segments) {
      if (entries[0]![1] > toUs || entries.at(-1)![1] <= fromUs) continue;
      const part = entries.slice(firstAfter(entries, fromUs), firstAfter(entries, toUs));
      for (const entry of part) found.push(entry);
    }
    return found;
  }

  /** The drops up to entry `seq` and after `fromUs`, newest first, as far back as there is no hole. */
  drops(seq: number, fromUs: number, most: number): Wire[] {
    const found: Wire[] = [];
    const drops = this.#segmentOf(seq)?.drops ?? [];
    for (let at = drops.length - 1; at >= 0 && found.length < most; at--) {
      const drop = drops[at]!;
      if (drop[1] <= fromUs) break;
      if (drop[0] <= seq) found.push(drop);
    }
    return found;
  }

  #segmentOf(seq: number): Segment | undefined {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i]!;
      if (seq >= segment.first) return seq < segment.first + segment.entries.length ? segment : undefined;
    }
    return undefined;
  }

  #insert(added: Segment): void {
    const merged: Segment[] = [];
    let current = added;
    for (const segment of this.#segments) {
      const end = segment.first + segment.entries.length;
      if (end < current.first || segment.first > current.first + current.entries.length) merged.push(segment);
      else current = joined(segment, current);
    }
    merged.push(current);
    merged.sort((a, b) => a.first - b.first);
    this.#segments = merged;
    this.#size = merged.reduce((sum, segment) => sum + segment.entries.length, 0);
  }

  /** The live run loses its oldest entries; of the fetched ones, those fetched longest ago go first. */
  #trim(): void {
    const live = this.#segments.at(-1)!;
    if (live.entries.length > this.maxEntries + TRIM_SLACK) this.#dropFront(live, live.entries.length - this.maxEntries);
    const fetchedMax = Math.max(FETCHED_MIN, this.maxEntries / 4);
    for (;;) {
      const fetched = this.#segments.slice(0, -1);
      const excess = fetched.reduce((sum, segment) => sum + segment.entries.length, 0) - fetchedMax;
      if (excess <= 0) return;
      const stalest = fetched.reduce((a, b) => (a.touched <= b.touched ? a : b));
      this.#dropFront(stalest, Math.min(stalest.entries.length, excess));
    }
  }

  #dropFront(segment: Segment, count: number): void {
    segment.entries.splice(0, count);
    segment.first += count;
    const stale = segment.drops.findIndex((drop) => drop[0] >= segment.first);
    segment.drops.splice(0, stale < 0 ? segment.drops.length : stale);
    this.#size -= count;
    if (segment.entries.length === 0) this.#segments.splice(this.#segments.indexOf(segment), 1);
  }
}

const isDrop = (entry: Wire): boolean => entry[3][0] === 'message-dropped';

/** Two runs that touch or overlap. */
function joined(a: Segment, b: Segment): Segment {
  const [low, high] = a.first <= b.first ? [a, b] : [b, a];
  const rest = high.entries.slice(Math.max(0, low.first + low.entries.length - high.first));
  const more = high.drops.filter((drop) => drop[0] >= low.first + low.entries.length);
  return { first: low.first, entries: low.entries.concat(rest), drops: low.drops.concat(more), touched: Math.max(a.touched, b.touched) };
}

/** Index of the first entry with `atUs > us`. */
function firstAfter(entries: readonly Wire[], us: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]![1] <= us) low = middle + 1;
    else high = middle;
  }
  return low;
}
