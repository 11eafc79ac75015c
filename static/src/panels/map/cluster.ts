import type { Fields } from '../../history/types';
import type { NodeEntity, PartitionEntity, CutEntity, StorageMemory } from '../../history/entities';
import { ballotText } from '../../history/entities';
import { partLines, partsOf } from '../reading/parts';
import { byName, hasLeaders, leaderOf, linked, list, number, type Entities } from '../reading/picture';
import { podsOf } from '../tasks/objects';

export type Health = 'up' | 'down' | 'paused';

/** One machine as the map, its list and its tooltip tell it. */
export interface NodeView {
  id: string;
  role: NodeEntity['role'];
  zone: string;
  health: Health;
  waiting: number;
  /** Separated from the larger side by a partition or by cut links. */
  cutOff: boolean;
  leader: boolean;
  candidate: boolean;
  /** Where nobody leads: the parts it plays, and what stands beside it. */
  parts: readonly string[];
  lines: readonly string[];
  promised: string;
  applied: number;
  chosen: number;
  /** Slots voted for beyond what is chosen. */
  open: number;
  running: number;
  /** Shares 0..1 of what the node offers. */
  cpu: number;
  memory: number;
}

export interface CutView {
  id: string;
  /** The nodes away from the larger side. */
  minor: string[];
  title: string;
}

/** In the picture's own order: sorting by name costs more than all the rest in a large cluster. */
export function nodeViews(picture: Entities): Map<string, NodeView> {
  const leader = leaderOf(picture)?.node;
  const side = mainSide(picture);
  const loads = loadsOf(picture);
  const led = hasLeaders(picture);
  const views = new Map<string, NodeView>();
  for (const [id, fields] of picture.kind('node')) {
    views.set(id, nodeView(picture, id, fields as unknown as NodeEntity, leader, side, loads, led));
  }
  return views;
}

/** One machine in a sentence, for tooltips and screen readers. */
export function nodeSentence(view: NodeView): string {
  const said = [view.id, roleOf(view)];
  if (view.health !== 'up') said.push(view.health);
  if (view.cutOff) said.push('cut off');
  if (view.lines.length > 0) said.push(...view.lines.filter((line) => !view.parts.includes(line)));
  else if (view.role === 'storage') said.push(`promised ${view.promised}`);
  if (view.role === 'storage' && view.health === 'up' && view.lines.length === 0) said.push(`log ${view.chosen}${view.open > 0 ? ` and ${view.open} open` : ''}`);
  if (view.role === 'compute' && view.health !== 'down') said.push(`${view.running} running, cpu ${percent(view.cpu)}, memory ${percent(view.memory)}`);
  if (view.waiting > 0) said.push(`${view.waiting} messages wait`);
  return said.join(', ');
}

export function roleOf(view: NodeView): string {
  if (view.role !== 'storage' || view.health !== 'up') return view.role === 'api' ? 'API server' : view.role;
  if (view.parts.length > 0) return view.parts.join(' and ');
  return view.leader ? 'leader' : view.candidate ? 'candidate' : 'follower';
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function nodeView(
  picture: Entities, id: string, node: NodeEntity, leader: string | undefined, side: ReadonlySet<string>, loads: Map<string, Load>, led: boolean,
): NodeView {
  const memory = (picture.get('memory', id) ?? {}) as Partial<StorageMemory> & Fields;
  const chosen = Math.max(number(memory.chosen), number(memory.applied));
  const load = loads.get(id);
  return {
    id,
    role: node.role,
    zone: node.zone,
    health: node.state,
    waiting: number(node.waiting),
    cutOff: isCutOff(picture, id, side),
    leader: id === leader,
    // Who asks for promises is drawn alike, whatever its protocol calls it.
    candidate: memory.role === 'candidate' || memory.phase === 'prepare',
    parts: led ? [] : partsOf(memory),
    lines: led ? [] : partLines(picture, id),
    promised: ballotText(node.promised),
    applied: number(memory.applied),
    chosen,
    open: Math.max(0, number(memory.last) - chosen),
    running: list(memory.running).length,
    cpu: share(load?.cpuMilli, node.cpu_milli),
    memory: share(load?.memoryMib, node.memory_mib),
  };
}

const share = (used = 0, offered = 0): number => (offered > 0 ? Math.min(1, used / offered) : 0);

/** Storage nodes that still reach one another, most of them; crashes do not count, only the network does. */
function mainSide(picture: Entities): ReadonlySet<string> {
  const storage = [...picture.kind('node')].filter(([, fields]) => fields.role === 'storage').map(([id]) => id).sort(byName);
  let best: string[] = [];
  for (const id of storage) {
    const reached = storage.filter((other) => linked(picture, id, other));
    if (reached.length > best.length) best = reached;
  }
  return new Set(best);
}

/** Away from everything on the larger side; with nothing cut this costs nothing. */
function isCutOff(picture: Entities, id: string, side: ReadonlySet<string>): boolean {
  if (picture.kind('partition').size === 0 && picture.kind('cut').size === 0 && picture.kind('fault').size === 0) return false;
  if (side.has(id)) return false;
  for (const other of side) if (linked(picture, id, other)) return false;
  return side.size > 0;
}

interface Load {
  cpuMilli: number;
  memoryMib: number;
}

/** What the pods bound to a node and not finished ask for. */
function loadsOf(picture: Entities): Map<string, Load> {
  const loads = new Map<string, Load>();
  for (const pod of podsOf(picture)) {
    if (pod.node === '' || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    const load = loads.get(pod.node) ?? { cpuMilli: 0, memoryMib: 0 };
    load.cpuMilli += pod.cpuMilli;
    load.memoryMib += pod.memoryMib;
    loads.set(pod.node, load);
  }
  return loads;
}

/** Partitions, each with the nodes that it takes away from the side with most storage. */
export function cutViews(picture: Entities): CutView[] {
  const cuts: CutView[] = [];
  for (const [id, fields] of picture.kind('partition')) {
    const { groups, label } = fields as unknown as PartitionEntity;
    const weight = (group: readonly string[]) =>
      group.reduce((sum, node) => sum + (picture.get('node', node)?.role === 'storage' ? 1000 : 1), 0);
    const major = groups.reduce((a, b) => (weight(b) > weight(a) ? b : a));
    for (const group of groups) {
      if (group === major) continue;
      const name = label !== '' && groups.length === 2 ? label : [...group].sort(byName).slice(0, 4).join(', ');
      cuts.push({ id, minor: [...group], title: `${capital(name)} cut off` });
    }
  }
  return cuts;
}

const capital = (name: string): string => (/^[a-z]\d+\b/.test(name) ? name : name.charAt(0).toUpperCase() + name.slice(1));

export function oneWayCuts(picture: Entities): CutEntity[] {
  return [...picture.kind('cut').values()] as unknown as CutEntity[];
}
