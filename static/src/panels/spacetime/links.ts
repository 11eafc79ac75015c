/** From what is selected elsewhere on the page to the entries of the diagram. Pure. */
import { FIELDS } from '../../wire/events.gen';
import type { Timeline } from '../../history/timeline';
import type { Target } from './chart.svelte';
import type { Lanes } from './lanes';
import { CHUNK, type Weave } from './weave';

/** The message with this id, if the weave knows it. */
export function targetOf(weave: Weave, id: number): Target | null {
  for (const chunk of weave.chunks.values()) {
    for (let i = 0; i < chunk.messages; i++) if (chunk.id[i] === id) return { message: chunk.no * CHUNK + i };
  }
  return null;
}

/** Where an event's fields say which slot it is about. */
const SLOT_AT = new Map(Object.entries(FIELDS).flatMap(([tag, names]) => (names.includes('slot') ? [[tag, names.indexOf('slot') + 1] as const] : [])));

/** Entries in memory about a slot, the decision first. */
export function slotSeqs(timeline: Pick<Timeline, 'runs' | 'entry'>, slot: number): number[] {
  const found: number[] = [];
  for (const run of timeline.runs()) {
    for (let seq = run.first; seq <= run.last; seq++) {
      const event = timeline.entry(seq)?.[3];
      const at = event === undefined ? undefined : SLOT_AT.get(event[0]);
      if (at === undefined || event![at] !== slot) continue;
      if (event![0].endsWith('-chosen')) found.unshift(seq);
      else found.push(seq);
    }
  }
  return found;
}

/** The machine whose lane it is, when it is one's alone. */
export function nodeOfLane(lanes: Lanes, lane: number): string | null {
  const nodes = lanes.lanes[lane]?.nodes;
  return nodes?.length === 1 ? nodes[0]! : null;
}
