import { tick as settled } from 'svelte';
import type { AppState } from '../../shell/app.svelte';

/** The picture in which a panel of this page was last brought up to date. */
const turns = new WeakMap<AppState, number>();
/** A panel's work takes at most one part in so many of the page's time: on a machine that cannot keep up, text follows less often. */
const REST = 12;
const REST_MS_MAX = 1000;
/** Where no further picture comes, nobody else's turn is waited for. */
const TURN_MS = 50;

/**
 * A stamp that changes when the picture has moved, but at most every `everyMs`: text need not follow every frame. Of the
 * panels that are due one gets its turn in each picture, so that their work does not fall into one.
 *
 * Made while a component is set up. Read `stamp` in a `$derived`, then the plain `app.timeline`.
 */
export class Paced {
  #stamp = $state(0);
  #lastMs = -Infinity;
  #restMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private app: AppState,
    private everyMs = 100,
  ) {
    this.#restMs = everyMs;
    $effect(() => {
      const { tick } = this.app;
      void this.app.timeline;
      const lateMs = performance.now() - this.#lastMs - this.#restMs;
      const mine = turns.get(this.app) !== tick || lateMs > this.everyMs;
      if (lateMs >= 0 && mine) {
        turns.set(this.app, tick);
        this.#mark();
      } else this.#timer ??= setTimeout(() => this.#mark(), Math.max(0, -lateMs) + TURN_MS);
    });
    $effect(() => () => clearTimeout(this.#timer));
  }

  get stamp(): number {
    return this.#stamp;
  }

  #mark(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const beganMs = (this.#lastMs = performance.now());
    this.#stamp = beganMs;
    void settled().then(() => (this.#restMs = Math.max(this.everyMs, Math.min(REST_MS_MAX, (performance.now() - beganMs) * REST))));
  }
}

/** Keeps the old object where the new one says the same, so that unchanged rows are not drawn again. */
export class Reused<T> {
  #known = new Map<string | number, { written: string; row: T }>();

  keep(rows: readonly T[], keyOf: (row: T) => string | number): T[] {
    const next = new Map<string | number, { written: string; row: T }>();
    const kept = rows.map((row) => {
      const key = keyOf(row);
      const written = JSON.stringify(row);
      const before = this.#known.get(key);
      const entry = before?.written === written ? before : { written, row };
      next.set(key, entry);
      return entry.row;
    });
    this.#known = next;
    return kept;
  }
}
