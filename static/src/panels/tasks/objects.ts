/**
 * Pods, Jobs and Nodes as the panels need them, read from objects spelled as the Kubernetes API spells them.
 *
 * Quantities: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
import { at, byName, keptBy, list, number, record, text, type Entities, type Fields } from '../reading/picture';

export interface Pod {
  id: string;
  name: string;
  job: string;
  node: string;
  phase: string;
  /** Why it waits or failed, as Kubernetes writes it. */
  reason: string;
  message: string;
  sinceUs: number;
  priority: number;
  cpuMilli: number;
  memoryMib: number;
  /** Thousandths of a GPU. */
  gpuMilli: number;
  index: number | undefined;
  deleting: boolean;
  /** As `kubectl get pods` has it: "Running", "CrashLoopBackOff", "Init:0/1", "Terminating" ... */
  status: string;
  ready: boolean;
  restarts: number;
  /** What a container that waits says: "back-off 20s restarting failed container=..."; "" when none does. */
  holdup: string;
  /** The controller that made it: `Job/pi`; the Deployment where a ReplicaSet is one's; "" for a pod of nobody. */
  owner: string;
}

export interface Job {
  id: string;
  /** `Job`, another controller's kind, or "" for pods that only share a name. */
  kind: string;
  name: string;
  completions: number;
  /** How many ended well; of pods that serve for ever, how many are ready. */
  succeeded: number;
  serving: boolean;
  failed: number;
  running: number;
  waiting: number;
  troubled: [status: string, pods: number][];
  state: 'open' | 'complete' | 'failed';
  createdUs: number;
  doneUs: number | undefined;
  result: unknown;
}

const BINARY: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, Ti: 1024 * 1024 };
const DECIMAL: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** `"500m"`, `"2"`, 2 -> millicores. A number is taken as cores, as YAML writes it. */
export function cpuMilli(quantity: unknown): number {
  if (typeof quantity === 'number') return Math.round(quantity * 1000);
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text(quantity));
  if (match === null) return 0;
  return Math.round(Number(match[1]) * (match[2] === 'm' ? 1 : 1000));
}

/** `"256Mi"`, `"1Gi"`, `"1000000"` (bytes) -> mebibytes. */
export function memoryMib(quantity: unknown): number {
  if (typeof quantity === 'number') return quantity / (1024 * 1024);
  const match = /^(\d+(?:\.\d+)?)([KMGT]i|[kMGT]?)$/.exec(text(quantity));
  if (match === null) return 0;
  const [, digits = '0', unit = ''] = match;
  const binary = BINARY[unit];
  return binary === undefined ? (Number(digits) * (DECIMAL[unit] ?? 1)) / (1024 * 1024) : Number(digits) * binary;
}

function requests(spec: Fields): { cpuMilli: number; memoryMib: number; gpuMilli: number } {
  let cpu = 0;
  let memory = 0;
  let gpu = 0;
  for (const container of list(spec.containers)) {
    const asked = at(container, 'resources', 'requests');
    cpu += cpuMilli(record(asked).cpu);
    memory += memoryMib(record(asked).memory);
    gpu += cpuMilli(record(asked)['nvidia.com/gpu']);
  }
  return { cpuMilli: cpu, memoryMib: memory, gpuMilli: gpu };
}

function conditionOf(object: Fields, type: string): Fields | undefined {
  const found = list(at(object, 'status', 'conditions')).find((condition) => record(condition).type === type);
  return found === undefined ? undefined : record(found);
}

/** The job a pod belongs to, or "". */
function ownerOf(metadata: Fields): string {
  const owner = list(metadata.ownerReferences).find((reference) => record(reference).kind === 'Job');
  if (owner !== undefined) return text(record(owner).name);
  const labels = record(metadata.labels);
  return text(labels['batch.kubernetes.io/job-name']) || text(labels['job-name']);
}

function indexOf(metadata: Fields): number | undefined {
  const written = record(metadata.annotations)['batch.kubernetes.io/job-completion-index'];
  return written === undefined ? undefined : Number(written);
}

/** An object of the picture is never changed, only replaced: what was read of it once still holds. */
const read = new WeakMap<Fields, Pod>();

export function podOf(id: string, object: Fields): Pod {
  let pod = read.get(object);
  if (pod === undefined) read.set(object, (pod = readPod(id, object)));
  return pod;
}

