/**
 * Pods, Jobs and Nodes as the panels need them, read from objects spelled as the Kubernetes API spells them.
 *
 * Quantities: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
import { at, byName, list, number, record, text, type Entities, type Fields } from '../reading/picture';

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
}

export interface Job {
  id: string;
  name: string;
  completions: number;
  succeeded: number;
  failed: number;
  running: number;
  waiting: number;
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

export function podOf(id: string, object: Fields): Pod {
  const metadata = record(object.metadata);
  const spec = record(object.spec);
  const status = record(object.status);
  const unscheduled = conditionOf(object, 'PodScheduled');
  const pending = text(status.phase) === 'Pending' && unscheduled?.status === 'False';
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
    deleting: metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null,
  };
}

export function podsOf(picture: Entities): Pod[] {
  return [...picture.kind('Pod')].map(([id, object]) => podOf(id, object));
}

function isTrue(object: Fields, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}

export function jobOf(id: string, object: Fields, pods: readonly Pod[]): Job {
  const metadata = record(object.metadata);
  const status = record(object.status);
  const done = status.completionTime;
  return {
    id,
    name: text(metadata.name) || id,
    completions: number(at(object, 'spec', 'completions'), 1),
    succeeded: number(status.succeeded),
    failed: number(status.failed),
    running: pods.filter((pod) => pod.phase === 'Running').length,
    waiting: pods.filter((pod) => pod.phase === 'Pending').length,
    state: isTrue(object, 'Complete') ? 'complete' : isTrue(object, 'Failed') ? 'failed' : 'open',
    createdUs: number(metadata.creationTimestamp),
    doneUs: typeof done === 'number' ? done : undefined,
    result: status.result ?? undefined,
  };
}

/** Pods without a Job, of one name but for their numbers (those of a trace), are counted together like a job. */
export function familiesOf(pods: readonly Pod[], fewest = 3): Job[] {
  const families = new Map<string, Pod[]>();
  for (const pod of pods) {
    const family = /^(.+)-\d+$/.exec(pod.name)?.[1];
    if (pod.job === '' && family !== undefined) families.set(family, [...(families.get(family) ?? []), pod]);
  }
  return [...families].filter(([, members]) => members.length >= fewest).map(([name, members]) => familyOf(name, members));
}

function familyOf(name: string, members: readonly Pod[]): Job {
  const count = (phase: string) => members.filter((pod) => pod.phase === phase).length;
  return {
    id: `pods/${name}`,
    name,
    completions: members.length,
    succeeded: count('Succeeded'),
    failed: count('Failed'),
    running: count('Running'),
    waiting: count('Pending'),
    state: 'open',
    createdUs: Math.min(...members.map((pod) => pod.sinceUs)),
    doneUs: undefined,
    result: undefined,
  };
}

/** Open jobs first, oldest on top; then the finished, newest on top. */
export function jobsOf(picture: Entities, pods: readonly Pod[]): Job[] {
  const byJob = new Map<string, Pod[]>();
  for (const pod of pods) byJob.set(pod.job, [...(byJob.get(pod.job) ?? []), pod]);
  const jobs = [...picture.kind('Job')].map(([id, object]) =>
    jobOf(id, object, byJob.get(text(record(object.metadata).name)) ?? []),
  );
  return jobs.sort((a, b) => {
    const open = Number(a.state !== 'open') - Number(b.state !== 'open');
    if (open !== 0) return open;
    return (a.state === 'open' ? a.createdUs - b.createdUs : b.createdUs - a.createdUs) || byName(a.name, b.name);
  });
}
