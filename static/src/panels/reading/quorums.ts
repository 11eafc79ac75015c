/** Who counts, and how many are enough: the configurations of the log as the picture tells them. Pure. */
import { byName, list, majority, nodesOf, number, text, type Entities } from './picture';

export interface Configuration {
  number: number;
  members: readonly string[];
  /** Promises that a campaign needs, and votes that a slot needs. */
  q1: number;
  q2: number;
  /** The first slot that it governs. */
  fromSlot: number;
}

const KIND = 'configuration';

function memberName(member: unknown): string {
  return Array.isArray(member) ? text(member[0]) : text(member);
}

/** Every configuration known at this moment, by first slot; without any told, all storage nodes and plain majorities. */
export function configurationsOf(picture: Entities): Configuration[] {
  const found = new Map<number, Configuration>();
  for (const fields of picture.kind(KIND).values()) {
    const members = list(fields.members).map(memberName).sort(byName);
    if (members.length === 0) continue;
    const most = majority(members.length);
    const one = {
      number: number(fields.number), members, q1: number(fields.q1) || most, q2: number(fields.q2) || most, fromSlot: number(fields.from_slot),
    };
    found.set(one.number, one);
  }
  if (found.size === 0) return [plain(nodesOf(picture, 'storage'))];
  return [...found.values()].sort((a, b) => a.fromSlot - b.fromSlot || a.number - b.number);
}

function plain(nodes: readonly string[]): Configuration {
  const most = majority(nodes.length);
  return { number: 0, members: nodes, q1: most, q2: most, fromSlot: 0 };
}

/** The one whose members vote in this slot. */
export function governing(configurations: readonly Configuration[], slot: number): Configuration {
  return configurations.findLast((one) => one.fromSlot <= slot) ?? configurations[0]!;
}
