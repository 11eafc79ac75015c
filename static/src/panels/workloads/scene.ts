/**
 * Workloads as kubectl lists them: how many are wanted, ready and up to date, and what Kubernetes' Events say of them.
 *
 * Pure. Fields at their default are left out on the wire, as in the API.
 */
import { ui } from '../../words';
import { at, byName, list, number, record, text, type Entities, type Fields } from '../reading/picture';
import { cpuMilli } from '../tasks/objects';

export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet' | 'Job' | 'CronJob' | 'HorizontalPodAutoscaler' | 'PodDisruptionBudget';

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

export interface Workload {
  id: string;
  kind: Kind;
  key: string;
  name: string;
  namespace: string;
  desired: number;
  ready: number;
  /** Of the newest template; undefined where the kind has no rollouts. */
  updated: number | undefined;
  says: string;
  settled: boolean;
  paused: boolean;
  /** What can be done to it. */
  scalable: boolean;
  rollable: boolean;
  pausable: boolean;
  /** Its load in millicores, 0 without; undefined where a load makes no sense. */
  loadMilli: number | undefined;
  conditions: Condition[];
  /** ReplicaSets of a Deployment, Jobs of a CronJob: the newest first. */
  owned: { kind: Kind; name: string; ready: number; desired: number }[];
  autoscaler: Autoscaler | undefined;
}

export interface Autoscaler {
  name: string;
  min: number;
  max: number;
  current: number;
  desired: number;
  /** `cpu 84 % of 50 %` */
  metrics: string[];
  conditions: Condition[];
}

export interface Said {
  id: string;
  reason: string;
  message: string;
  warning: boolean;
  source: string;
  count: number;
  lastUs: number;
  about: string;
}

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'];
const SCALABLE: ReadonlySet<Kind> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);
const ROLLABLE: ReadonlySet<Kind> = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
const LOADED: ReadonlySet<Kind> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);
/** The picture knows these kinds; panels that wait for changes wait for them. */
export const WATCHED: readonly string[] = [...KINDS, 'Event'];

const conditionsOf = (object: Fields): Condition[] =>
  list(at(object, 'status', 'conditions')).map(record).map((one) => ({ type: text(one.type), status: text(one.status), reason: text(one.reason), message: text(one.message) }));

function controllerOf(object: Fields): Fields | undefined {
  const owners = list(at(object, 'metadata', 'ownerReferences')).map(record);
  return owners.find((owner) => owner.controller === true);
}

interface Counts {
  desired: number;
  ready: number;
  updated: number | undefined;
  says: string;
}

function countsOf(kind: Kind, object: Fields): Counts {
  const [spec, status] = [record(object.spec), record(object.status)];
  switch (kind) {
    case 'DaemonSet': {
      const desired = number(status.desiredNumberScheduled);
      return { desired, ready: number(status.numberReady), updated: number(status.updatedNumberScheduled), says: ui('workload-daemons', { nodes: desired }) };
    }
    case 'Job':
      return { desired: number(spec.completions, 1), ready: number(status.succeeded), updated: undefined, says: ui('workload-job', { active: number(status.active), failed: number(status.failed) }) };
    case 'CronJob': {
      const active = list(status.active).length;
      return { desired: active, ready: active, updated: undefined, says: ui('workload-cron', { schedule: text(spec.schedule), suspended: spec.suspend === true ? 'yes' : '' }) };
    }
    case 'HorizontalPodAutoscaler':
      return { desired: number(status.desiredReplicas), ready: number(status.currentReplicas), updated: undefined, says: ui('workload-hpa', { target: `${text(at(spec, 'scaleTargetRef', 'kind'))} ${text(at(spec, 'scaleTargetRef', 'name'))}` }) };
    case 'PodDisruptionBudget':
      return { desired: number(status.desiredHealthy), ready: number(status.currentHealthy), updated: undefined, says: ui('workload-pdb', { allowed: number(status.disruptionsAllowed) }) };
    default:
      return { desired: number(spec.replicas, 1), ready: number(status.readyReplicas), updated: kind === 'ReplicaSet' ? undefined : number(status.updatedReplicas), says: '' };
  }
}

function autoscalerOf(object: Fields, key: string): Autoscaler {
  const [spec, status] = [record(object.spec), record(object.status)];
  const wanted = list(spec.metrics).map((metric) => {
    const source = record(Object.values(record(metric)).find((one) => typeof one === 'object' && one !== null && 'target' in one));
    return { name: text(source.name) || text(at(source, 'metric', 'name')), target: record(source.target) };
  });
  const metrics = list(status.currentMetrics).map(record).map((now) => {
    const target = wanted.find((one) => one.name === text(now.name))?.target;
    const utilization = typeof now.averageUtilization === 'number';
    const is = utilization ? `${number(now.averageUtilization)} %` : text(now.averageValue) || text(now.value);
    const of = utilization ? `${number(target?.averageUtilization)} %` : text(target?.averageValue) || text(target?.value);
    return ui('hpa-metric', { name: text(now.name), is, of });
  });
  return {
    name: text(at(object, 'metadata', 'name')) || key,
    min: number(spec.minReplicas, 1), max: number(spec.maxReplicas),
    current: number(status.currentReplicas), desired: number(status.desiredReplicas),
    metrics, conditions: conditionsOf(object),
  };
}

