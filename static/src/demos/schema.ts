/**
 * A demo is a YAML file of app/scenarios/demos: steps that wait for the picture and give commands.
 *
 * A step, in this order: `let` names a symbol's present value, `say` shows a caption, `do` gives commands, `wait` holds
 * until the picture is so (within `within_s` of virtual time), `rest_s` lets time pass. Symbols: see symbols.ts,
 * conditions: see conditions.ts.
 */
export interface Demo {
  id: string;
  title: string;
  about: string;
  /** The scenario that it needs; "": any with a leader. */
  scenario: string;
  /** A scenario in whose runs it is offered too: it begins a run of its own. */
  from: string;
  steps: Step[];
}

export type Plain = string | number | boolean;

export interface CommandSketch {
  type: string;
  /** Gives the command once for each node of this list, as `$each`. */
  each?: string;
  [field: string]: unknown;
}

export interface Step {
  let?: Record<string, string>;
  say?: string;
  do?: CommandSketch[];
  wait?: Record<string, Plain>;
  withinS: number;
  restS: number;
}

const WITHIN_S = 15;

/** One sentence that says what is wrong with a demo file. */
export class DemoError extends Error {}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wantText(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw new DemoError(`${where} is ${JSON.stringify(value)}; allowed is a text.`);
  return value;
}

const STEP_KEYS = new Set(['let', 'say', 'do', 'wait', 'within_s', 'rest_s']);

function wantSeconds(value: unknown, otherwise: number, where: string): number {
  if (value === undefined) return otherwise;
  if (typeof value !== 'number' || !(value >= 0) || value > 120) {
    throw new DemoError(`${where} is ${JSON.stringify(value)}; allowed is a number of seconds from 0 to 120.`);
  }
  return value;
}

function commandsOf(value: unknown, where: string): CommandSketch[] | undefined {
  if (value === undefined) return undefined;
  const given = Array.isArray(value) ? value : [value];
  return given.map((command) => {
    if (!isObject(command)) throw new DemoError(`${where} is ${JSON.stringify(command)}; allowed is a command with its type.`);
    return { ...command, type: wantText(command.type, `${where}.type`) };
  });
}

function stepOf(value: unknown, where: string): Step {
  if (!isObject(value)) throw new DemoError(`${where} is ${JSON.stringify(value)}; allowed is a step.`);
  const stranger = Object.keys(value).find((key) => !STEP_KEYS.has(key));
  if (stranger !== undefined) throw new DemoError(`${where} has ${stranger}; allowed are ${[...STEP_KEYS].join(', ')}.`);
  if (value.let !== undefined && !isObject(value.let)) throw new DemoError(`${where}.let is not a list of names.`);
  if (value.wait !== undefined && !isObject(value.wait)) throw new DemoError(`${where}.wait is not a condition.`);
  return {
    let: value.let as Record<string, string> | undefined,
    say: value.say === undefined ? undefined : wantText(value.say, `${where}.say`),
    do: commandsOf(value.do, `${where}.do`),
    wait: value.wait as Record<string, Plain> | undefined,
    withinS: wantSeconds(value.within_s, WITHIN_S, `${where}.within_s`),
    restS: wantSeconds(value.rest_s, 0, `${where}.rest_s`),
  };
}

/** Checks a parsed file. Raises DemoError with one sentence. */
export function parseDemo(value: unknown): Demo {
  if (!isObject(value)) throw new DemoError('A demo is a list of id, title, about and steps.');
  const id = wantText(value.id, 'id');
  if (!Array.isArray(value.steps) || value.steps.length === 0) throw new DemoError(`Demo ${id} has no steps.`);
  return {
    id,
    title: wantText(value.title, `${id}.title`),
    about: wantText(value.about, `${id}.about`),
    scenario: value.scenario === undefined ? '' : wantText(value.scenario, `${id}.scenario`),
    from: value.from === undefined ? '' : wantText(value.from, `${id}.from`),
    steps: value.steps.map((step, at) => stepOf(step, `${id}, step ${at + 1}`)),
  };
}
