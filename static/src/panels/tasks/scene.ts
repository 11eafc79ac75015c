/** Jobs, pods and where they run. Pure: the picture in, rows out. */
import { listText, plural, show, ui } from '../../words';
import { largestSide, linked, list, nodesOf, number, record, text, type Entities } from '../reading/picture';
import { evenness } from '../nodes/balance';
import { familiesOf, jobsOf, podsOf, type Job, type Pod } from './objects';

export interface JobRow extends Job {
  /** Shares of the bar, 0..1. */
  doneShare: number;
  runningShare: number;
  /** "2 running, 1 waits", or the result. */
  says: string;
}

export interface NodeLoad {
  node: string;
  tasks: number;
  state: 'up' | 'down' | 'paused' | 'cut' | 'tainted';
}

export interface Load {
  nodes: NodeLoad[];
  tasks: number;
  /** Of the nodes that are up: the busiest over the mean, and Jain's index; undefined when nothing runs. */
  imbalance: number | undefined;
  jain: number | undefined;
}

export interface TasksScene {
  jobs: JobRow[];
  pods: Pod[];
  /** Pods of no job and no family, one by one. */
  singles: Pod[];
  running: number;
  waiting: number;
  /** Pods that no node takes, the longest waiting first. */
  pending: Pod[];
  load: Load;
}

function saysOf(job: Job): string {
  if (job.state === 'complete') return show(job.result) || ui('job-done');
  if (job.state === 'failed') return ui('job-failed', { failed: job.failed });
  const said: string[] = [];
  if (job.running > 0) said.push(ui('job-running', { count: job.running }));
  if (job.waiting > 0) said.push(ui(job.waiting === 1 ? 'job-waits' : 'job-wait', { count: job.waiting }));
  const rest = job.completions - job.succeeded - job.running - job.waiting;
  if (said.length === 0 && rest > 0) said.push(ui('job-to-come', { count: rest }));
  if (job.failed > 0) said.push(ui('job-failures', { count: job.failed }));
  return said.join(', ');
}

export function jobRow(job: Job): JobRow {
  const whole = Math.max(1, job.completions);
  const doneShare = Math.min(1, job.succeeded / whole);
  return { ...job, doneShare, runningShare: Math.min(1 - doneShare, job.running / whole), says: saysOf(job) };
}

function isTainted(picture: Entities, node: string): boolean {
  const taints = list(record(picture.get('Node', node)?.spec).taints);
  return taints.some((taint) => text(record(taint).key).startsWith('node.kubernetes.io/'));
}

function isCordoned(picture: Entities, node: string): boolean {
  return record(picture.get('Node', node)?.spec).unschedulable === true;
}

/** Tasks per compute node by what each node runs itself, so that a cut-off node shows its copies too. */
export function loadOf(picture: Entities): Load {
  const side = largestSide(picture, nodesOf(picture, 'storage'));
  const nodes = nodesOf(picture, 'compute').map((node): NodeLoad => {
    const state = text(picture.get('node', node)?.state);
    const tasks = list(picture.get('memory', node)?.running).length;
    if (state === 'down' || state === 'paused') return { node, tasks, state };
    if (side.length > 0 && !side.some((replica) => linked(picture, node, replica))) return { node, tasks, state: 'cut' };
    return { node, tasks, state: isTainted(picture, node) ? 'tainted' : 'up' };
  });
  const able = nodes.filter((load) => load.state === 'up' || load.state === 'tainted');
  const tasks = nodes.reduce((sum, load) => sum + load.tasks, 0);
  const { maxMean, jain } = evenness(able.map((load) => load.tasks));
  return { nodes, tasks, imbalance: maxMean, jain };
}

/** Whether a pod is counted in a row: by its job, or by its family name. */
export function belongs(pod: Pod, row: Job): boolean {
  return row.id.startsWith('pods/') ? pod.job === '' && pod.name.replace(/-\d+$/, '') === row.name : pod.job === row.name;
}

export function tasksScene(picture: Entities): TasksScene {
  const pods = podsOf(picture);
  const families = familiesOf(pods);
  const pending = pods.filter((pod) => pod.phase === 'Pending' && pod.node === '');
  return {
    jobs: [...families, ...jobsOf(picture, pods)].map(jobRow),
    pods,
    singles: pods.filter((pod) => pod.job === '' && !families.some((family) => belongs(pod, family))),
    running: pods.filter((pod) => pod.phase === 'Running').length,
    waiting: pods.filter((pod) => pod.phase === 'Pending').length,
    pending: pending.sort((a, b) => a.sinceUs - b.sinceUs),
    load: loadOf(picture),
  };
}

/** What a node lacks for a pod. */
export interface Shortfall {
  node: string;
  cpuMilli: number;
  memoryMib: number;
  gpuMilli: number;
}

/** The node that comes closest to taking the pod, and what it lacks; undefined when resources are not what keeps it. */
export function wouldFit(picture: Entities, pod: Pod, pods: readonly Pod[]): Shortfall | undefined {
  let best: { lack: Shortfall; share: number } | undefined;
  for (const node of nodesOf(picture, 'compute')) {
    const machine = picture.get('node', node);
    if (machine === undefined || machine.state !== 'up' || isTainted(picture, node) || isCordoned(picture, node)) continue;
    const there = pods.filter((other) => other.node === node && (other.phase === 'Running' || other.phase === 'Pending'));
    const freeCpu = number(machine.cpu_milli) - there.reduce((sum, other) => sum + other.cpuMilli, 0);
    const freeMib = number(machine.memory_mib) - there.reduce((sum, other) => sum + other.memoryMib, 0);
    const freeGpu = number(machine.gpu) * 1000 - there.reduce((sum, other) => sum + other.gpuMilli, 0);
    const lack = {
      node,
      cpuMilli: Math.max(0, pod.cpuMilli - freeCpu),
      memoryMib: Math.max(0, pod.memoryMib - freeMib),
      gpuMilli: Math.max(0, pod.gpuMilli - freeGpu),
    };
    const share =
      lack.cpuMilli / Math.max(1, pod.cpuMilli) +
      lack.memoryMib / Math.max(1, pod.memoryMib) +
      lack.gpuMilli / Math.max(1, pod.gpuMilli);
    if (share === 0) return undefined;
    if (best === undefined || share < best.share) best = { lack, share };
  }
  return best?.lack;
}

export function shortfallText(lack: Shortfall): string {
  const more: string[] = [];
  if (lack.cpuMilli > 0) more.push(`${lack.cpuMilli}m more cpu`);
  if (lack.memoryMib > 0) more.push(`${Math.ceil(lack.memoryMib)}Mi more memory`);
  if (lack.gpuMilli > 0) more.push(`${lack.gpuMilli / 1000} more GPU`);
  return ui('would-fit', { node: lack.node, more: listText(more) });
}