function workloadOf(kind: Kind, key: string, object: Fields, owned: Workload['owned'], autoscaler: Autoscaler | undefined): Workload {
  const metadata = record(object.metadata);
  const [spec, status] = [record(object.spec), record(object.status)];
  const { desired, ready, updated, says } = countsOf(kind, object);
  const conditions = conditionsOf(object);
  const behind = SCALABLE.has(kind) && number(metadata.generation) > number(status.observedGeneration);
  const unsettled = behind || ready < desired || (updated !== undefined && updated < desired);
  const stuck = conditions.find((one) => (one.type === 'Progressing' && one.status === 'False') || (one.type === 'ReplicaFailure' && one.status === 'True'));
  const done = kind === 'Job' ? conditions.find((one) => one.status === 'True' && (one.type === 'Complete' || one.type === 'Failed')) : undefined;
  const paused = spec.paused === true || spec.suspend === true;
  const load = record(metadata.annotations)['sim/load'];
  return {
    id: `${kind}/${key}`, kind, key,
    name: text(metadata.name) || key,
    namespace: text(metadata.namespace) || 'default',
    desired, ready, updated,
    says: stuck !== undefined ? `${stuck.reason}: ${stuck.message}` : done !== undefined ? done.type : paused ? ui('workload-paused') : says || ui(unsettled ? 'workload-moves' : 'workload-settled'),
    settled: done !== undefined ? done.type === 'Complete' : !unsettled || kind === 'Job',
    paused,
    scalable: SCALABLE.has(kind), rollable: ROLLABLE.has(kind), pausable: kind === 'Deployment',
    loadMilli: LOADED.has(kind) ? (load === undefined ? 0 : cpuMilli(load)) : undefined,
    conditions, owned, autoscaler,
  };
}

/** Every workload that nobody else's controller made, by kind; what it owns stands with it. */
export function workloads(picture: Entities): Workload[] {
  const ownedBy = new Map<string, Workload['owned']>();
  for (const kind of ['ReplicaSet', 'Job'] as const) {
    for (const [key, object] of picture.kind(kind)) {
      const owner = controllerOf(object);
      if (owner === undefined) continue;
      const { desired, ready } = countsOf(kind, object);
      const of = `${text(owner.kind)}/${text(at(object, 'metadata', 'namespace')) || 'default'}/${text(owner.name)}`;
      ownedBy.set(of, [{ kind, name: text(at(object, 'metadata', 'name')) || key, ready, desired }, ...(ownedBy.get(of) ?? [])]);
    }
  }
  const scalers = new Map<string, Autoscaler>();
  for (const [key, object] of picture.kind('HorizontalPodAutoscaler')) {
    const target = record(at(object, 'spec', 'scaleTargetRef'));
    scalers.set(`${text(target.kind)}/${text(at(object, 'metadata', 'namespace')) || 'default'}/${text(target.name)}`, autoscalerOf(object, key));
  }
  return KINDS.flatMap((kind) => {
    const found = [...picture.kind(kind)].filter(([, object]) => controllerOf(object) === undefined);
    // An autoscaler stands with what it scales; alone only when that is not there.
    const alone = found.filter(([, object]) => {
      const target = record(at(object, 'spec', 'scaleTargetRef'));
      return kind !== 'HorizontalPodAutoscaler' || picture.get(text(target.kind), `${text(at(object, 'metadata', 'namespace')) || 'default'}/${text(target.name)}`) === undefined;
    });
    return alone.map(([key, object]) => workloadOf(kind, key, object, ownedBy.get(`${kind}/${key}`) ?? [], scalers.get(`${kind}/${key}`))).sort((a, b) => byName(a.name, b.name));
  });
}

/** What Kubernetes' Events say of it, of what it owns and of its autoscaler, the newest first. */
export function saidOf(picture: Entities, workload: Workload, most: number): Said[] {
  const about = new Set([`${workload.kind}/${workload.name}`, ...workload.owned.map((one) => `${one.kind}/${one.name}`)]);
  if (workload.autoscaler !== undefined) about.add(`HorizontalPodAutoscaler/${workload.autoscaler.name}`);
  const said: Said[] = [];
  for (const [id, event] of picture.kind('Event')) {
    const involved = record(event.involvedObject);
    if (!about.has(`${text(involved.kind)}/${text(involved.name)}`) || (text(involved.namespace) || workload.namespace) !== workload.namespace) continue;
    said.push({
      id, reason: text(event.reason), message: text(event.message), warning: event.type === 'Warning', source: text(event.source),
      count: number(event.count, 1), lastUs: number(event.lastTimestamp), about: `${text(involved.kind)} ${text(involved.name)}`,
    });
  }
  return said.sort((a, b) => b.lastUs - a.lastUs || byName(b.id, a.id)).slice(0, most);
}

/** `2 of 3 ready, 1 up to date` for those who hear it. */
export function spoken(workload: Workload): string {
  return ui('workload-spoken', { kind: workload.kind, name: workload.name, ready: workload.ready, desired: workload.desired, updated: workload.updated === undefined ? '' : String(workload.updated), says: workload.says });
}

