import { io, type Socket } from 'socket.io-client';
import * as msgpackParser from 'socket.io-msgpack-parser';
import type { Fields, Frame, Keyframe, RunMeta } from '../history/types';
import { Intake } from './intake';
import { newId, token } from './session';

export type Connection = 'connecting' | 'connected' | 'lost' | 'refused';
export type Command = Readonly<{ type: string } & Record<string, unknown>>;
export interface Refused {
  code: string;
  fields: Fields;
  sentence?: string;
}
export type Answer = { ok: true; seq: number; at_us: number } | { ok: false; refused: Refused };
export type Pace = { playing?: boolean; speed?: number; step?: 'entry' | 'message' | 'landmark' };
export type Reset = Keyframe & { run: string; meta?: RunMeta; gap?: [number, number] | null };
interface JoinAnswer {
  ok: boolean;
  run?: RunMeta;
  driver?: boolean;
  refused?: Refused;
  error?: Refused;
}

export interface LiveHandlers {
  connection(state: Connection, attempt: number, nextTryMs: number): void;
  joined(meta: RunMeta, driver: boolean): void;
  refused(refused: Refused): void;
  reset(reset: Reset): void;
  frame(frame: Frame): void;
  stopped(run: string, error: unknown): void;
  /** A checker of the run has come to a verdict. */
  verdict(): void;
  /** What is known already, so that the server need not send it again. */
  position(): { after_seq: number | null; digest: string | null };
}

const ACK_EVERY = 4;
const ANSWER_MS = 4000;
const TRIES = 8;
const RETRY_MAX_MS = 8000;

/** The line to a live run: frames in, commands out. Joins again by itself, from where it was. */
export class Live {
  #socket: Socket;
  #run: string | null = null;
  #frames = 0;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** What has come and waits to be decoded; `digest` it between two pictures. */
  readonly intake = new Intake((frame, whole) => this.#onFrame(frame, whole));

  constructor(private handlers: LiveHandlers) {
    this.#socket = io('/live', {
      parser: msgpackParser,
      transports: ['websocket'],
      reconnection: false,
      autoConnect: false,
      auth: { token: token() },
    });
    this.#socket.on('connect', () => void this.#join());
    this.#socket.on('disconnect', () => this.#tryAgain());
    this.#socket.on('connect_error', () => this.#tryAgain());
    this.#socket.on('reset', (reset: Reset) => this.#ours(reset.run) && (this.#digestAll(), handlers.reset(reset)));
    this.#socket.on('frame', (frame: Frame) => this.#ours(frame.run) && this.#take(frame));
    this.#socket.on('verdict', (said: { run: string }) => this.#ours(said.run) && handlers.verdict());
    this.#socket.on('stopped', (said: { run: string; error: unknown }) => handlers.stopped(said.run, said.error));
  }

  open(run: string): void {
    this.#run = run;
    this.#frames = 0;
    this.intake.clear();
    if (this.#socket.connected) void this.#join();
    else this.tryNow();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  tryNow(): void {
    clearTimeout(this.#retry);
    if (this.#attempt === 0) this.handlers.connection('connecting', 0, 0);
    this.#socket.connect();
  }

  /** Asked again with the same id until there is an answer, so that it takes effect once. */
  async command(command: Command, id = newId()): Promise<Answer> {
    return this.#askTill('command', { run: this.#run, id, command });
  }

  async pace(pace: Pace): Promise<{ ok: boolean; run?: RunMeta; refused?: Refused }> {
    return this.#askTill('pace', { run: this.#run, ...pace }, 1);
  }

  async #askTill<T>(event: string, body: object, tries = TRIES): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#socket.timeout(ANSWER_MS).emitWithAck(event, body)) as T;
      } catch {
        if (attempt >= tries) throw new Error('The server did not answer.');
      }
    }
  }

  #ours(run: string): boolean {
    return run === this.#run;
  }

  async #join(): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    this.#digestAll();
    try {
      const asked = { run, ...this.handlers.position(), token: token() };
      const answer = (await this.#socket.timeout(ANSWER_MS).emitWithAck('join', asked)) as JoinAnswer;
      if (run !== this.#run) return;
      if (answer.ok && answer.run !== undefined) {
        this.#attempt = 0;
        this.handlers.connection('connected', 0, 0);
        this.handlers.joined(answer.run, answer.driver ?? false);
      } else {
        this.handlers.connection('refused', 0, 0);
        this.handlers.refused(answer.refused ?? answer.error ?? { code: 'join', fields: {} });
      }
    } catch {
      this.#socket.disconnect();
    }
  }

  #tryAgain(): void {
    if (this.#run === null) return;
    clearTimeout(this.#retry);
    this.#attempt++;
    const waitMs = Math.min(RETRY_MAX_MS, 500 * 2 ** (this.#attempt - 1));
    this.handlers.connection('lost', this.#attempt, waitMs);
    this.#retry = setTimeout(() => this.#socket.connect(), waitMs);
  }

  #take(frame: Frame): void {
    this.intake.push(frame);
    // A page that is not seen has no pictures to wait for.
    if (globalThis.document?.hidden) this.#digestAll();
  }

  /** What came before counts before what comes now. */
  #digestAll(): void {
    this.intake.digest(() => false);
  }

  /** Acknowledged when it is decoded, not when it comes: a page that lags behind is sent no more. */
  #onFrame(frame: Frame, whole: boolean): void {
    this.handlers.frame(frame);
    if (whole && ++this.#frames % ACK_EVERY === 0) this.#socket.emit('ack', { run: frame.run, head_seq: frame.head_seq });
  }
}