function readPod(id: string, object: Fields): Pod {
  const metadata = record(object.metadata);
  const spec = record(object.spec);
  const status = record(object.status);
  const unscheduled = conditionOf(object, 'PodScheduled');
  const pending = text(status.phase) === 'Pending' && unscheduled?.status === 'False';
  const containers = [...list(status.initContainerStatuses), ...list(status.containerStatuses)].map(record);
  return {
    id,
    name: text(metadata.name) || id,
    job: ownerOf(metadata),
    node: text(spec.nodeName),
    phase: text(status.phase) || 'Pending',
    reason: text(status.reason) || (pending ? text(unscheduled?.reason) : ''),
    message: text(status.message) || (pending ? text(unscheduled?.message) : ''),
    sinceUs: number(metadata.creationTimestamp),
    priority: number(spec.priority),
    ...requests(spec),
    index: indexOf(metadata),
    deleting: isDeleting(metadata),
    status: podStatus(object),
    ready: conditionOf(object, 'Ready')?.status === 'True',
    restarts: containers.reduce((sum, one) => sum + number(one.restartCount), 0),
    holdup: containers.map((one) => text(at(one, 'state', 'waiting', 'message'))).find((said) => said !== '') ?? '',
    owner: controllerOf(metadata),
  };
}

const isDeleting = (metadata: Fields): boolean => metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null;

/** `Job/pi` from the owner references, "" where no controller owns it. */
export function controllerOf(metadata: Fields): string {
  const owner = list(metadata.ownerReferences).map(record).find((reference) => reference.controller === true || reference.kind === 'Job');
  return owner === undefined ? '' : `${text(owner.kind)}/${text(owner.name)}`;
}

/**
 * The column STATUS of `kubectl get pods`.
 *
 * Source: kubernetes/kubernetes, pkg/printers/internalversion/printers.go, printPod.
 */
export function podStatus(object: Fields): string {
  const status = record(object.status);
  let said = text(status.reason) || text(status.phase) || 'Pending';
  if (conditionOf(object, 'PodScheduled')?.reason === 'SchedulingGated') said = 'SchedulingGated';
  const starting = initStatus(object);
  if (starting !== '') said = starting;
  else {
    let runs = false;
    for (const container of list(status.containerStatuses).map(record).toReversed()) {
      const stopped = stateOf(container);
      if (stopped !== '') said = stopped;
      else if (container.ready === true && at(container, 'state', 'running') !== undefined) runs = true;
    }
    if (said === 'Completed' && runs) said = conditionOf(object, 'Ready')?.status === 'True' ? 'Running' : 'NotReady';
  }
  if (!isDeleting(record(object.metadata))) return said;
  return status.reason === 'NodeLost' ? 'Unknown' : TERMINATING;
}

/** Why a container does not run: its reason, or how it ended; "" while it runs. */
function stateOf(container: Fields): string {
  const waiting = text(at(container, 'state', 'waiting', 'reason'));
  const ended = at(container, 'state', 'terminated');
  if (ended === undefined || ended === null) return waiting;
  const { reason, signal, exitCode } = record(ended);
  return text(reason) || (number(signal) !== 0 ? `Signal:${number(signal)}` : `ExitCode:${number(exitCode)}`);
}

