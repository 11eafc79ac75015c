/** Follows what became of an operation that a person gave through a client: begun, ended, and with what. */
import { fieldsOf } from '../../history/entry';
import type { Wire } from '../../history/types';
import { number, text } from '../reading/picture';

export type Outcome =
  | { state: 'waiting' }
  | { state: 'running' }
  | { state: 'ended'; status: string; result: unknown; latencyUs: number };

export class OperationWatch {
  outcome: Outcome = { state: 'waiting' };
  #next: number;
  #session = '';
  #number = 0;

  /** command: seq of the command's own entry. */
  constructor(private command: number) {
    this.#next = command + 1;
  }

  /** Reads on to the end of the log that is here. Returns whether the outcome has changed. */
  read(headSeq: number, entryOf: (seq: number) => Wire | undefined): boolean {
    const before = this.outcome;
    for (; this.#next <= headSeq && this.outcome.state !== 'ended'; this.#next += 1) {
      const entry = entryOf(this.#next);
      if (entry !== undefined) this.#take(entry);
    }
    return this.outcome !== before;
  }

  #take(entry: Wire): void {
    const tag = entry[3][0];
    if (tag === 'operation-invoked' && entry[2] === this.command) {
      const fields = fieldsOf(entry[3]);
      this.#session = text(fields.session);
      this.#number = number(fields.number);
      this.outcome = { state: 'running' };
    } else if (tag === 'operation-ended' && this.outcome.state === 'running') {
      const fields = fieldsOf(entry[3]);
      if (fields.session !== this.#session || fields.number !== this.#number) return;
      this.outcome = { state: 'ended', status: text(fields.status), result: fields.result, latencyUs: number(fields.latency_us) };
    }
  }
}
