/** What lies above the messages: those under way, the causal cone, what is selected, the cursor. */
import type { Colours } from '../map/colours';
import type { Look } from '../map/kinds';
import type { Lanes } from './lanes';
import { AXIS } from './paint_ground';
import { paintArrows } from './paint_weft';
import { laneY, type Arrow, type View } from './scene';
import type { Step } from './causal';

export interface Lit {
  past: readonly Step[];
  future: readonly Step[];
  /** The arrow or place that all of it is about. */
  arrows: readonly Arrow[];
  spots: readonly { x: number; lane: number }[];
}

export interface Top {
  view: View;
  top: number;
  height: number;
  flying: readonly Arrow[];
  looks: readonly Look[];
  lit: Lit | null;
  /** Selected: rings and arrows without dimming the rest. */
  chosen: Lit | null;
  nowUs: number;
  live: boolean;
  hoverX: number | null;
}

export function paintTop(g: CanvasRenderingContext2D, colours: Colours, top: Top): void {
  const { view, height } = top;
  const { width } = view.scale;
  g.clearRect(0, 0, width, height);
  const bottom = height - AXIS;
  const x = view.scale.toX(top.nowUs);
  g.save();
  g.translate(0, top.top);
  paintArrows(g, colours, top.looks, top.flying, top.flying.length);
  g.restore();
  if (!top.live && x < width) {
    g.fillStyle = colours.surface;
    g.globalAlpha = 0.5;
    g.fillRect(Math.max(0, x), 0, width, bottom);
    g.globalAlpha = 1;
  }
  if (top.lit !== null) {
    g.fillStyle = colours.surface;
    g.globalAlpha = 0.66;
    g.fillRect(0, top.top, width, bottom - top.top);
    g.globalAlpha = 1;
  }
  g.save();
  g.translate(0, top.top);
  if (top.chosen !== null) paintLit(g, colours, top, top.chosen);
  if (top.lit !== null) paintLit(g, colours, top, top.lit);
  g.restore();
  if (top.hoverX !== null) {
    g.fillStyle = colours['ink-3'];
    g.fillRect(Math.round(top.hoverX), bottom - 4, 1, 8);
  }
  paintCursor(g, colours, x, bottom, width, top.live);
}

function paintLit(g: CanvasRenderingContext2D, colours: Colours, { view, looks }: Top, lit: Lit): void {
  steps(g, colours, view, lit.future, [5, 3], 1.6);
  steps(g, colours, view, lit.past, [], 2.4);
  paintArrows(g, colours, looks, lit.arrows, 1);
  g.strokeStyle = colours.ink;
  g.lineWidth = 2;
  for (const { x, lane } of lit.spots) {
    if (lane < 0 || x < -10 || x > view.scale.width + 10) continue;
    g.beginPath();
    g.arc(x, laneY(view.lanes, lane), 7, 0, 2 * Math.PI);
    g.stroke();
  }
}

function steps(g: CanvasRenderingContext2D, colours: Colours, view: View, all: readonly Step[], dash: number[], width: number): void {
  g.strokeStyle = colours.ink;
  g.lineCap = 'round';
  g.lineWidth = width;
  g.setLineDash(dash);
  g.beginPath();
  const ends: [number, number][] = [];
  for (const step of all) {
    const [from, to] = [view.laneOf[step.fromNode] ?? -1, view.laneOf[step.toNode] ?? -1];
    if (from < 0 || to < 0) continue;
    const [x0, x1] = [view.scale.toX(step.fromUs), view.scale.toX(step.toUs)];
    if (x1 < -20 || x0 > view.scale.width + 20) continue;
    const [y0, y1] = [laneY(view.lanes, from), laneY(view.lanes, to)];
    // Far off the paper is no nearer than just off it.
    const x = Math.max(-3000, x0);
    const y = x === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
    g.moveTo(x, y);
    g.lineTo(Math.min(x1, view.scale.width + 3000), y1);
    ends.push([x1, y1]);
  }
  g.stroke();
  g.setLineDash([]);
  g.lineCap = 'butt';
  if (ends.length > 300) return;
  g.fillStyle = colours.ink;
  for (const [x, y] of ends) {
    g.beginPath();
    g.arc(x, y, width + 0.4, 0, 2 * Math.PI);
    g.fill();
  }
}

/** The moment that the page shows: a line through all, a knob on the axis, in the accent while it is live. */
export function paintCursor(g: CanvasRenderingContext2D, colours: Colours, x: number, bottom: number, width: number, live: boolean): void {
  if (x < -8 || x > width + 8) return;
  g.strokeStyle = colours.ink;
  g.lineWidth = 1.5;
  g.beginPath();
  g.moveTo(x, 0);
  g.lineTo(x, bottom);
  g.stroke();
  g.beginPath();
  g.arc(x, bottom + 1, 5, 0, 2 * Math.PI);
  g.fillStyle = live ? colours.accent : colours.surface;
  g.fill();
  g.lineWidth = 1.8;
  g.stroke();
}

export const laneAt = (lanes: Lanes, y: number): number => {
  const lane = Math.floor(y / lanes.laneHeight);
  return lane >= 0 && lane < lanes.lanes.length ? lane : -1;
};