/** Of the first init container that is not through: "Init:0/2", "Init:CrashLoopBackOff"; "" when none is left. */
function initStatus(object: Fields): string {
  const all = list(at(object, 'status', 'initContainerStatuses')).map(record);
  const sidecars = new Set(list(at(object, 'spec', 'initContainers')).map(record).filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  const place = all.findIndex((container) => {
    if (sidecars.has(container.name) && at(container, 'state', 'running') !== undefined) return false;
    const ended = at(container, 'state', 'terminated');
    return ended === undefined || ended === null || number(record(ended).exitCode) !== 0;
  });
  if (place < 0) return '';
  const state = stateOf(all[place]!);
  return state === '' || state === 'PodInitializing' ? `Init:${place}/${list(at(object, 'spec', 'initContainers')).length || all.length}` : `Init:${state}`;
}

export const podsOf: (picture: Entities) => readonly Pod[] = keptBy(['Pod'], (picture) => {
  const pods: Pod[] = [];
  for (const [id, object] of picture.kind('Pod')) pods.push(podOf(id, object));
  return pods;
});

/** How many pods are in each phase. Those that are being deleted run no more than they wait: others are in their places, or soon. */
export function phasesOf(pods: readonly Pod[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { phase, deleting } of pods) if (!deleting || isOver(phase)) counts[phase] = (counts[phase] ?? 0) + 1;
  return counts;
}

const isOver = (phase: string): boolean => phase === 'Succeeded' || phase === 'Failed';

export const TERMINATING = 'Terminating';

function isTrue(object: Fields, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

export function jobOf(id: string, object: Fields, pods: readonly Pod[]): Job {
  const metadata = record(object.metadata);
  const status = record(object.status);
  const done = status.completionTime;
  const phases = phasesOf(pods);
  return {
    id,
    kind: 'Job',
    name: text(metadata.name) || id,
    serving: false,
    troubled: troublesOf(pods),
    completions: number(at(object, 'spec', 'completions'), 1),
    succeeded: number(status.succeeded),
    failed: number(status.failed),
    running: phases.Running ?? 0,
    waiting: phases.Pending ?? 0,
    state: isTrue(object, 'Complete') ? 'complete' : isTrue(object, 'Failed') ? 'failed' : 'open',
    createdUs: number(metadata.creationTimestamp),
    doneUs: typeof done === 'number' ? done : undefined,
    result: status.result ?? undefined,
  };
}

/** Controllers whose pods are wanted for ever: what counts is how many are ready. */
const SERVING: ReadonlySet<string> = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']);

/**
 * Pods of no Job that are counted together like one: those of a controller, and those of one name but for their numbers
 * (a trace's). `members`: the id of the family of each pod that has one.
 */
export function familiesOf(picture: Entities, pods: readonly Pod[], fewest = 3): { families: Job[]; members: ReadonlyMap<string, string> } {
  const families = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (pod.job !== '') continue;
    const numbered = pod.owner === '' ? /^(.+)-\d+$/.exec(pod.name)?.[1] : undefined;
    const id = pod.owner !== '' ? `pods/${rootOf(picture, pod)}` : numbered === undefined ? '' : `pods//${numbered}`;
    if (id === '') continue;
    const family = families.get(id);
    if (family === undefined) families.set(id, [pod]);
    else family.push(pod);
  }
  const found = [...families].filter(([id, members]) => !id.startsWith('pods//') || members.length >= fewest);
  const members = new Map(found.flatMap(([id, all]) => all.map((pod): [string, string] => [pod.id, id])));
  return { families: found.map(([id, all]) => familyOf(id, all)).sort((a, b) => byName(a.name, b.name)), members };
}

/** `Deployment/default/web`: who is behind a pod, past its ReplicaSet. */
function rootOf(picture: Entities, pod: Pod): string {
  const [kind = '', name = ''] = pod.owner.split('/');
  const namespace = pod.id.split('/')[0] ?? '';
  const above = kind === 'ReplicaSet' ? controllerOf(record(picture.get(kind, `${namespace}/${name}`)?.metadata)) : '';
  const [rootKind, rootName] = above === '' ? [kind, name] : above.split('/');
  return `${rootKind}/${namespace}/${rootName}`;
}

function familyOf(id: string, all: readonly Pod[]): Job {
  const [, kind = '', , name = ''] = id.split('/');
  const serving = SERVING.has(kind);
  // Those that are being deleted have others in their places already: not four too many, but four that leave.
  const members = serving ? all.filter((pod) => !pod.deleting) : all;
  const phases = phasesOf(members);
  return {
    id,
    kind,
    name: name || id.slice('pods//'.length),
    completions: members.length,
    succeeded: serving ? members.filter((pod) => pod.ready).length : (phases.Succeeded ?? 0),
    serving,
    failed: phases.Failed ?? 0,
    running: phases.Running ?? 0,
    waiting: phases.Pending ?? 0,
    troubled: troublesOf(all),
    state: 'open',
    createdUs: all.reduce((least, pod) => Math.min(least, pod.sinceUs), Infinity),
    doneUs: undefined,
    result: undefined,
  };
}

const WELL: ReadonlySet<string> = new Set(['Running', 'Pending', 'Succeeded', 'Failed', 'Completed', 'ContainerCreating']);

/** How many pods are in a state that deserves a word of its own: CrashLoopBackOff, Evicted, SchedulingGated ...; at last those that leave. */
function troublesOf(pods: readonly Pod[]): Job['troubled'] {
  const counts = new Map<string, number>();
  for (const { status, deleting } of pods) if (!deleting && !WELL.has(status) && !status.startsWith('Init:')) counts.set(status, (counts.get(status) ?? 0) + 1);
  const leaving = pods.filter((pod) => pod.deleting && !isOver(pod.phase)).length;
  const troubles = [...counts].sort((a, b) => b[1] - a[1] || byName(a[0], b[0]));
  return leaving === 0 ? troubles : [...troubles, [TERMINATING, leaving]];
}

/** Open jobs first, oldest on top; then the finished, newest on top. */
export function jobsOf(picture: Entities, pods: readonly Pod[]): Job[] {
  const byJob = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (pod.job === '') continue;
    const there = byJob.get(pod.job);
    if (there === undefined) byJob.set(pod.job, [pod]);
    else there.push(pod);
  }
  const jobs = [...picture.kind('Job')].map(([id, object]) =>
    jobOf(id, object, byJob.get(text(record(object.metadata).name)) ?? []),
  );
  return jobs.sort((a, b) => {
    const open = Number(a.state !== 'open') - Number(b.state !== 'open');
    if (open !== 0) return open;
    return (a.state === 'open' ? a.createdUs - b.createdUs : b.createdUs - a.createdUs) || byName(a.name, b.name);
  });
}
