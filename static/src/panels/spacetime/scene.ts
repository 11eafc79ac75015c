/** What the diagram shows of a weave in a window: arrows while they can be told apart, heat where there are too many. Pure. */
import type { TimeScale } from '../../geometry/time_scale';
import { CHUNK, Kind, State, type Chunk, type Weave } from './weave';
import type { Lanes } from './lanes';

/** Above this many messages a pixel they are drawn as heat, below the lower one as arrows again. */
const HEAT_ABOVE = 3.2;
const ARROWS_BELOW = 2.5;
/** So few are never a crowd. */
const FEW = 240;
export const COLUMN_PX = 2;

export interface View {
  scale: TimeScale;
  lanes: Lanes;
  /** Lane of a node, by the weave's number; -1 where it has none. */
  laneOf: Int16Array;
  /** Looks that are hidden, by the weave's number. */
  hidden: Uint8Array;
}

export function viewOf(weave: Weave, scale: TimeScale, lanes: Lanes, hiddenFamilies: ReadonlySet<string>): View {
  const laneOf = Int16Array.from(weave.names, (name) => lanes.of.get(name) ?? -1);
  const hidden = Uint8Array.from(weave.looks, (look) => (hiddenFamilies.has(look.family) ? 1 : 0));
  return { scale, lanes, laneOf, hidden };
}

export const laneY = (lanes: Lanes, lane: number): number => (lane + 0.5) * lanes.laneHeight;

/** Messages that are under way at some moment of the window. */
export function countWithin(weave: Weave, fromUs: number, toUs: number): number {
  let count = 0;
  for (const chunk of weave.within(fromUs, toUs)) {
    if (chunk.fromUs >= fromUs && chunk.endMaxUs <= toUs) count += chunk.messages;
    else for (let i = 0; i < chunk.messages; i++) if (chunk.sentUs[i]! <= toUs && chunk.endUs[i]! >= fromUs) count++;
  }
  return count;
}

/** px: the width of paper that the log takes up. */
export function isDense(count: number, px: number, before: boolean): boolean {
  return count > Math.max(FEW, px * (before ? ARROWS_BELOW : HEAT_ABOVE));
}

