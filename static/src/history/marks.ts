/** Landmarks and reigns: what of a log is known without its entries. */
import { fieldsOf } from './entry';
import type { Keyframe, Reign, Wire } from './types';

/** Stands in for whoever led before this page had heard. */
export const UNKNOWN_LEADER = '?';

export function reignOf(entry: Wire): Reign {
  return { seq: entry[0], atUs: entry[1], leader: String(fieldsOf(entry[3]).leader ?? '') };
}

/** Until the past is known, the picture itself says who leads now and since when; before that nothing is claimed. */
export function reignsSeen(keyframe: Keyframe): Reign[] {
  const tally = keyframe.view.tally?.leadership;
  if (keyframe.seq <= 0 || tally === undefined) return [];
  const sinceUs = typeof tally.since_us === 'number' ? tally.since_us : null;
  return [
    { seq: -1, atUs: 0, leader: UNKNOWN_LEADER },
    { seq: -1, atUs: sinceUs ?? keyframe.at_us, leader: sinceUs === null ? '' : String(tally.leader ?? '') },
  ];
}

export function followedBy<T extends { seq: number }>(past: readonly T[], since: readonly T[]): T[] {
  const last = past.at(-1)?.seq ?? -1;
  return [...past, ...since.filter((one) => one.seq > last)];
}
