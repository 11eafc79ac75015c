/** The lanes of the diagram: one for each machine, or one for many alike where there are too many. Pure. */
import type { Fields } from '../../history/types';
import { byName, text } from '../reading/picture';

export interface Lane {
  id: string;
  label: string;
  role: string;
  /** Whose lane it is: one machine, or several that share it. */
  nodes: readonly string[];
}

export interface Lanes {
  lanes: readonly Lane[];
  /** node -> position of its lane */
  of: ReadonlyMap<string, number>;
  laneHeight: number;
}

/** Closer than this and names touch. */
export const LANE_MIN = 15;
const LANE_MAX = 72;
/** Clients above what serves them, those who agree in the middle, those who work below. */
const ORDER = ['client', 'storage', 'api', 'compute', 'intruder'];

export function lanesOf(nodes: ReadonlyMap<string, Fields>, height: number): Lanes {
  const alone = [...nodes].map(([id, fields]): Lane & { zone: string } => ({
    id, label: id, role: text(fields.role), nodes: [id], zone: text(fields.zone),
  }));
  const most = Math.max(4, Math.floor(height / LANE_MIN));
  let lanes: (Lane & { zone: string })[] = alone;
  // The most numerous role shares lanes first, by zone, then all of it one lane.
  for (const share of [byZone, byRole]) {
    while (lanes.length > most) {
      const shared = share(lanes);
      if (shared.length === lanes.length) break;
      lanes = shared;
    }
  }
  lanes.sort((a, b) => rank(a.role) - rank(b.role) || byName(a.role, b.role) || byName(a.id, b.id));
  const of = new Map(lanes.flatMap((lane, at) => lane.nodes.map((node) => [node, at] as const)));
  return { lanes, of, laneHeight: Math.min(LANE_MAX, height / Math.max(1, lanes.length)) };
}

const rank = (role: string): number => (ORDER.includes(role) ? ORDER.indexOf(role) : 1.5);

type Zoned = Lane & { zone: string };

function byZone(lanes: readonly Zoned[]): Zoned[] {
  return shared(lanes, (lane) => `${lane.role} ${lane.zone}`, (lane) => (lane.zone === '' ? lane.role : `zone ${lane.zone}`));
}

function byRole(lanes: readonly Zoned[]): Zoned[] {
  return shared(lanes, (lane) => lane.role, (lane) => lane.role);
}

/** Lanes of the role with most of them, joined where the key is the same. */
function shared(lanes: readonly Zoned[], keyOf: (lane: Zoned) => string, nameOf: (lane: Zoned) => string): Zoned[] {
  const counts = new Map<string, number>();
  for (const { role } of lanes) counts.set(role, (counts.get(role) ?? 0) + 1);
  const role = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  const groups = new Map<string, Zoned[]>();
  for (const lane of lanes) if (lane.role === role) groups.set(keyOf(lane), [...(groups.get(keyOf(lane)) ?? []), lane]);
  const joined = [...groups.values()].map((group): Zoned => {
    if (group.length === 1) return group[0]!;
    const nodes = group.flatMap((lane) => lane.nodes);
    const name = nameOf(group[0]!);
    return { id: `${role} ${name}`, label: `${name}: ${nodes.length}`, role, nodes, zone: group[0]!.zone };
  });
  return [...lanes.filter((lane) => lane.role !== role), ...joined];
}
