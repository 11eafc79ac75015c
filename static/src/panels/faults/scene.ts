/** What is being done to the cluster at this moment, each with its sentence and the command that ends it. Pure. */
import type { Command } from '../../wire/socket';
import { listText, ui } from '../../words';
import { turnedTitle } from '../../words/faults';
import { byName, list, number, record, text, type Entities, type Fields } from '../reading/picture';
import { messageName } from './catalogue';

export interface InForce {
  key: string;
  /** Name of the fault, a key into the words. */
  fault: string;
  title: string;
  /** What of the command there is to say. */
  detail: string;
  nodes: readonly string[];
  links: readonly (readonly [string, string])[];
  sinceUs: number;
  /** Outside what the protocol promises to bear. */
  outside: boolean;
  end: Command;
  /** What it is about, to be selected: a message that is held. */
  about?: { kind: string; id: string };
}

/** Everything in force, the oldest first. */
export function inForce(picture: Entities): InForce[] {
  return [...nodeFaults(picture), ...networkFaults(picture), ...heldMessages(picture), ...generic(picture)].sort((a, b) => (a.sinceUs || Infinity) - (b.sinceUs || Infinity));
}

type Rest = Pick<InForce, 'title' | 'end'> & Partial<InForce>;

const entry = (key: string, fault: string, sinceUs: number, rest: Rest): InForce => ({
  key, fault, sinceUs, detail: '', nodes: [], links: [], outside: false, ...rest,
});

function nodeFaults(picture: Entities): InForce[] {
  const found: InForce[] = [];
  for (const [node, fields] of picture.kind('node')) {
    const since = number(fields.since_us);
    if (fields.state === 'down') found.push(entry(`down:${node}`, 'kill', since, { title: ui('in-force-down', { node }), nodes: [node], end: { type: 'restart-node', node } }));
    if (fields.state === 'paused') found.push(entry(`paused:${node}`, 'pause', since, { title: ui('in-force-paused', { node }), nodes: [node], end: { type: 'resume-node', node } }));
  }
  return found;
}

function networkFaults(picture: Entities): InForce[] {
  const found: InForce[] = [];
  for (const [id, fields] of picture.kind('partition')) {
    const groups = list(fields.groups).map((group) => list(group).map(String));
    const label = text(fields.label);
    const title = label === '' ? ui('in-force-partition') : ui('in-force-partition-of', { label });
    const detail = groups.map((group) => [...group].sort(byName).join(' ')).join(' | ');
    found.push(entry(`partition:${id}`, 'partition', number(fields.since_us), { title, detail, end: { type: 'heal-partition', partition: id } }));
  }
  for (const { src, dst, since_us } of picture.kind('cut').values()) {
    const link: readonly [string, string] = [text(src), text(dst)];
    found.push(entry(`cut:${link.join('>')}`, 'cut-link', number(since_us), {
      title: ui('in-force-cut', { src, dst }), links: [link], end: { type: 'heal-link', src, dst, both: false },
    }));
  }
  const weather = picture.get('network', 'network');
  const shares = (['loss_ppm', 'duplicate_ppm', 'reorder_ppm'] as const).filter((kind) => number(weather?.[kind]) > 0);
  if (shares.length > 0) {
    const detail = shares.map((kind) => `${ui(`weather-${kind}`)} ${number(weather?.[kind]) / 10_000} %`).join(', ');
    found.push(entry('weather', 'weather', number(weather?.since_us), {
      title: ui('in-force-weather'), detail, end: { type: 'set-network', loss_ppm: 0, duplicate_ppm: 0, reorder_ppm: 0 },
    }));
  }
  return found;
}

function heldMessages(picture: Entities): InForce[] {
  const found: InForce[] = [];
  for (const [id, message] of picture.kind('message')) {
    if (typeof message.held_us !== 'number') continue;
    found.push(entry(`message:${id}`, 'hold-message', message.held_us, {
      title: ui('in-force-held', { message: messageName(message) }), links: [[text(message.src), text(message.dst)]], end: { type: 'release-message', message: Number(id) },
      about: { kind: 'message', id },
    }));
  }
  return found;
}

function generic(picture: Entities): InForce[] {
  return [...picture.kind('fault')].map(([id, fields]) => {
    const nodes = list(fields.nodes).map(String);
    const links = list(fields.links).map((link) => [String(list(link)[0]), String(list(link)[1])] as const);
    const fault = text(fields.fault);
    return entry(`fault:${id}`, fault, number(fields.since_us), {
      title: whereText(turnedTitle(fault, record(fields.detail)), nodes, links), detail: detailText(record(fields.detail), nodes, links), nodes, links,
      outside: fields.inside === false, end: { type: 'end-fault', fault: id },
    });
  });
}

/** "Slow disk: s1", "Slow link: s1 to s2" */
function whereText(title: string, nodes: readonly string[], links: InForce['links']): string {
  const [first, second] = links;
  if (links.length === 2 && first![0] === second![1] && first![1] === second![0]) return ui('fault-at', { title, where: listText(first!) });
  if (links.length === 1) return ui('fault-at', { title, where: `${links[0]![0]} to ${links[0]![1]}` });
  if (nodes.length > 0 && nodes.length <= 6) return ui('fault-at', { title, where: listText(nodes) });
  return title;
}

/** What the command said besides where: "extra 200 ms". */
export function detailText(detail: Fields, nodes: readonly string[] = [], links: InForce['links'] = []): string {
  const places = new Set<unknown>([...nodes, ...links.flat(), '']);
  return Object.entries(detail)
    .filter(([, value]) => !places.has(value) && typeof value !== 'boolean' && !Array.isArray(value))
    .map(([name, value]) => amountText(name, value))
    .join(', ');
}

export function amountText(name: string, value: unknown): string {
  const words = name.replace(/_(us|ppm|ms)$/, '').replaceAll('_', ' ');
  if (typeof value !== 'number') return `${words} ${String(value)}`;
  if (name.endsWith('_us')) return `${words} ${Math.abs(value) >= 1_000_000 ? `${value / 1_000_000} s` : `${value / 1000} ms`}`;
  if (name.endsWith('_ppm')) return Math.abs(value) >= 10_000 ? `${words} ${value / 10_000} %` : `${words} ${value} ppm`;
  return `${words} ${value}`;
}

/** Whether machines check who a message comes from: the scenario says so, unless somebody has turned it since. */
export function authenticated(picture: Entities): boolean {
  const turned = picture.get('fault', 'authentication');
  if (turned !== undefined) return record(turned.detail).on === true;
  return record(picture.get('run', 'run')?.constants).authentication !== false;
}
