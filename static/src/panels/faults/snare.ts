/**
 * A hand that came too late catches the next message of its kind on the same link: what the page shows is a moment old, and
 * a message may fly for no longer than that moment. Pure but for how far it has read.
 */
import { fieldsOf } from '../../history/entry';
import type { Fields, Wire } from '../../history/types';
import { number } from '../reading/picture';

/** How long the hand stays open, in virtual time. */
const OPEN_US = 6_000_000;

export interface Caught {
  id: string;
  message: Fields;
}

export class Snare {
  readonly kind: unknown;
  readonly src: unknown;
  readonly dst: unknown;
  #next: number;
  #untilUs: number;

  /** missed: the message that had arrived. */
  constructor(missed: Fields, headSeq: number, headUs: number) {
    ({ kind: this.kind, src: this.src, dst: this.dst } = missed);
    this.#next = headSeq + 1;
    this.#untilUs = headUs + OPEN_US;
  }

  /** Reads on to the end of the log: the message to hold, null while none has come, undefined when it is over. */
  read(headSeq: number, headUs: number, reactionUs: number, entryOf: (seq: number) => Wire | undefined): Caught | null | undefined {
    for (; this.#next <= headSeq; this.#next++) {
      const entry = entryOf(this.#next);
      if (entry === undefined || entry[3][0] !== 'message-sent') continue;
      const sent = fieldsOf(entry[3]);
      if (sent.kind !== this.kind || sent.src !== this.src || sent.dst !== this.dst) continue;
      if (number(sent.arrives_us) <= headUs + reactionUs) continue;
      this.#next++;
      return { id: String(sent.id), message: sent };
    }
    return headUs > this.#untilUs ? undefined : null;
  }
}
