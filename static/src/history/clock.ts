/**
 * The virtual time that a live page shows.
 *
 * Frames come in at some 20 a second, a screen wants 60 pictures: the clock runs on between frames at the run's true
 * speed. It stays BUFFER_MS behind the newest frame, so that every message is seen leaving its node, and never passes
 * what the server has shown.
 */
export const BUFFER_MS = 90;

/** Further off than this, and it jumps instead of hurrying. */
const SNAP_MS = 700;

export class PlayoutClock {
  shownUs = 0;
  #headUs = 0;
  #headMs = 0;
  #lastMs = 0;
  #usPerMs = 0;

  jump(us: number, realMs: number): void {
    this.shownUs = this.#headUs = us;
    this.#headMs = this.#lastMs = realMs;
  }

  /** A frame said that the run stands at `headUs` and, while playing, goes on at `speed`. */
  hear(headUs: number, speed: number, playing: boolean, realMs: number): void {
    this.#headUs = headUs;
    this.#headMs = realMs;
    this.#usPerMs = playing ? speed * 1000 : 0;
  }

  at(realMs: number): number {
    const passedMs = Math.max(0, realMs - this.#lastMs);
    this.#lastMs = realMs;
    if (this.#usPerMs === 0) return (this.shownUs = this.#headUs);
    const target = this.#headUs + (realMs - this.#headMs - BUFFER_MS) * this.#usPerMs;
    const offMs = (target - this.shownUs) / this.#usPerMs;
    if (offMs > SNAP_MS) {
      this.shownUs = target;
    } else {
      const hurry = Math.min(2, Math.max(0.5, 1 + offMs / 400));
      this.shownUs += passedMs * this.#usPerMs * hurry;
    }
    return (this.shownUs = Math.min(this.shownUs, this.#headUs));
  }
}
