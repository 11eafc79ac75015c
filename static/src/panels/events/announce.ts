/** Lets at most one sentence through in `everyMs`; of those that came too soon, the newest follows. */
export class Announcer {
  #lastMs = -Infinity;
  #waiting: string | null = null;

  constructor(private everyMs = 2000) {}

  offer(sentence: string): void {
    this.#waiting = sentence;
  }

  /** What to say now, or null. */
  take(nowMs: number): string | null {
    if (this.#waiting === null || nowMs - this.#lastMs < this.everyMs) return null;
    const said = this.#waiting;
    this.#waiting = null;
    this.#lastMs = nowMs;
    return said;
  }
}
