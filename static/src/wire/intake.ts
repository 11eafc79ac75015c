/**
 * Frames that have come and are not decoded yet.
 *
 * A run of 1,500 nodes writes 15,000 entries a second: they are decoded a few at a time, between two pictures, and only then
 * acknowledged, so that the server sends no more than this page can take. What a frame says of the run's pace counts at once.
 */
import { decode, decodeMulti } from '@msgpack/msgpack';
import type { Frame, Wire } from '../history/types';

interface Waiting {
  frame: Frame;
  entries: Iterator<Wire>;
}

/** So many bytes are not worth waiting with. */
const AT_ONCE = 16_000;
/** After so many entries the clock is looked at. */
const PORTION = 32;

type Pace = Pick<Frame, 'playing' | 'speed' | 'true_speed' | 'viewers'>;

export class Intake {
  #waiting: Waiting[] = [];
  #pace: Pace | undefined;

  /** `out`: a frame, or a part of one, in order; `whole` with its last part. */
  constructor(private out: (frame: Frame, whole: boolean) => void) {}

  /** Frames that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  push(frame: Frame): void {
    const { playing, speed, true_speed, viewers } = frame;
    const turned = this.#pace !== undefined && (this.#pace.playing !== playing || this.#pace.speed !== speed);
    this.#pace = { playing, speed, true_speed, viewers };
    const small = bytesOf(frame.entries) <= AT_ONCE && this.#waiting.length === 0;
    this.#waiting.push({ frame, entries: entriesOf(frame.entries)[Symbol.iterator]() });
    if (small) this.digest(() => false);
    // Nothing new in it but the pace: what it stands after has been handed on before.
    else if (turned) this.out({ ...frame, entries: [], head_us: 0, digest: '' }, false);
  }

  /** Hand on frames until `spent` says that it is enough; some of the first at any rate. */
  digest(spent: () => boolean): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const part: Wire[] = [];
      let whole = false;
      do {
        for (let n = 0; n < PORTION && !whole; n++) {
          const next = first.entries.next();
          if (next.done) whole = true;
          else part.push(next.value);
        }
      } while (!whole && !spent());
      if (whole) this.#waiting.shift();
      const last = part.at(-1);
      const { frame } = first;
      if (whole) this.out({ ...frame, ...this.#pace, entries: part }, true);
      else if (last !== undefined) this.out({ ...frame, ...this.#pace, entries: part, head_seq: last[0], head_us: last[1], digest: '' }, false);
      if (spent()) return;
    }
  }

  /** Another run, or another line: what waits is of no use. */
  clear(): void {
    this.#waiting = [];
    this.#pace = undefined;
  }
}

const bytesOf = (sent: unknown): number => (sent instanceof Uint8Array || sent instanceof ArrayBuffer ? sent.byteLength : 0);

/** Entries come decoded, or each as its own bytes, or one after another in one piece; the last are decoded as they are read. */
export function entriesOf(sent: unknown): Iterable<Wire> {
  if (sent instanceof ArrayBuffer) return entriesOf(new Uint8Array(sent));
  if (sent instanceof Uint8Array) return decodeMulti(sent) as Iterable<Wire>;
  if (!Array.isArray(sent)) return [];
  return sent.map((entry) =>
    entry instanceof Uint8Array ? decode(entry) : entry instanceof ArrayBuffer ? decode(new Uint8Array(entry)) : entry,
  ) as Wire[];
}
