/**
 * Plays a demo: a small machine that is told how the picture stands and says what to do.
 *
 * Pure but for its own state: `look` is called whenever the picture has changed, and returns commands and captions; the
 * page gives the commands and tells by `answered` how they went. All times are virtual, so a pause pauses the demo.
 */
import type { Entities } from '../panels/reading/picture';
import type { Command } from '../wire/socket';
import { fill } from '../words';
import { holds, progress, type Since } from './conditions';
import { DemoError, type Demo, type Step } from './schema';
import { resolve, type Names, type Value } from './symbols';

export type Order = { kind: 'say'; text: string } | { kind: 'do'; command: Command };

export type Ending = { kind: 'done' } | { kind: 'failed'; sentence: string } | { kind: 'stopped' };

/** A manifest stands in a demo as objects; the command carries them as text. */
function spelled(command: unknown): Command {
  const { manifest, ...rest } = command as Command;
  return (manifest === undefined ? rest : { ...rest, manifest: JSON.stringify(manifest) }) as Command;
}

type Phase = 'begin' | 'answer' | 'wait' | 'rest';

/** Where a player is, as plain data: another one can go on from there. */
export interface Place {
  at: number;
  phase: Phase;
  names: Record<string, Value>;
  since: Since;
  sinceUs: number;
  asked?: Readonly<Record<string, unknown>>;
}

export class Player {
  at = 0;
  ending: Ending | null = null;
  #phase: Phase = 'begin';
  #names: Record<string, Value> = {};
  #since: Since = { chosen: 0 };
  #sinceUs = 0;
  #asked: Readonly<Record<string, unknown>> | undefined;
  #unanswered = 0;

  /** `from`: where an earlier player of the same demo was. */
  constructor(readonly demo: Demo, from?: Place) {
    if (from === undefined) return;
    this.at = from.at;
    this.#phase = from.phase;
    this.#names = from.names;
    this.#since = from.since;
    this.#sinceUs = from.sinceUs;
    this.#asked = from.asked;
  }

  /** Commands that were given count as answered: nobody is left to hear the answer. */
  get place(): Place {
    const phase = this.#phase === 'answer' ? 'wait' : this.#phase;
    return { at: this.at, phase, names: this.#names, since: this.#since, sinceUs: this.#sinceUs, asked: this.#asked };
  }

  get names(): Names {
    return this.#names;
  }

  /** Share of the steps done, 0..1. */
  get share(): number {
    return this.ending?.kind === 'done' ? 1 : this.at / this.demo.steps.length;
  }

  look(picture: Entities, nowUs: number): Order[] {
    const orders: Order[] = [];
    try {
      while (this.ending === null && this.#advance(picture, nowUs, orders));
    } catch (error) {
      if (!(error instanceof DemoError)) throw error;
      this.ending = { kind: 'failed', sentence: error.message };
    }
    return orders;
  }

  /** A command was taken, or refused with a sentence. */
  answered(refused: string | null): void {
    this.#unanswered -= 1;
    if (refused !== null && this.ending === null) this.ending = { kind: 'failed', sentence: refused };
  }

  stop(): void {
    this.ending ??= { kind: 'stopped' };
  }

  /** One phase further; false when it has to wait for the world. */
  #advance(picture: Entities, nowUs: number, orders: Order[]): boolean {
    const step = this.demo.steps[this.at];
    if (step === undefined) {
      this.ending = { kind: 'done' };
      return false;
    }
    if (this.#phase === 'begin') return this.#begin(step, picture, nowUs, orders);
    if (this.#phase === 'answer') {
      if (this.#unanswered > 0) return false;
      return this.#enter('wait', nowUs);
    }
    if (this.#phase === 'wait') return this.#wait(step, picture, nowUs);
    if (nowUs - this.#sinceUs < step.restS * 1_000_000) return false;
    this.at += 1;
    return this.#enter('begin', nowUs);
  }

  #enter(phase: Phase, nowUs: number): true {
    this.#phase = phase;
    this.#sinceUs = nowUs;
    return true;
  }

  #begin(step: Step, picture: Entities, nowUs: number, orders: Order[]): boolean {
    for (const [name, symbol] of Object.entries(step.let ?? {})) {
      this.#names[name] = resolve(symbol, this.#names, picture) as Value;
    }
    this.#since = { chosen: progress(picture) };
    const commands = (step.do ?? []).flatMap((sketch) => this.#commands(sketch, picture));
    this.#asked = step.wait === undefined ? undefined : (resolve(step.wait, this.#names, picture) as Record<string, unknown>);
    if (step.say !== undefined) orders.push({ kind: 'say', text: fill(step.say, this.#names) });
    for (const command of commands) orders.push({ kind: 'do', command });
    this.#unanswered += commands.length;
    return this.#enter('answer', nowUs);
  }

  #commands(sketch: Readonly<Record<string, unknown>>, picture: Entities): Command[] {
    const { each, ...rest } = sketch;
    if (each === undefined) return [spelled(resolve(rest, this.#names, picture))];
    const nodes = resolve(each, this.#names, picture);
    if (!Array.isArray(nodes)) throw new DemoError(`each is ${JSON.stringify(each)}; allowed is a symbol that stands for a list.`);
    return nodes.map((node: string) => spelled(resolve(rest, { ...this.#names, each: node }, picture)));
  }

  #wait(step: Step, picture: Entities, nowUs: number): boolean {
    if (this.#asked !== undefined && !holds(this.#asked, picture, this.#since)) {
      if (nowUs - this.#sinceUs <= step.withinS * 1_000_000) return false;
      const missing = Object.entries(this.#asked).map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`);
      throw new DemoError(`Within ${step.withinS} s this did not come: ${missing.join(', ')}.`);
    }
    return this.#enter('rest', nowUs);
  }
}
