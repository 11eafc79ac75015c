/** What `$leader`, `$followers` ... stand for in a demo: read off the picture at the moment they are used. */
import { evenness, figure, type Evenness } from '../panels/nodes/balance';
import { byName, isUp, leaderOf, list, majority, nodesOf, number, record, text, type Entities } from '../panels/reading/picture';
import { podsOf } from '../panels/tasks/objects';
import { DemoError } from './schema';

export type Names = Readonly<Record<string, Value>>;
export type Value = string | number | boolean | readonly string[];

function leader(picture: Entities): string {
  const found = leaderOf(picture);
  if (found === undefined) throw new DemoError('There is no leader now.');
  return found.node;
}

function followers(picture: Entities): string[] {
  const leads = leaderOf(picture)?.node;
  return nodesOf(picture, 'storage').filter((node) => node !== leads && isUp(picture, node));
}

function zoneOf(picture: Entities, node: string): string {
  return text(picture.get('node', node)?.zone);
}

function everyone(picture: Entities): string[] {
  return [...picture.kind('node').keys()].sort(byName);
}

/** The leader and as many others as leave no majority. */
function majorityToLose(picture: Entities): string[] {
  const nodes = nodesOf(picture, 'storage').filter((node) => isUp(picture, node));
  const enough = nodes.length - (majority(nodesOf(picture, 'storage').length) - 1);
  return [leader(picture), ...followers(picture)].slice(0, Math.max(0, enough));
}

/** The node that runs most pods of a job, by what the nodes themselves say. */
function nodeOfJob(picture: Entities, job: string): string {
  const counts = new Map<string, number>();
  for (const node of nodesOf(picture, 'compute')) {
    const mine = list(picture.get('memory', node)?.running).filter((row) => list(row)[3] === job || list(row)[3] === `default/${job}`);
    if (mine.length > 0 && isUp(picture, node)) counts.set(node, mine.length);
  }
  const best = [...counts].sort((a, b) => b[1] - a[1])[0];
  if (best === undefined) throw new DemoError(`No node runs a pod of ${job} now.`);
  return best[0];
}

function freeName(picture: Entities, base: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    const pods = podsOf(picture);
    if (picture.get('Job', `default/${name}`) === undefined && !pods.some((pod) => pod.job === name)) return name;
  }
}

/** What a Kubernetes Event said last, by its reason, or by `reason/how its message begins`; without its full stop. */
export function saidLast(picture: Entities, asked: string): string | undefined {
  const [reason = '', begins = ''] = asked.split('/', 2);
  let last: { message: string; atUs: number } | undefined;
  for (const event of picture.kind('Event').values()) {
    const [message, atUs] = [text(event.message), number(event.lastTimestamp)];
    if (event.reason === reason && message.startsWith(begins) && (last === undefined || atUs >= last.atUs)) last = { message, atUs };
  }
  return last?.message;
}

function said(picture: Entities, asked: string): string {
  const message = saidLast(picture, asked);
  if (message === undefined) throw new DemoError(`No Event ${asked} was recorded.`);
  return message;
}

/** Running tasks over the nodes that are up, as the header shows them. */
function tasksEvenness(picture: Entities): Evenness {
  return evenness(nodesOf(picture, 'compute').filter((node) => isUp(picture, node)).map((node) => list(picture.get('memory', node)?.running).length));
}

/** `$name` or `$name(argument)`; a name of an earlier `let` wins over a built-in. */
const SYMBOL = /^\$([a-z_]+)(?:\(([^()]*)\))?$/;

const BUILT_IN: Readonly<Record<string, (picture: Entities, argument: string) => Value>> = {
  leader,
  followers,
  follower: (picture) => followers(picture)[0] ?? '',
  leader_zone: (picture) => zoneOf(picture, leader(picture)),
  zone_of_leader: (picture) => everyone(picture).filter((node) => zoneOf(picture, node) === zoneOf(picture, leader(picture))),
  outside_zone_of_leader: (picture) => everyone(picture).filter((node) => zoneOf(picture, node) !== zoneOf(picture, leader(picture))),
  majority_to_lose: majorityToLose,
  down: (picture) => everyone(picture).filter((node) => picture.get('node', node)?.state === 'down'),
  paused: (picture) => everyone(picture).filter((node) => picture.get('node', node)?.state === 'paused'),
  node_of_job: nodeOfJob,
  free_job_name: freeName,
  said,
  max_mean: (picture) => figure(tasksEvenness(picture).maxMean),
  jain: (picture) => figure(tasksEvenness(picture).jain),
};

export const SYMBOLS: readonly string[] = Object.keys(BUILT_IN);

/** A value with its symbols replaced, deeply. */
export function resolve(value: unknown, names: Names, picture: Entities): unknown {
  if (Array.isArray(value)) return value.map((part) => resolve(part, names, picture));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(record(value)).map(([key, part]) => [key, resolve(part, names, picture)]));
  }
  if (typeof value !== 'string') return value;
  const match = SYMBOL.exec(value);
  if (match === null) return value;
  const [, name = '', argument = ''] = match;
  if (argument === '' && name in names) return names[name];
  const built = BUILT_IN[name];
  if (built === undefined) throw new DemoError(`$${name} is not known; allowed are ${SYMBOLS.map((one) => `$${one}`).join(', ')}.`);
  const inner = argument.startsWith('$') ? String(resolve(argument, names, picture)) : argument;
  return built(picture, inner);
}
