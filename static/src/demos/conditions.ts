/** What a demo can wait for. Each asks the picture one question. */
import { at, isUp, leaderOf, largestSide, linked, list, majority, nodesOf, number, record, text, type Entities, type Fields } from '../panels/reading/picture';
import { partsOf } from '../panels/reading/parts';
import { jobsOf, podsOf } from '../panels/tasks/objects';
import { DemoError } from './schema';
import { saidLast } from './symbols';

/** What stood when the step began, for conditions that ask for progress. */
export interface Since {
  chosen: number;
}

export type Asked = Readonly<Record<string, unknown>>;
type Condition = (picture: Entities, value: unknown, all: Asked, since: Since) => boolean;

/** The highest slot that some replica has applied: what the log has decided so far. */
export function progress(picture: Entities): number {
  let highest = 0;
  for (const memory of picture.kind('memory').values()) highest = Math.max(highest, number(memory.applied));
  return highest;
}

function runningOf(picture: Entities, job: unknown): number {
  let count = 0;
  for (const node of nodesOf(picture, 'compute')) {
    for (const row of list(picture.get('memory', node)?.running)) {
      const of = list(row)[3];
      if (of === job || of === `default/${String(job)}`) count += 1;
    }
  }
  return count;
}

function readyLeader(picture: Entities): string {
  const leader = leaderOf(picture);
  const nodes = nodesOf(picture, 'storage');
  if (leader === undefined || !leader.ready || picture.get('node', leader.node)?.state !== 'up') return '';
  const reached = nodes.filter((node) => text(picture.get('node', node)?.state) === 'up' && linked(picture, leader.node, node));
  return reached.length >= majority(nodes.length) ? leader.node : '';
}

const PHASES = ['prepare', 'accept', 'decided', 'done'];

function reached(phase: string, wanted: string): boolean {
  const at = PHASES.indexOf(phase);
  return phase === wanted || (at >= 0 && PHASES.includes(wanted) && at >= PHASES.indexOf(wanted));
}

/** The object that `of` names: `Deployment/default/shop`, `Node/c1`. */
function objectOf(picture: Entities, named: unknown): Fields {
  const [kind = '', ...key] = text(named).split('/');
  return picture.get(kind, key.join('/')) ?? {};
}

/** `availableReplicas >= 4`, `phase = Running`: how a field of a status stands; a number that is not there is 0. */
function stands(status: Fields, asked: string): boolean {
  const [field = '', sign = '', wanted = ''] = asked.split(' ');
  if (sign === '>=') return number(status[field]) >= Number(wanted);
  if (sign === '<=') return number(status[field]) <= Number(wanted);
  if (sign === '=') return status[field] === wanted;
  throw new DemoError(`status is ${asked}; allowed is a field, >= or <= or =, and a value.`);
}

