/** What the cluster does by itself: node pools, the descheduler, and its deeds with their reasons. Pure. */
import type { Command } from '../../wire/socket';
import { ui } from '../../words';
import { at, byName, list, number, record, text, type Entities, type Fields } from '../reading/picture';

export interface PoolNode {
  name: string;
  state: string;
  why: string;
  sinceUs: number;
}

export interface Pool {
  name: string;
  min: number;
  max: number;
  /** Nodes that there are, on their way included. */
  now: number;
  cpuMilli: number;
  memoryMib: number;
  gpu: number;
  zone: string;
  bootUs: number;
  priority: number;
  extended: Readonly<Record<string, number>>;
  labels: Readonly<Record<string, string>>;
  /** `key=value:effect` */
  taints: string[];
  nodes: PoolNode[];
  /** What the autoscaler said last of this pool or of a node of it. */
  said: Deed | undefined;
}

/** The autoscaler's flags, and the descheduler's thresholds, in force: what was set, or the scenario's own. */
export interface Flags {
  expander: string;
  percent: number;
  unneededUs: number;
  delayUs: number;
  scanUs: number;
  scaleDown: boolean;
}

export interface Descheduler {
  strategies: readonly string[];
  once: boolean;
  low: Readonly<Record<string, number>>;
  high: Readonly<Record<string, number>>;
  intervalUs: number;
  evictionsMax: number;
  /** Its last look that was worth telling of. */
  last: { atUs: number; evicted: number; said: string[]; maxMean: number | undefined; jain: number | undefined } | undefined;
}

export type Sort = 'healed' | 'scaled' | 'rebalanced' | 'preempted';

export interface Deed {
  id: string;
  sort: Sort;
  reason: string;
  message: string;
  /** The kind and name of what it was done to, and its key in the picture. */
  kind: string;
  name: string;
  key: string;
  atUs: number;
  /** How many of its like came at the same time. */
  more: number;
}

const RESOURCES = ['cpu', 'memory', 'pods'];
/** Deeds of one sort, reason and kind of object within this time are told as one. */
const TOGETHER_US = 2_000_000;
/** Annotation of a creation's Event: the lost pod that the new one stands in for. */
const INSTEAD_OF = 'sim/instead-of';

const SCALED = new Set(['SuccessfulRescale', 'ScaledUpGroup', 'ScaleDownEmpty', 'NotTriggerScaleUp']);
const HEALED = new Set(['NodeNotReady', 'NodeReady', 'TaintManagerEviction', 'EvictionThresholdMet', 'BackOff']);

const insteadOf = (event: Fields): string => text(record(at(event, 'metadata', 'annotations'))[INSTEAD_OF]);

function sortOf(event: Fields, kind: string): Sort | undefined {
  const [reason, source] = [text(event.reason), text(event.source)];
  if (source === 'descheduler') return 'rebalanced';
  if (reason === 'Preempted') return 'preempted';
  if (SCALED.has(reason) || (reason === 'ScaleDown' && kind === 'Node')) return 'scaled';
  if (reason === 'NodeNotReady' && kind !== 'Node') return undefined;
  if (reason === 'SuccessfulCreate') return insteadOf(event) === '' ? undefined : 'healed';
  return HEALED.has(reason) || (reason === 'Evicted' && source === 'kubelet') ? 'healed' : undefined;
}

function deedOf(id: string, event: Fields): Omit<Deed, 'sort' | 'more'> {
  const about = record(event.involvedObject);
  const [kind, name, namespace] = [text(about.kind), text(about.name), text(about.namespace)];
  return { id, reason: text(event.reason), message: insteadOf(event) === '' ? text(event.message) : ui('deed-instead', { message: text(event.message), pod: insteadOf(event) }), kind, name, key: namespace === '' ? name : `${namespace}/${name}`, atUs: number(event.lastTimestamp) };
}

/** What was done, newest first; at most so many. */
export function deeds(picture: Entities, most: number): Deed[] {
  const found: Deed[] = [];
  for (const [id, event] of picture.kind('Event')) {
    const deed = deedOf(id, event);
    const sort = sortOf(event, deed.kind);
    if (sort !== undefined) found.push({ ...deed, sort, more: 0 });
  }
  return together(found.sort((a, b) => b.atUs - a.atUs || byName(b.id, a.id))).slice(0, most);
}

function together(all: readonly Deed[]): Deed[] {
  const told: Deed[] = [];
  for (const deed of all) {
    const like = told.find((one) => one.sort === deed.sort && one.reason === deed.reason && one.kind === deed.kind && one.atUs - deed.atUs <= TOGETHER_US && (deed.kind !== 'NodePool' || one.name === deed.name));
    if (like === undefined) told.push({ ...deed });
    else like.more += 1;
  }
  return told;
}

const constant = (picture: Entities, name: string): number => number(record(record(picture.get('run', 'run')).constants)[name]);

export function flags(picture: Entities): Flags {
  const spec = record(picture.get('ClusterAutoscaler', 'default')?.spec);
  return {
    expander: text(spec.expander) || 'least-waste',
    percent: number(spec.utilizationPercent) || constant(picture, 'scale_down_percent'),
    unneededUs: number(spec.unneededUs) || constant(picture, 'scale_down_us'),
    delayUs: number(spec.delayUs) || constant(picture, 'scale_down_delay_us'),
    scanUs: number(spec.scanUs) || constant(picture, 'scale_scan_us'),
    scaleDown: spec.scaleDownDisabled !== true,
  };
}

