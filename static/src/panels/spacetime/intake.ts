/** Each entry in memory is taken in once, however the stretches of the log come. Pure. */
import type { Wire } from '../../history/types';

export interface Range {
  first: number;
  last: number;
}

export class Intake {
  #taken: [first: number, last: number][] = [];

  /**
   * Hand over what was not yet handed over, at most `most` entries; the newest first, so that what is looked at comes
   * first. Returns whether there is more.
   */
  sync(runs: readonly Range[], entryAt: (seq: number) => Wire | undefined, most: number, take: (entry: Wire) => void): boolean {
    let left = most;
    for (let at = runs.length - 1; at >= 0 && left > 0; at--) {
      const run = runs[at]!;
      for (const [first, last] of missing(this.#taken, run.first, run.last).reverse()) {
        // The end of the log grows at its end; a stretch of the past is taken from its end backwards.
        const grows = this.#taken.some(([, end]) => end === first - 1);
        const from = grows ? first : Math.max(first, last - left + 1);
        const to = grows ? Math.min(last, first + left - 1) : last;
        for (let seq = from; seq <= to; seq++) {
          const entry = entryAt(seq);
          if (entry !== undefined) take(entry);
        }
        this.#taken = joinRanges(this.#taken, from, to);
        left -= to - from + 1;
        if (left <= 0) break;
      }
    }
    return left <= 0;
  }

  /** What was handed over, in order, none touching another. */
  get ranges(): readonly (readonly [first: number, last: number])[] {
    return this.#taken;
  }

  /** These may come again. */
  forget(first: number, last: number): void {
    this.#taken = this.#taken.flatMap(([from, to]) => missing([[first, last]], from, to));
  }
}

/** The parts of `first` to `last` that no range covers, in order. */
export function missing(ranges: readonly (readonly [number, number])[], first: number, last: number): [number, number][] {
  const found: [number, number][] = [];
  let next = first;
  for (const [from, to] of ranges) {
    if (to < next) continue;
    if (from > last) break;
    if (from > next) found.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= last) found.push([next, last]);
  return found;
}

/** Ranges in order, none touching another. */
export function joinRanges(ranges: readonly (readonly [number, number])[], first: number, last: number): [number, number][] {
  const joined: [number, number][] = [];
  let [from, to] = [first, last];
  for (const range of ranges) {
    if (range[1] < from - 1 || range[0] > to + 1) joined.push([range[0], range[1]]);
    else [from, to] = [Math.min(from, range[0]), Math.max(to, range[1])];
  }
  joined.push([from, to]);
  return joined.sort((a, b) => a[0] - b[0]);
}
