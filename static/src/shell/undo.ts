import { fieldsOf } from '../history/entry';
import type { Timeline } from '../history/timeline';
import { FAULTS } from '../wire/faults.gen';
import { descheduler, flags, flagsCommand, policyCommand, poolCommand, pools } from '../panels/nodes/automation';
import { at, list, number, record, text } from '../panels/reading/picture';
import { cpuMilli } from '../panels/tasks/objects';
import type { Command } from '../wire/socket';

const END_FAULT = 'end-fault';

const SWAPPED: Readonly<Record<string, string>> = {
  'kill-node': 'restart-node',
  'restart-node': 'kill-node',
  'pause-node': 'resume-node',
  'resume-node': 'pause-node',
  'cut-link': 'heal-link',
  'heal-link': 'cut-link',
  'hold-message': 'release-message',
  'release-message': 'hold-message',
  'cordon-node': 'uncordon-node',
  'uncordon-node': 'cordon-node',
  'drain-node': 'uncordon-node',
  'pause-rollout': 'resume-rollout',
  'resume-rollout': 'pause-rollout',
};

/** How far behind a command the facts that it caused are looked for. */
const REACH = 200;

/** The command that takes this one back, found when it is wanted; null where there is none. */
export function counterpart(command: Command, seq: number, timeline: Timeline): (() => Command | null) | null {
  const swapped = SWAPPED[command.type];
  if (command.type === 'scale-object' || command.type === 'set-load') return asBefore(command, timeline);
  if (command.type === 'taint-node') return () => ({ type: 'untaint-node', node: command.node, key: command.key, effect: command.effect });
  if (command.type === 'untaint-node') return taintedAgain(command, timeline);
  const automatic = automaticBefore(command, timeline);
  if (automatic !== undefined) return () => automatic;
  if (swapped !== undefined) return () => ({ ...command, type: swapped });
  if (command.type === 'partition') return () => healOf(seq, timeline);
  const fault = FAULTS.find((one) => one.begin === command.type && one.end === END_FAULT);
  if (fault !== undefined) return () => endOf(seq, timeline);
  if (command.type === 'set-network') {
    const before = timeline.picture.get('network', 'network');
    return () => ({ type: 'set-network', loss_ppm: 0, duplicate_ppm: 0, reorder_ppm: 0, ...before });
  }
  if (command.type === 'heal-partition') {
    const was = timeline.picture.get('partition', String(command.partition));
    return was === undefined ? null : () => ({ type: 'partition', groups: was.groups, label: was.label });
  }
  return null;
}

/** To what it was in the picture when the command was given: that has not come through the log yet. */
function asBefore(command: Command, timeline: Timeline): (() => Command) | null {
  const object = timeline.picture.get(String(command.kind), `${String(command.namespace ?? 'default')}/${String(command.name)}`);
  if (object === undefined) return null;
  if (command.type === 'scale-object') {
    const replicas = number(at(object, 'spec', 'replicas'), 1);
    return () => ({ ...command, replicas });
  }
  const load = record(at(object, 'metadata', 'annotations'))['sim/load'];
  return load === undefined ? null : () => ({ ...command, cpu_milli: cpuMilli(load) });
}

/** Pools, flags and strategies as they were; undefined for other commands. */
function automaticBefore(command: Command, { picture }: Timeline): Command | undefined {
  if (command.type === 'set-descheduler') return policyCommand(descheduler(picture));
  if (command.type === 'set-cluster-autoscaler') return flagsCommand(flags(picture));
  if (command.type !== 'set-node-pool' && command.type !== 'remove-node-pool') return undefined;
  const pool = pools(picture).find(({ name }) => name === command.pool);
  if (pool !== undefined) return poolCommand(pool);
  return command.type === 'set-node-pool' ? { type: 'remove-node-pool', pool: command.pool } : undefined;
}

function taintedAgain(command: Command, timeline: Timeline): (() => Command) | null {
  const taints = list(at(timeline.picture.get('Node', String(command.node)), 'spec', 'taints')).map(record);
  const was = taints.find((taint) => taint.key === command.key && (!command.effect || taint.effect === command.effect));
  return was === undefined ? null : () => ({ type: 'taint-node', node: command.node, key: was.key, value: text(was.value), effect: was.effect });
}

/** The partition that the command at `seq` made got its name from the world. */
function healOf(seq: number, timeline: Timeline): Command | null {
  for (let at = seq; at <= Math.min(seq + REACH, timeline.headSeq); at++) {
    const event = timeline.entry(at)?.[3];
    if (event?.[0] !== 'network-partitioned') continue;
    return { type: 'heal-partition', partition: fieldsOf(event).partition };
  }
  return null;
}

/** The fault that the command at `seq` began got its id from the world; what has passed by itself can't be ended. */
function endOf(seq: number, timeline: Timeline): Command | null {
  for (let at = seq; at <= Math.min(seq + REACH, timeline.headSeq); at++) {
    const event = timeline.entry(at)?.[3];
    if (event?.[0] !== 'fault-began') continue;
    return { type: END_FAULT, fault: fieldsOf(event).id };
  }
  return null;
}

/** How many messages died in the very instant of a command. */
export function deathsAfter(timeline: Timeline, seq: number): number {
  const atUs = timeline.entry(seq)?.[1];
  let died = 0;
  for (let at = seq + 1; atUs !== undefined; at++) {
    const entry = timeline.entry(at);
    if (entry === undefined || entry[1] !== atUs) return died;
    if (entry[3][0] === 'message-dropped') died++;
  }
  return died;
}
