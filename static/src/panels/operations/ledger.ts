/** What clients asked for and what they were told, from the entries in memory. Pure. */
import type { Wire } from '../../history/types';
import { Intake, type Range } from '../spacetime/intake';

export interface Operation {
  /** The seq of its beginning, which names it for the checker too. */
  seq: number;
  client: string;
  session: string;
  number: number;
  /** `["cas", "k1", "a", "b"]` */
  op: readonly unknown[];
  key: string;
  invokedUs: number;
  endedSeq: number;
  /** null while it is under way. */
  endedUs: number | null;
  /** As the client was told: "ok", "failed", "unknown" ...; "lost" when its machine died first. */
  status: string;
  result: unknown;
}

export type Outcome = 'open' | 'ok' | 'failed' | 'unknown';

const DEFINITE: Readonly<Record<string, Outcome>> = { ok: 'ok', failed: 'failed', refused: 'failed' };

export function outcomeOf(operation: Operation): Outcome {
  return operation.endedUs === null ? 'open' : (DEFINITE[operation.status] ?? 'unknown');
}

interface End {
  seq: number;
  us: number;
  status: string;
  result: unknown;
}

const KEPT = 40_000;

export class Ledger {
  /** In the order of their beginnings. */
  operations: Operation[] = [];
  revision = 0;
  /** session -> its client */
  readonly sessions = new Map<string, string>();
  /** key -> how many operations on it */
  readonly keys = new Map<string, number>();
  #open = new Map<string, Operation>();
  #orphans = new Map<string, End>();
  #deaths: { client: string; us: number; seq: number }[] = [];
  readonly #intake = new Intake();
  #sorted = true;

  sync(runs: readonly Range[], entryAt: (seq: number) => Wire | undefined, most: number): boolean {
    const more = this.#intake.sync(runs, entryAt, most, (entry) => this.#take(entry));
    if (!this.#sorted) this.operations.sort((a, b) => a.seq - b.seq);
    this.#sorted = true;
    if (this.operations.length > KEPT) this.operations.splice(0, this.operations.length - KEPT);
    return more;
  }

  #take([seq, us, , event]: Wire): void {
    if (event[0] === 'operation-invoked') {
      const [, client, session, number, op] = event as [string, string, string, number, unknown[]];
      this.#begin({
        seq, client, session, number, op: Array.isArray(op) ? op : [], key: String((Array.isArray(op) ? op[1] : undefined) ?? ''),
        invokedUs: us, endedSeq: -1, endedUs: null, status: '', result: null,
      });
    } else if (event[0] === 'operation-ended') {
      const [, , session, number, status, result] = event as [string, string, string, number, string, unknown];
      this.#end(`${session} ${number}`, { seq, us, status, result });
    } else if (event[0] === 'node-killed') {
      this.#deaths.push({ client: String(event[1]), us, seq });
      for (const [name, operation] of this.#open) if (operation.client === event[1] && operation.seq < seq) this.#end(name, { seq, us, status: 'lost', result: null });
    }
  }

  #begin(operation: Operation): void {
    const name = `${operation.session} ${operation.number}`;
    const last = this.operations.at(-1);
    if (last !== undefined && last.seq > operation.seq) this.#sorted = false;
    this.operations.push(operation);
    this.sessions.set(operation.session, operation.client);
    if (operation.key !== '') this.keys.set(operation.key, (this.keys.get(operation.key) ?? 0) + 1);
    this.#open.set(name, operation);
    this.revision++;
    const death = this.#deaths.find((one) => one.client === operation.client && one.seq > operation.seq);
    const end = this.#orphans.get(name) ?? (death === undefined ? undefined : { seq: death.seq, us: death.us, status: 'lost', result: null });
    if (end !== undefined) this.#end(name, end);
  }

  #end(name: string, end: End): void {
    const operation = this.#open.get(name);
    if (operation === undefined) {
      this.#orphans.set(name, end);
      return;
    }
    this.#open.delete(name);
    this.#orphans.delete(name);
    Object.assign(operation, { endedSeq: end.seq, endedUs: end.us, status: end.status, result: end.result });
    this.revision++;
  }
}
