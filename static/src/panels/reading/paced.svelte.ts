import type { AppState } from '../../shell/app.svelte';
import { afterPicture } from '../../shell/after';

/** All panels together take at most one part in so many of the page's time, with what the browser does for them. */
const TOGETHER = 4;
const TOGETHER_MS_MAX = 250;
/** Where no further picture comes, a turn comes without one. */
const TURN_MS = 25;
/** So soon after time was moved by hand a panel is due again: a run that is paused stops where the server says, a little later. */
const SETTLED_MS = 150;

/** Who is next: one panel a picture, the longest due first, and none for a while after dear ones. */
class Desk {
  static #desks = new WeakMap<AppState, Desk>();
  #due = new Set<Paced>();
  #tick = -1;
  #freeMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  static of(app: AppState): Desk {
    let desk = this.#desks.get(app);
    if (desk === undefined) this.#desks.set(app, (desk = new Desk()));
    return desk;
  }

  ask(panel: Paced, tick: number): void {
    this.#due.add(panel);
    if (this.#tick !== tick && performance.now() >= this.#freeMs) this.#grant(tick);
    else this.#arm();
  }

  /** Time was moved by hand: nobody waits. */
  jump(panel: Paced): void {
    this.#due.delete(panel);
    panel.turn(performance.now(), SETTLED_MS);
  }

  leave(panel: Paced): void {
    this.#due.delete(panel);
  }

  #grant(tick: number): void {
    const [next] = this.#due;
    if (next === undefined) return;
    this.#due.delete(next);
    this.#tick = tick;
    const beganMs = performance.now();
    next.turn(beganMs);
    afterPicture((paintedMs) => {
      this.#freeMs = beganMs + Math.min(TOGETHER_MS_MAX, (paintedMs - beganMs) * TOGETHER);
    });
    if (this.#due.size > 0) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#grant(this.#tick), Math.max(0, this.#freeMs - performance.now()) + TURN_MS);
  }
}

/**
 * A stamp that changes when the picture has moved, but at most every `everyMs`: text need not follow every frame. Of the
 * panels that are due one gets its turn in each picture, so that their work does not fall into one; on a machine that cannot
 * keep up with them, text follows less often. When somebody moves the page's time, nothing waits.
 *
 * Made while a component is set up. Read `stamp` in a `$derived`, then the plain `app.timeline`.
 */
export class Paced {
  #stamp = $state(0);
  #dueMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    app: AppState,
    private everyMs = 100,
  ) {
    const desk = Desk.of(app);
    let seen = app.jumps;
    $effect(() => {
      const { tick, jumps } = app;
      void app.timeline;
      clearTimeout(this.#timer);
      if (jumps !== seen) {
        seen = jumps;
        return desk.jump(this);
      }
      const earlyMs = this.#dueMs - performance.now();
      if (earlyMs <= 0) desk.ask(this, tick);
      else this.#timer = setTimeout(() => desk.ask(this, tick), earlyMs);
    });
    $effect(() => () => (clearTimeout(this.#timer), desk.leave(this)));
  }

  get stamp(): number {
    return this.#stamp;
  }

  /** The desk's word: now, and not again for `restMs`. */
  turn(nowMs: number, restMs = this.everyMs): void {
    this.#stamp = nowMs;
    this.#dueMs = nowMs + Math.min(restMs, this.everyMs);
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
