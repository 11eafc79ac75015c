/** Whether a storage machine votes, and what changes that. Pure. */
import { list, text, type Entities } from '../reading/picture';
import { configurationsOf } from '../reading/quorums';
import type { Command } from '../../wire/socket';
import { ui } from '../../words';

export interface SeatAct {
  label: string;
  command: Command;
}

/** The change of the group that there is for this machine; none where the log knows no configurations. */
export function seatAct(picture: Entities, node: string): SeatAct | undefined {
  const told = [...picture.kind('configuration').values()].some((fields) => list(fields.members).length > 0);
  if (!told || text(picture.get('node', node)?.role) !== 'storage') return undefined;
  const votes = configurationsOf(picture).at(-1)!.members.includes(node);
  return { label: ui(votes ? 'act-remove-replica' : 'act-add-replica'), command: { type: votes ? 'remove-replica' : 'add-replica', node } };
}
