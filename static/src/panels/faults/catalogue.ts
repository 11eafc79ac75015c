/** Every fault as the core describes it: what begins it, what ends it, its form, and on which side of the model it is. Pure. */
import { list, nodesOf, number, record, text, byName, type Entities, type Fields } from '../reading/picture';
import type { FaultInfo as Known, FormField } from '../../wire/faults.gen';
import type { Command } from '../../wire/socket';
import { labelWords, ui } from '../../words';

export type { FormField };
export type FaultInfo = Known;

export type Values = Readonly<Record<string, unknown>>;

/** What a fault can be aimed at on the map. */
export type Target = { kind: 'node'; node: string; role: string } | { kind: 'link'; src: string; dst: string } | { kind: 'message'; id: string };

const MACHINE_KINDS: Readonly<Record<string, string>> = { node: '', 'any-node': '', storage: 'storage', client: 'client' };
export const GROUPS = ['machines', 'network', 'links', 'messages', 'clocks', 'disks', 'intruder'] as const;

export const isMachine = (field: FormField): boolean => field.kind in MACHINE_KINDS;

export interface Group {
  group: string;
  faults: FaultInfo[];
}

export function grouped(faults: readonly FaultInfo[]): Group[] {
  const names = [...new Set<string>([...GROUPS, ...faults.map((fault) => fault.group)])];
  return names.map((group) => ({ group, faults: faults.filter((fault) => fault.group === group) })).filter((one) => one.faults.length > 0);
}

export interface Option {
  value: string;
  label: string;
}

/** What a field can be chosen from at this moment; undefined for one that is typed. */
export function optionsOf(field: FormField, picture: Entities, values: Values, form: readonly FormField[] = []): Option[] | undefined {
  if (isMachine(field)) {
    const role = MACHINE_KINDS[field.kind];
    const names = role ? nodesOf(picture, role) : [...picture.kind('node').keys()].sort(byName);
    const all = names.map((name) => ({ value: name, label: name }));
    return field.kind === 'any-node' ? [{ value: '', label: ui('every-machine') }, ...all] : all;
  }
  if (field.kind === 'choice') return field.choices.map((choice) => ({ value: choice, label: choice === '' ? ui('none') : choice.replaceAll('-', ' ') }));
  if (field.kind === 'message') return messagesOf(picture);
  if (field.kind === 'field') {
    const message = form.find((one) => one.kind === 'message');
    const editable = editableOf(picture, String(message === undefined ? '' : (values[message.name] ?? '')));
    return Object.entries(editable).map(([name, now]) => ({ value: name, label: `${name.replaceAll('_', ' ')} (${now})` }));
  }
  return undefined;
}

function messagesOf(picture: Entities): Option[] {
  const rows = [...picture.kind('message')].sort(([, a], [, b]) => Number(a.held_us == null) - Number(b.held_us == null) || number(a.arrives_us) - number(b.arrives_us));
  return rows.slice(0, 60).map(([id, message]) => ({ value: id, label: messageName(message) }));
}

/** "accept 488, s4 to s1" */
export function messageName(message: Fields): string {
  const { verb, rest } = labelWords(list(message.label));
  return `${verb}${rest === '' ? '' : ` ${rest}`}, ${ui('message-between', { src: message.src, dst: message.dst })}`;
}

/** The fields of a held message that a hand can change. */
export function editableOf(picture: Entities, id: string): Readonly<Record<string, string>> {
  return record(picture.get('message', id)?.fields) as Readonly<Record<string, string>>;
}

/** What a form begins with: what it was aimed at, the core's defaults, otherwise the first that can be chosen. */
export function initialValues(fault: FaultInfo, picture: Entities, target?: Target): Values {
  const values: Record<string, unknown> = {};
  const machines = fault.form.filter(isMachine);
  for (const field of fault.form) {
    const options = optionsOf(field, picture, values, fault.form);
    const aimed = target === undefined ? undefined : aimAt(field, machines, target);
    if (aimed !== undefined) values[field.name] = aimed;
    else if (field.kind === 'groups') values[field.name] = [];
    else if (field.kind === 'bool') values[field.name] = field.default === true;
    else if (options === undefined || (field.default !== '' && options.some((option) => option.value === field.default))) values[field.name] = field.default;
    else if (field.kind === 'any-node' || field.kind === 'choice') values[field.name] = field.default;
    else values[field.name] = pickOther(field, machines, values, options);
  }
  const asked = fault.form.find((field) => field.kind === 'field');
  return asked === undefined ? values : withField(fault, picture, values, String(values[asked.name] ?? ''));
}

