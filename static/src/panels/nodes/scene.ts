/** Nodes with what their pods request and use. Pure: the picture in, bars out. */
import { byName, list, markOf, largestSide, nodesOf, number, record, text, type Entities, type Fields, type Mark } from '../reading/picture';
import { boundPods } from '../tasks/load';
import { cpuMilli, memoryMib, type Pod } from '../tasks/objects';
import { evenness, type Evenness } from './balance';

export interface Segment {
  id: string;
  name: string;
  phase: 'running' | 'starting' | 'leaving';
  /** Shares of what the node can give, 0..1. */
  cpu: number;
  memory: number;
}

export interface Amount {
  /** Millicores or mebibytes. */
  allocatable: number;
  requested: number;
  /** As its kubelet tells; undefined when it has not. */
  used: number | undefined;
}

export interface NodeBar {
  node: string;
  zone: string;
  mark: Mark;
  cordoned: boolean;
  ready: boolean;
  pressed: boolean;
  /** Taints put on it by hand, `key=value:effect`. */
  taints: string[];
  tasks: number;
  cpu: Amount;
  memory: Amount;
  gpu: Amount;
  pods: Segment[];
}

export interface Zone {
  zone: string;
  nodes: NodeBar[];
  tasks: number;
}

export interface NodesScene {
  zones: Zone[];
  nodes: NodeBar[];
  tasks: number;
  evenness: Evenness;
}

export function taintText(taint: unknown): string {
  const { key, value, effect } = record(taint);
  return `${text(key)}${text(value) === '' ? '' : `=${text(value)}`}:${text(effect)}`;
}

/** Those of Kubernetes itself say what the bar shows by other signs. */
const isOwn = (taint: unknown): boolean => !text(record(taint).key).startsWith('node.kubernetes.io/');

function segmentOf(pod: Pod, cpu: number, memory: number): Segment {
  const share = (asked: number, of: number) => (of <= 0 ? 0 : Math.min(1, asked / of));
  return {
    id: pod.id,
    name: pod.name,
    phase: pod.deleting ? 'leaving' : pod.phase === 'Running' ? 'running' : 'starting',
    cpu: share(pod.cpuMilli, cpu),
    memory: share(pod.memoryMib, memory),
  };
}

function usedOf(memory: Fields): { cpu: number; memory: number } | undefined {
  if (!Array.isArray(memory.usage)) return undefined;
  let [cpu, bytes] = [0, 0];
  for (const row of memory.usage) [cpu, bytes] = [cpu + number(list(row)[1]), bytes + number(list(row)[2])];
  return { cpu, memory: bytes / (1024 * 1024) };
}

function isReady(object: Fields | undefined): boolean {
  const ready = list(record(object?.status).conditions).map(record).find((condition) => condition.type === 'Ready');
  return ready?.status === 'True';
}

function barOf(picture: Entities, node: string, mark: Mark, pods: readonly Pod[]): NodeBar {
  const machine = record(picture.get('node', node));
  const object = picture.get('Node', node);
  const offered = record(record(object?.status).allocatable);
  const cpu = offered.cpu === undefined ? number(machine.cpu_milli) : cpuMilli(offered.cpu);
  const memory = offered.memory === undefined ? number(machine.memory_mib) : memoryMib(offered.memory);
  const remembered = record(picture.get('memory', node));
  const used = usedOf(remembered);
  const sum = (amount: (pod: Pod) => number): number => pods.reduce((all, pod) => all + amount(pod), 0);
  const taints = list(record(object?.spec).taints);
  return {
    node,
    zone: text(machine.zone),
    mark,
    cordoned: record(object?.spec).unschedulable === true,
    ready: isReady(object),
    pressed: remembered.pressed === true,
    taints: taints.filter(isOwn).map(taintText),
    tasks: list(remembered.running).length,
    cpu: { allocatable: cpu, requested: sum((pod) => pod.cpuMilli), used: used?.cpu },
    memory: { allocatable: memory, requested: sum((pod) => pod.memoryMib), used: used?.memory },
    gpu: { allocatable: number(machine.gpu) * 1000, requested: sum((pod) => pod.gpuMilli), used: undefined },
    pods: pods.map((pod) => segmentOf(pod, cpu, memory)),
  };
}

/** What a bar was made of. */
interface Made {
  machine: Fields | undefined;
  object: Fields | undefined;
  memory: Fields | undefined;
  mark: Mark;
  pods: readonly Pod[];
  bar: NodeBar;
}

const NO_PODS: readonly Pod[] = [];
const same = (one: readonly Pod[], other: readonly Pod[]): boolean => one.length === other.length && one.every((pod, at) => pod === other[at]);

/** Bars as they were last made: of 1,500 nodes only those are made anew of which something has changed. */
export class KnownBars {
  /** How many have been made so far. */
  made = 0;
  #known = new Map<string, Made>();

  of(picture: Entities, node: string, mark: Mark, pods: readonly Pod[]): NodeBar {
    const [machine, object, memory] = [picture.get('node', node), picture.get('Node', node), picture.get('memory', node)];
    const known = this.#known.get(node);
    if (known?.machine === machine && known?.object === object && known?.memory === memory && known?.mark === mark && same(known.pods, pods)) return known.bar;
    this.made++;
    const bar = barOf(picture, node, mark, pods);
    this.#known.set(node, { machine, object, memory, mark, pods, bar });
    return bar;
  }
}

export function nodesScene(picture: Entities, known = new KnownBars()): NodesScene {
  const bound = boundPods(picture);
  const side = largestSide(picture, nodesOf(picture, 'storage'));
  const nodes = nodesOf(picture, 'compute').map((node) => known.of(picture, node, markOf(picture, node, side), bound.get(node) ?? NO_PODS));
  const zones = new Map<string, NodeBar[]>();
  for (const bar of nodes) {
    const there = zones.get(bar.zone);
    if (there === undefined) zones.set(bar.zone, [bar]);
    else there.push(bar);
  }
  return {
    zones: [...zones].map(([zone, bars]) => ({ zone, nodes: bars, tasks: bars.reduce((sum, bar) => sum + bar.tasks, 0) })).sort((a, b) => byName(a.zone, b.zone)),
    nodes,
    tasks: nodes.reduce((sum, bar) => sum + bar.tasks, 0),
    evenness: evenness(nodes.filter((bar) => bar.mark === '').map((bar) => bar.tasks)),
  };
}

/** What fills it most, 0..1. */
export function fullness(bar: NodeBar): number {
  const share = ({ requested, allocatable }: Amount) => (allocatable <= 0 ? 0 : requested / allocatable);
  return Math.min(1, Math.max(share(bar.cpu), share(bar.memory), share(bar.gpu)));
}

/** What of it is used most, 0..1; 0 while its kubelet has told nothing. */
export function usedShare(bar: NodeBar): number {
  const share = ({ used, allocatable }: Amount) => (allocatable <= 0 || used === undefined ? 0 : used / allocatable);
  return Math.min(1, Math.max(share(bar.cpu), share(bar.memory)));
}

/** `1.5 of 4 cores` */
export function coresText(milli: number): string {
  const cores = milli / 1000;
  return Number.isInteger(cores) ? String(cores) : cores.toFixed(cores < 10 ? 2 : 1).replace(/0$/, '');
}

/** `512Mi`, `7.5Gi` */
export function memoryText(mib: number): string {
  if (mib === 0) return '0';
  if (mib < 1024) return `${Math.round(mib)}Mi`;
  const gib = mib / 1024;
  return `${Number.isInteger(gib) ? gib : gib.toFixed(1)}Gi`;
}
