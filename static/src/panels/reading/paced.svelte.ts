import type { AppState } from '../../shell/app.svelte';

/**
 * A stamp that changes when the picture has moved, but at most every `everyMs`: text need not follow every frame.
 *
 * Made while a component is set up. Read `stamp` in a `$derived`, then the plain `app.timeline`.
 */
export class Paced {
  #stamp = $state(0);
  #lastMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private app: AppState,
    private everyMs = 100,
  ) {
    $effect(() => {
      void this.app.tick;
      void this.app.timeline;
      const waitMs = this.#lastMs + this.everyMs - performance.now();
      if (waitMs <= 0) this.#mark();
      else this.#timer ??= setTimeout(() => this.#mark(), waitMs);
    });
    $effect(() => () => clearTimeout(this.#timer));
  }

  get stamp(): number {
    return this.#stamp;
  }

  #mark(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastMs = performance.now();
    this.#stamp = this.#lastMs;
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
