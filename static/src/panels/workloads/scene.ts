/**
 * Workloads as kubectl lists them: how many are wanted, ready and up to date, and what Kubernetes' Events say of them.
 *
 * Pure. Fields at their default are left out on the wire, as in the API.
 */
import { listText, plural, ui } from '../../words';
import { at, byName, list, number, record, text, type Entities, type Fields } from '../reading/picture';
import { controllerOf, cpuMilli, podsOf, type Pod } from '../tasks/objects';

export type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet' | 'Job' | 'CronJob' | 'HorizontalPodAutoscaler' | 'PodDisruptionBudget';

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

export interface Owned {
  kind: Kind;
  name: string;
  ready: number;
  desired: number;
  /** Of a ReplicaSet: its revision and the images of its template. */
  revision: string;
  images: string;
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
  /** Its load in millicores; null where none is set, so that each pod uses what it would; undefined where a load makes no sense. */
  loadMilli: number | null | undefined;
  /** How often its spec has changed. */
  generation: number;
  conditions: Condition[];
  /** ReplicaSets of a Deployment, Jobs of a CronJob: the newest first. */
  owned: Owned[];
  /** What a budget says: how many pods have to stay, or may be away; "" otherwise. */
  rule: string;
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

function ruleOf(spec: Fields): string {
  const count = (value: unknown): string => (typeof value === 'number' || typeof value === 'string' ? String(value) : '');
  const selector = Object.entries(record(at(spec, 'selector', 'matchLabels'))).map(([name, value]) => `${name}=${text(value)}`).join(', ');
  return ui('pdb-rule', { min: count(spec.minAvailable), max: count(spec.maxUnavailable), selector });
}

function ownedOf(kind: Kind, key: string, object: Fields): Owned {
  const { desired, ready } = countsOf(kind, object);
  const metadata = record(object.metadata);
  return {
    kind, name: text(metadata.name) || key, ready, desired,
    revision: text(record(metadata.annotations)['deployment.kubernetes.io/revision']),
    images: kind === 'ReplicaSet' ? list(at(object, 'spec', 'template', 'spec', 'containers')).map((one) => text(record(one).image)).join(', ') : '',
  };
}

function workloadOf(kind: Kind, key: string, object: Fields, owned: Owned[], autoscaler: Autoscaler | undefined): Workload {
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
    loadMilli: LOADED.has(kind) ? (load === undefined ? null : cpuMilli(load)) : undefined,
    generation: number(metadata.generation),
    rule: kind === 'PodDisruptionBudget' ? ruleOf(spec) : '',
    conditions, owned, autoscaler,
  };
}

/** Every workload that nobody else's controller made, by kind; what it owns stands with it. */
export function workloads(picture: Entities): Workload[] {
  const ownedBy = new Map<string, Owned[]>();
  for (const kind of ['ReplicaSet', 'Job'] as const) {
    for (const [key, object] of picture.kind(kind)) {
      const owner = controllerOf(record(object.metadata));
      if (owner === '') continue;
      const [ownerKind, ownerName] = owner.split('/');
      const of = `${ownerKind}/${text(at(object, 'metadata', 'namespace')) || 'default'}/${ownerName}`;
      ownedBy.set(of, [ownedOf(kind, key, object), ...(ownedBy.get(of) ?? [])]);
    }
  }
  const scalers = new Map<string, Autoscaler>();
  for (const [key, object] of picture.kind('HorizontalPodAutoscaler')) {
    const target = record(at(object, 'spec', 'scaleTargetRef'));
    scalers.set(`${text(target.kind)}/${text(at(object, 'metadata', 'namespace')) || 'default'}/${text(target.name)}`, autoscalerOf(object, key));
  }
  return KINDS.flatMap((kind) => {
    const found = [...picture.kind(kind)].filter(([, object]) => controllerOf(record(object.metadata)) === '');
    // An autoscaler stands with what it scales; alone only when that is not there.
    const alone = found.filter(([, object]) => {
      const target = record(at(object, 'spec', 'scaleTargetRef'));
      return kind !== 'HorizontalPodAutoscaler' || picture.get(text(target.kind), `${text(at(object, 'metadata', 'namespace')) || 'default'}/${text(target.name)}`) === undefined;
    });
    return alone.map(([key, object]) => workloadOf(kind, key, object, ownedBy.get(`${kind}/${key}`) ?? [], scalers.get(`${kind}/${key}`))).sort((a, b) => byName(a.name, b.name));
  });
}

