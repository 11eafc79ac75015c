/** Pictures at some positions of the log, from which folding can begin. */
import type { Picture } from './picture';

export interface Checkpoint {
  seq: number;
  atUs: number;
  picture: Picture;
}

const EVERY = 1024;
const MOST = 400;

export class Checkpoints {
  #kept: Checkpoint[] = [];
  #passed = -1;

  /** The front has come to an entry: one is kept after so many of them, or as many as the picture has entities, which is what it costs. */
  pass(seq: number, atUs: number, front: Picture): void {
    const since = seq - this.#passed;
    if (since >= EVERY && since >= front.size) this.keep(seq, atUs, front);
  }

  keep(seq: number, atUs: number, picture: Picture): void {
    this.#passed = Math.max(seq, this.#passed);
    const after = this.#kept.findIndex((checkpoint) => checkpoint.seq >= seq);
    const fresh = { seq, atUs, picture: picture.snapshot() };
    if (after < 0) this.#kept.push(fresh);
    else this.#kept.splice(after, this.#kept[after]!.seq === seq ? 1 : 0, fresh);
    if (this.#kept.length > MOST) this.#kept.shift();
  }

  /** The nearest at or before an entry. */
  before(seq: number): Checkpoint | undefined {
    return this.#kept.findLast((checkpoint) => checkpoint.seq <= seq);
  }
}