const stringsOf = (value: unknown): Record<string, string> => Object.fromEntries(Object.entries(record(value)).map(([key, one]) => [key, text(one)]));

export function pools(picture: Entities): Pool[] {
  const size = new Map<string, number>();
  const poolOf = new Map<string, string>();
  for (const [node, claim] of picture.kind('NodeClaim')) {
    const pool = text(record(claim.spec).pool);
    size.set(pool, (size.get(pool) ?? 0) + 1);
    poolOf.set(node, pool);
  }
  const last = new Map<string, Deed>();
  for (const deed of deeds(picture, 1000)) {
    const pool = deed.kind === 'NodePool' ? deed.name : deed.kind === 'Node' && deed.sort === 'scaled' ? (poolOf.get(deed.name) ?? longest(picture, deed.name)) : '';
    if (pool !== '' && !last.has(pool)) last.set(pool, deed);
  }
  return [...picture.kind('NodePool')].map(([name, { spec, status }]) => poolFrom(name, record(spec), record(status), size.get(name) ?? 0, last.get(name)));
}

/** The pool of a node that is gone: nodes are named after it. */
function longest(picture: Entities, node: string): string {
  return [...picture.kind('NodePool').keys()].filter((pool) => node.startsWith(`${pool}-`)).sort((a, b) => b.length - a.length)[0] ?? '';
}

function poolFrom(name: string, spec: Fields, status: Fields, now: number, said: Deed | undefined): Pool {
  return {
    name, now, said,
    min: number(spec.min),
    max: number(spec.max),
    cpuMilli: number(spec.cpuMilli),
    memoryMib: number(spec.memoryMib),
    gpu: number(spec.gpu),
    zone: text(spec.zone),
    bootUs: number(spec.bootUs),
    priority: number(spec.priority),
    extended: record(spec.extended) as Record<string, number>,
    labels: stringsOf(spec.labels),
    taints: list(spec.taints).map(record).map(({ key, value, effect }) => `${text(key)}${text(value) === '' ? '' : `=${text(value)}`}:${text(effect)}`),
    nodes: list(status.nodes).map(record).map((row) => ({ name: text(row.name), state: text(row.state), why: text(row.why), sinceUs: number(row.sinceUs) })),
  };
}

const shares = (value: unknown): Record<string, number> => Object.fromEntries(Object.entries(record(value)).map(([key, share]) => [key, number(share)]));

export function descheduler(picture: Entities): Descheduler {
  const policy = picture.get('DeschedulerPolicy', 'default');
  const [spec, status] = [record(policy?.spec), record(policy?.status)];
  const own = (name: string) => Object.fromEntries(RESOURCES.map((resource) => [resource, constant(picture, name)]));
  const low = Object.keys(shares(spec.thresholds)).length > 0 ? shares(spec.thresholds) : own('low_percent');
  const given = text(record(record(picture.get('run', 'run')).constants).descheduler);
  const figure = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? value / 1000 : undefined);
  return {
    strategies: policy === undefined ? given.split(', ').filter((name) => name !== '') : list(spec.strategies).map(text),
    once: spec.once === true,
    low,
    high: Object.keys(shares(spec.targetThresholds)).length > 0 ? shares(spec.targetThresholds) : Object.fromEntries(Object.keys(low).map((resource) => [resource, constant(picture, 'high_percent')])),
    intervalUs: number(spec.intervalUs) || constant(picture, 'deschedule_us'),
    evictionsMax: number(spec.evictionsMax) || constant(picture, 'deschedule_max'),
    last: status.runUs === undefined ? undefined : { atUs: number(status.runUs), evicted: number(status.evicted), said: list(status.said).map(text), maxMean: figure(status.imbalanceMilli), jain: figure(status.jainMilli) },
  };
}

/** `cpu 20 %, memory 20 %` */
export const sharesText = (amounts: Readonly<Record<string, number>>): string => Object.entries(amounts).map(([resource, share]) => `${resource} ${share} %`).join(', ');

/** The command that makes it so. */
export const poolCommand = (pool: Pool): Command => ({
  type: 'set-node-pool', pool: pool.name, min: pool.min, max: pool.max, cpu_milli: pool.cpuMilli, memory_mib: pool.memoryMib, gpu: pool.gpu, zone: pool.zone,
  labels: pool.labels, taints: pool.taints, boot_ms: Math.round(pool.bootUs / 1000), priority: pool.priority,
  extended: pool.extended,
});

export const flagsCommand = (to: Flags): Command => ({
  type: 'set-cluster-autoscaler', expander: to.expander, utilization_percent: to.percent, unneeded_ms: Math.round(to.unneededUs / 1000), delay_ms: Math.round(to.delayUs / 1000),
  scan_ms: Math.round(to.scanUs / 1000), scale_down_disabled: !to.scaleDown,
});

export const policyCommand = (to: Descheduler): Command => ({
  type: 'set-descheduler', strategies: to.strategies, thresholds: to.low, target_thresholds: to.high, interval_ms: Math.round(to.intervalUs / 1000), evictions_max: to.evictionsMax, once: to.once,
});