/** Its pods: those it made itself or by what it owns; of a budget, those it protects. Those that give trouble first. */
export function podsOfWorkload(picture: Entities, workload: Workload): Pod[] {
  const protects = workload.kind === 'PodDisruptionBudget' ? selectorOf(at(picture.get(workload.kind, workload.key), 'spec', 'selector')) : undefined;
  const makers = new Set([`${workload.kind}/${workload.name}`, ...workload.owned.map((one) => `${one.kind}/${one.name}`)]);
  const inside = `${workload.namespace}/`;
  const found = podsOf(picture).filter((pod) => pod.id.startsWith(inside) && (protects === undefined ? makers.has(pod.owner) : protects(record(at(picture.get('Pod', pod.id), 'metadata', 'labels')))));
  const trouble = (pod: Pod): number => Number(pod.ready) * 2 + Number(pod.status === 'Running' || pod.status === 'Completed');
  return found.sort((a, b) => trouble(a) - trouble(b) || byName(a.name, b.name));
}

/** A LabelSelector as a predicate; none at all matches nothing, an empty one everything. */
export function selectorOf(selector: unknown): (labels: Fields) => boolean {
  if (typeof selector !== 'object' || selector === null) return () => false;
  const exact = Object.entries(record(record(selector).matchLabels));
  const rules = list(record(selector).matchExpressions).map(record);
  return (labels) =>
    exact.every(([name, value]) => labels[name] === value) &&
    rules.every(({ key, operator, values }) => {
      const has = text(key) in labels;
      const within = has && list(values).includes(labels[text(key)]);
      if (operator === 'In') return within;
      if (operator === 'NotIn') return !within;
      return has === (operator === 'Exists');
    });
}

/** What happens to a pod that its workload's reader should hear of, though it is no warning. */
const TELLING: ReadonlySet<string> = new Set(['Preempted', 'Evicted', 'Killing', 'TaintManagerEviction', 'Descheduled']);

/** Kubernetes' Events of one object, the newest first; what is not wanted of them is left out. */
export function saidAbout(picture: Entities, wanted: (about: string, event: Fields) => boolean, most: number): Said[] {
  const said: Said[] = [];
  for (const [id, event] of picture.kind('Event')) {
    const involved = record(event.involvedObject);
    const namespace = text(involved.namespace);
    if (!wanted(`${text(involved.kind)}/${namespace === '' ? '' : `${namespace}/`}${text(involved.name)}`, event)) continue;
    said.push({
      id, reason: text(event.reason), message: text(event.message), warning: event.type === 'Warning', source: text(event.source),
      count: number(event.count, 1), lastUs: number(event.lastTimestamp), about: `${text(involved.kind)} ${text(involved.name)}`,
    });
  }
  return said.sort((a, b) => b.lastUs - a.lastUs || byName(b.id, a.id)).slice(0, most);
}

/** What Events say of a workload, of what it owns, of its autoscaler and of the troubles of its pods. */
export function saidOf(picture: Entities, workload: Workload, pods: readonly Pod[], most: number): Said[] {
  const { kind, name, namespace, owned, autoscaler } = workload;
  const about = new Set([`${kind}/${namespace}/${name}`, ...owned.map((one) => `${one.kind}/${namespace}/${one.name}`)]);
  if (autoscaler !== undefined) about.add(`HorizontalPodAutoscaler/${namespace}/${autoscaler.name}`);
  const its = new Set(kind === 'PodDisruptionBudget' ? [] : pods.map((pod) => `Pod/${pod.id}`));
  return saidAbout(picture, (of, event) => about.has(of) || (its.has(of) && (event.type === 'Warning' || TELLING.has(text(event.reason)))), most);
}

/** What goes when it is deleted. */
export function consequences(workload: Workload, pods: readonly Pod[]): string {
  const { kind, name, owned, autoscaler } = workload;
  if (kind === 'PodDisruptionBudget') return ui('delete-budget', { count: pods.length });
  if (kind === 'HorizontalPodAutoscaler') return ui('delete-autoscaler', { name });
  const count = owned.length + pods.length;
  if (count === 0) return ui('delete-alone');
  const what = [owned.length === 0 ? '' : plural(owned.length, owned[0]!.kind), pods.length === 0 ? '' : plural(pods.length, 'pod')];
  return ui('delete-takes', { what: listText(what.filter((one) => one !== '')), count, scaler: autoscaler?.name ?? '' });
}

/** `2 of 3 ready, 1 up to date` for those who hear it. */
export function spoken(workload: Workload): string {
  return ui('workload-spoken', { kind: workload.kind, name: workload.name, ready: workload.ready, desired: workload.desired, updated: workload.updated === undefined ? '' : String(workload.updated), says: workload.says });
}