const CONDITIONS: Readonly<Record<string, Condition>> = {
  /** A leader that can commit: ready, and in touch with a majority. */
  leader: (picture, wanted) => (readyLeader(picture) !== '') === wanted,
  leader_other_than: (picture, node) => readyLeader(picture) !== '' && readyLeader(picture) !== node,
  /** A node that led has noticed that it does not any more. */
  no_longer_leads: (picture, node) => picture.get('memory', text(node))?.role !== 'leader',
  /** No node holds itself leader (it may take check-quorum a while). */
  nobody_leads: (picture, wanted) => (leaderOf(picture) === undefined) === wanted,
  all_up: (picture, wanted) => [...picture.kind('node').values()].every((node) => node.state === 'up') === wanted,
  down: (picture, node) => picture.get('node', text(node))?.state === 'down',
  whole_network: (picture, wanted) => (picture.kind('partition').size + picture.kind('cut').size === 0) === wanted,
  /** This many more slots decided than when the step began. */
  slots_decided: (picture, count, _all, since) => progress(picture) >= since.chosen + number(count),
  /** A proposer is in this phase, or in one after it; "waiting" only while it waits. */
  reached: (picture, phase, all) => reached(text(picture.get('memory', text(all.proposer))?.phase), text(phase)),
  /** Every learner that is up has saved the decision. */
  learned: (picture, wanted) => {
    const learners = [...picture.kind('memory').values()].filter((memory) => partsOf(memory).includes('learner'));
    return (learners.length > 0 && learners.every((memory) => list(memory.decided).length > 0)) === wanted;
  },
  /** So many acceptors have promised the latest number of this proposer. */
  promised_at_least: (picture, count, all) => {
    const ballot = JSON.stringify(picture.get('memory', text(all.proposer))?.ballot);
    return [...picture.kind('node').values()].filter((node) => JSON.stringify(node.promised) === ballot).length >= number(count);
  },
  /** A message of this kind from this proposer is on its way. */
  flying: (picture, kind, all) => [...picture.kind('message').values()].some((message) => message.kind === kind && message.src === all.proposer),
  job_exists: (picture, job) => picture.get('Job', `default/${String(job)}`) !== undefined,
  job_done: (picture, job) => jobsOf(picture, podsOf(picture)).some((found) => found.name === job && found.state === 'complete'),
  running_at_least: (picture, count, all) => runningOf(picture, all.job) >= number(count),
  running_at_most: (picture, count, all) => runningOf(picture, all.job) <= number(count),
  pending_at_least: (picture, count, all) =>
    podsOf(picture).filter((pod) => pod.job === all.job && pod.phase === 'Pending' && pod.node === '').length >= number(count),
  /** Everything of the job that counts is elsewhere: its pods there are finished, or marked for deletion. */
  no_pods_on: (picture, node, all) =>
    podsOf(picture).every(
      (pod) => pod.job !== all.job || pod.node !== node || pod.deleting || pod.phase === 'Succeeded' || pod.phase === 'Failed',
    ),
  /** The status of the object `of`. */
  status: (picture, asked, all) => {
    const thing = objectOf(picture, all.of);
    return thing.status !== undefined && stands(record(thing.status), text(asked));
  },
  /** A condition of the object `of`, `Progressing=False`: its status or its reason. */
  condition: (picture, asked, all) => {
    const [type, wanted] = text(asked).split('=');
    const conditions = list(at(objectOf(picture, all.of), 'status', 'conditions')).map(record);
    return conditions.some((one) => one.type === type && (one.status === wanted || one.reason === wanted));
  },
  /** An Event was recorded: its reason, or `reason/how its message begins`. */
  event: (picture, asked) => saidLast(picture, text(asked)) !== undefined,
  /** No container runs on these nodes, names with commas between. */
  empty: (picture, nodes) => text(nodes).split(',').every((node) => list(picture.get('memory', node)?.running).length === 0),
  /** So many containers, or more, run on each node that is up. */
  on_each_node: (picture, count) =>
    nodesOf(picture, 'compute').every((node) => !isUp(picture, node) || list(picture.get('memory', node)?.running).length >= number(count)),
  replicas_level: (picture, wanted) => {
    const nodes = largestSide(picture, nodesOf(picture, 'storage'));
    const applied = nodes.map((node) => number(picture.get('memory', node)?.applied));
    return (Math.max(...applied) - Math.min(...applied) <= 3) === wanted;
  },
  /** Who leads knows the same ballot everywhere: nobody follows an older one. */
  same_ballot: (picture, wanted) => {
    const nodes = nodesOf(picture, 'storage').filter((node) => picture.get('node', node)?.state === 'up');
    const believed = new Set(nodes.map((node) => text(picture.get('memory', node)?.leader)));
    return (believed.size === 1 && !believed.has('')) === wanted;
  },
};

/** Names beside a condition that only say of what. */
const ARGUMENTS = new Set(['job', 'of', 'proposer']);

export const CONDITION_NAMES: readonly string[] = Object.keys(CONDITIONS);

/** Whether all conditions of a `wait` hold. */
export function holds(asked: Asked, picture: Entities, since: Since): boolean {
  return Object.entries(asked).every(([name, value]) => {
    if (ARGUMENTS.has(name)) return true;
    const condition = CONDITIONS[name];
    if (condition === undefined) throw new DemoError(`The condition ${name} is not known; allowed are ${CONDITION_NAMES.join(', ')}.`);
    return condition(picture, value, asked, since);
  });
}