/** Another field of the message is chosen: the text after it begins as what the message says there. */
export function withField(fault: FaultInfo, picture: Entities, values: Values, chosen: string): Values {
  const at = fault.form.findIndex((field) => field.kind === 'field');
  const message = fault.form.find((field) => field.kind === 'message');
  const follows = fault.form.slice(at + 1).find((field) => field.kind === 'text');
  if (at < 0 || message === undefined) return values;
  const said = editableOf(picture, String(values[message.name] ?? ''))[chosen] ?? '';
  return { ...values, [fault.form[at]!.name]: chosen, ...(follows === undefined ? {} : { [follows.name]: said }) };
}

/** The second machine of a pair is another than the first. */
function pickOther(field: FormField, machines: readonly FormField[], values: Values, options: readonly Option[]): string {
  const taken = machines.filter((one) => one !== field).map((one) => values[one.name]);
  return (options.find((option) => !taken.includes(option.value)) ?? options[0])?.value ?? '';
}

function aimAt(field: FormField, machines: readonly FormField[], target: Target): string | undefined {
  if (target.kind === 'message') return field.kind === 'message' ? target.id : undefined;
  const at = machines.indexOf(field);
  if (at < 0) return undefined;
  if (target.kind === 'link') return at === 0 ? target.src : at === 1 ? target.dst : undefined;
  return at === 0 ? target.node : undefined;
}

/** Whether a fault can be aimed so: its form asks for exactly what the target is. */
export function fits(fault: FaultInfo, target: Target): boolean {
  const machines = fault.form.filter(isMachine);
  const message = fault.form.some((field) => field.kind === 'message');
  if (target.kind === 'message') return message;
  if (message || fault.form.some((field) => field.kind === 'groups')) return false;
  if (target.kind === 'link') return machines.length === 2;
  const role = machines[0] === undefined ? undefined : MACHINE_KINDS[machines[0].kind];
  return machines.length === 1 && (role === '' || role === target.role);
}

/** Whether there is anything left to ask once it is aimed. */
export function asksMore(fault: FaultInfo, target: Target): boolean {
  const machines = fault.form.filter(isMachine);
  return fault.form.some((field) => aimAt(field, machines, target) === undefined);
}

const NUMBERS = new Set(['int', 'ppm', 'us']);
const isId = (field: FormField): boolean => field.kind === 'message';

/** The command that the form gives, its fields in the core's types. */
export function commandOf(fault: FaultInfo, values: Values): Command {
  const fields = fault.form.map((field): [string, unknown] => {
    const value = values[field.name] ?? field.default;
    if (NUMBERS.has(field.kind) || isId(field)) return [field.name, Math.round(Number(value))];
    if (field.kind === 'bool') return [field.name, value === true];
    return [field.name, field.kind === 'groups' ? value : String(value)];
  });
  return { type: fault.begin, ...Object.fromEntries(fields) };
}

/** Why the form can't be sent as it stands; null when it can. */
export function problemOf(fault: FaultInfo, values: Values): string | null {
  for (const field of fault.form) {
    const value = values[field.name];
    const name = fieldName(field);
    if (NUMBERS.has(field.kind)) {
      const { unit, scale } = unitOf(field);
      const low = field.low / scale;
      const high = field.high / scale;
      if (!Number.isFinite(value) || (field.high > field.low && (Number(value) < field.low || Number(value) > field.high))) {
        return ui('form-range', { name, low, high, unit });
      }
    }
    if ((field.kind === 'message' || field.kind === 'field') && (value === '' || value === undefined)) return ui(`form-no-${field.kind}`);
    if (field.kind === 'groups' && (value as string[][]).filter((group) => group.length > 0).length < 2) return ui('form-groups');
  }
  const machines = fault.form.filter(isMachine).map((field) => values[field.name]);
  if (machines.length === 2 && machines[0] === machines[1] && machines[0] !== '') return ui('form-same', { node: machines[0] });
  return null;
}

/** In what a person writes a number: percent for large shares, milliseconds for times. */
export function unitOf(field: FormField): { unit: string; scale: number } {
  if (field.kind === 'us') return field.high >= 60_000_000 ? { unit: 's', scale: 1_000_000 } : { unit: 'ms', scale: 1000 };
  if (field.kind === 'ppm') return field.high >= 500_000 ? { unit: '%', scale: 10_000 } : { unit: 'ppm', scale: 1 };
  return { unit: '', scale: 1 };
}

export function fieldName(field: FormField): string {
  return text(field.name).replace(/_(us|ppm|ms|s)$/, '').replaceAll('_', ' ');
}
