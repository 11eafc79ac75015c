import { named } from '../../history/entry';
import type { Named } from '../../history/types';
import type { Timeline } from '../../history/timeline';

const KEPT = 2_000;

/** The causes of landmarks that are no longer in memory, asked of the server one by one and kept. */
export class Causes {
  #known = new Map<number, Named | null>();
  #asked = new Set<number>();
  #version = $state(0);

  constructor(private timeline: Timeline) {}

  /** The cause of an entry; null when it has none, undefined when it is not known (yet). */
  of(seq: number): Named | null | undefined {
    void this.#version;
    const known = this.#known.get(seq);
    if (known !== undefined) return known;
    const causeSeq = this.timeline.entry(seq)?.[2];
    if (causeSeq === null) return this.#keep(seq, null);
    const entry = causeSeq === undefined ? undefined : this.timeline.entry(causeSeq);
    return entry === undefined ? undefined : this.#keep(seq, named(entry));
  }

  async fetch(seq: number): Promise<void> {
    if (this.#asked.has(seq)) return;
    this.#asked.add(seq);
    try {
      const entry = await this.timeline.fetchEntry(seq);
      if (entry === undefined) return;
      const cause = entry[2] === null ? null : await this.timeline.fetchEntry(entry[2]);
      if (cause === undefined) return;
      this.#keep(seq, cause === null ? null : named(cause));
      this.#version += 1;
    } catch {
      this.#asked.delete(seq);
    }
  }

  #keep(seq: number, cause: Named | null): Named | null {
    this.#known.set(seq, cause);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
    return cause;
  }
}
