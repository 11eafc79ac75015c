/** Why an election waits: acceptors that have granted a lease promise nothing until it ends. Pure. */
import type { Landmark } from '../../history/types';
import { listText, spanText, ui } from '../../words';
import { byName, leaderOf, number, text, type Entities } from '../reading/picture';

/** No lease is granted for longer. */
const LOOKED_BACK = 200;

export interface Wait {
  nodes: string[];
  untilUs: number;
}

/** Those that hold an election up at this moment; null while somebody leads, or nobody does. */
export function waitOf(picture: Entities, landmarks: readonly Landmark[], nowUs: number): Wait | null {
  if (leaderOf(picture)?.ready === true) return null;
  const nodes = new Set<string>();
  let untilUs = 0;
  for (let at = landmarks.length - 1; at >= Math.max(0, landmarks.length - LOOKED_BACK); at--) {
    const { tag, atUs, fields } = landmarks[at]!;
    const endUs = atUs + number(fields.rest_us);
    if (tag !== 'prepare-deferred' || atUs > nowUs || endUs <= nowUs) continue;
    if (text(picture.get('node', text(fields.node))?.state) !== 'up') continue;
    nodes.add(text(fields.node));
    untilUs = Math.max(untilUs, endUs);
  }
  return nodes.size === 0 ? null : { nodes: [...nodes].sort(byName), untilUs };
}

/** "s1 and s2 promise nothing for 1.2 s more: a lease that they granted is in force" */
export function waitText({ nodes, untilUs }: Wait, nowUs: number): string {
  return ui(nodes.length === 1 ? 'election-waits-one' : 'election-waits', { nodes: listText(nodes), span: spanText(untilUs - nowUs) });
}