/** One message on paper; `x1`, `y1` is where it ended, or would. */
export interface Arrow {
  position: number;
  look: number;
  state: State;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export function arrowOf(view: View, chunk: Chunk, i: number): Arrow | null {
  const from = view.laneOf[chunk.src[i]!] ?? -1;
  const to = view.laneOf[chunk.dst[i]!] ?? -1;
  const look = chunk.look[i]!;
  if (from < 0 || to < 0 || view.hidden[look] === 1) return null;
  const [y0, yEnd] = [laneY(view.lanes, from), laneY(view.lanes, to)];
  const [sentUs, endUs, state] = [chunk.sentUs[i]!, chunk.endUs[i]!, chunk.state[i]! as State];
  // One that died on its way ends where it was.
  const whole = chunk.planUs[i]! - sentUs;
  const share = state === State.Dropped && whole > 0 ? Math.min(1, Math.max(0, (endUs - sentUs) / whole)) : 1;
  return {
    position: chunk.no * CHUNK + i, look, state,
    x0: view.scale.toX(sentUs), y0, x1: view.scale.toX(endUs), y1: y0 + (yEnd - y0) * share,
  };
}

/** The arrows that touch a stretch of time, ended ones only. */
export function arrowsWithin(weave: Weave, view: View, fromUs: number, toUs: number): Arrow[] {
  const arrows: Arrow[] = [];
  for (const chunk of weave.within(fromUs, toUs)) {
    for (let i = 0; i < chunk.messages; i++) {
      if (chunk.sentUs[i]! > toUs || chunk.endUs[i]! < fromUs || chunk.state[i] === State.Flying) continue;
      const arrow = arrowOf(view, chunk, i);
      if (arrow !== null) arrows.push(arrow);
    }
  }
  return arrows;
}

/** Those still under way at a time, drawn as far as they have come. */
export function flyingAt(weave: Weave, view: View, nowUs: number): Arrow[] {
  const arrows: Arrow[] = [];
  for (const position of weave.open) {
    const chunk = weave.chunkOf(position);
    if (chunk === undefined) continue;
    const i = position % CHUNK;
    if (chunk.state[i] !== State.Flying || chunk.sentUs[i]! > nowUs) continue;
    const arrow = arrowOf(view, chunk, i);
    if (arrow === null) continue;
    const whole = chunk.planUs[i]! - chunk.sentUs[i]!;
    const share = whole <= 0 ? 1 : Math.min(1, (nowUs - chunk.sentUs[i]!) / whole);
    arrow.y1 = arrow.y0 + (arrow.y1 - arrow.y0) * share;
    arrow.x1 = view.scale.toX(nowUs);
    if (arrow.x1 >= 0) arrows.push(arrow);
  }
  return arrows;
}

export interface Mark {
  seq: number;
  x: number;
  /** -1: about no machine in particular. */
  lane: number;
  kind: Kind.Minor | Kind.Mark | Kind.Decided;
  shape: number;
}

/** What happened on the lanes, messages aside. Minor things only where there is room for them. */
export function marksWithin(weave: Weave, view: View, fromUs: number, toUs: number, minor: boolean): Mark[] {
  const marks: Mark[] = [];
  for (const chunk of weave.within(fromUs, toUs)) {
    const count = minor ? CHUNK : chunk.marks.length;
    for (let n = 0; n < count; n++) {
      const at = minor ? n : chunk.marks[n]!;
      const kind = chunk.kind[at]!;
      if (kind < Kind.Minor) continue;
      const us = chunk.atUs[at]!;
      if (us < fromUs || us > toUs) continue;
      const lane = chunk.place[at]! < 0 ? -1 : (view.laneOf[chunk.place[at]!] ?? -1);
      marks.push({ seq: chunk.no * CHUNK + at, x: view.scale.toX(us), lane, kind: kind as Mark['kind'], shape: chunk.shape[at]! });
    }
  }
  return marks;
}

/** Hues in the order in which a column stacks them, the bad news on top. */
export const HUES = ['beat', 'kube', 'client', 'p2', 'p1', 'bad'] as const;

export interface Heat {
  columns: number;
  lanes: number;
  /** [column][lane][hue]: messages sent by the lane in the column; lost ones count as bad where they were to arrive. */
  counts: Uint16Array;
  /** The largest sum of one column of one lane. */
  most: number;
}

/** One pass over the messages in view; 100,000 of them take some milliseconds. */
export function heatOf(weave: Weave, view: View, fromUs: number, toUs: number): Heat {
  const { scale, lanes } = view;
  const columns = Math.ceil(scale.width / COLUMN_PX);
  const count = lanes.lanes.length;
  const counts = new Uint16Array(columns * count * HUES.length);
  const hueOf = Uint8Array.from(weave.looks, (look) => HUES.indexOf(look.hue));
  const perUs = columns / (scale.toUs - scale.fromUs);
  for (const chunk of weave.within(fromUs, toUs)) {
    const { src, dst, look, state, sentUs, endUs, messages } = chunk;
    for (let i = 0; i < messages; i++) {
      if (view.hidden[look[i]!] === 1) continue;
      add(Math.floor((sentUs[i]! - scale.fromUs) * perUs), view.laneOf[src[i]!]!, hueOf[look[i]!]!);
      if (state[i] === State.Dropped) add(Math.floor((endUs[i]! - scale.fromUs) * perUs), view.laneOf[dst[i]!]!, HUES.length - 1);
    }
  }
  return { columns, lanes: count, counts, most: mostOf(counts) };

  function add(column: number, lane: number, hue: number): void {
    if (column < 0 || column >= columns || lane < 0) return;
    counts[(column * count + lane) * HUES.length + hue]!++;
  }
}

function mostOf(counts: Uint16Array): number {
  let most = 0;
  for (let at = 0; at < counts.length; at += HUES.length) {
    let sum = 0;
    for (let hue = 0; hue < HUES.length; hue++) sum += counts[at + hue]!;
    if (sum > most) most = sum;
  }
  return most;
}

export type Hit = { message: number } | { seq: number } | null;

/** What is under the pointer: a mark first, else the nearest arrow. */
export function hitAt(weave: Weave, view: View, x: number, y: number, nowUs: number, reach = 6): Hit {
  const usReach = (reach / view.scale.width) * (view.scale.toUs - view.scale.fromUs);
  const us = view.scale.usAt(x);
  let best: Hit = null;
  let away = reach;
  for (const mark of marksWithin(weave, view, us - usReach, us + usReach, true)) {
    if (mark.lane < 0) continue;
    const d = Math.hypot(mark.x - x, laneY(view.lanes, mark.lane) - y) + (mark.kind === Kind.Minor ? 1.5 : 0);
    if (d < away) [best, away] = [{ seq: mark.seq }, d];
  }
  if (best !== null) return best;
  const near = [...arrowsWithin(weave, view, us - usReach, us + usReach), ...flyingAt(weave, view, nowUs)];
  for (const arrow of near) {
    const d = toSegment(x, y, arrow);
    if (d < away) [best, away] = [{ message: arrow.position }, d];
  }
  return best;
}

function toSegment(x: number, y: number, { x0, y0, x1, y1 }: Arrow): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
  return Math.hypot(x - x0 - share * dx, y - y0 - share * dy);
}

/** The time of a message under the pointer: a click puts the cursor there, while it flies. */
export function momentOf(weave: Weave, position: number, us: number): number {
  const chunk = weave.chunkOf(position)!;
  const i = position % CHUNK;
  return Math.round(Math.min(Math.max(us, chunk.sentUs[i]!), Math.max(chunk.sentUs[i]!, chunk.endUs[i]! - 1)));
}
