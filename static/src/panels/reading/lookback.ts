/**
 * Fills the holes that a panel meets when it looks back from the cursor: what was streamed before this page came, or
 * left out when it was slow. One stretch at a time, and never the same one twice.
 */
import type { Timeline } from '../../history/timeline';

const STRETCH = 5_000;

export class Lookback {
  #asked = new Set<number>();
  #busy = false;

  constructor(private timeline: Pick<Timeline, 'bring'>) {}

  /** The entry before `firstSeq` is missing: ask for the stretch that ends there. */
  want(firstSeq: number): void {
    const to = firstSeq - 1;
    if (to < 0 || this.#busy || this.#asked.has(to)) return;
    this.#asked.add(to);
    this.#busy = true;
    this.timeline
      .bring(Math.max(0, to - STRETCH + 1), to)
      .catch(() => this.#asked.delete(to))
      .finally(() => (this.#busy = false));
  }
}
