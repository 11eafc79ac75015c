/** What lies under the messages: lanes, faults, reigns, the axis. */
import { roundStep, tickText, type TimeScale } from '../../geometry/time_scale';
import type { Colours } from '../map/colours';
import type { Band, Row } from './bands';
import type { Lanes } from './lanes';
import { laneY } from './scene';

export const ROW = 16;
export const AXIS = 22;

export interface Reigning {
  lane: number;
  fromUs: number;
  toUs: number;
  /** It is the reign at the cursor. */
  now: boolean;
}

/** A stretch that no entries are here for. */
export interface Blank {
  fromUs: number;
  toUs: number;
  says: string;
}

export interface Ground {
  scale: TimeScale;
  /** What lasts is drawn up to here: the end of the log. */
  untilUs: number;
  lanes: Lanes;
  /** Height of the rows of faults, above the lanes. */
  top: number;
  height: number;
  bands: readonly Row<Band>[];
  reigns: readonly Reigning[];
  blanks: readonly Blank[];
  lit: ReadonlySet<number>;
  hovered: number;
  /** Heat stands on the lanes: reigns go along their upper edge. */
  dense?: boolean;
}

export function paintGround(g: CanvasRenderingContext2D, colours: Colours, ground: Ground): void {
  const { scale, height } = ground;
  g.clearRect(0, 0, scale.width, height);
  paintLanes(g, colours, ground);
  for (const { item } of ground.bands) shade(g, colours, ground, item);
  for (const reign of ground.reigns) paintReign(g, colours, ground, reign);
  for (const blank of ground.blanks) paintBlank(g, colours, ground, blank);
  paintTitles(g, colours, ground);
  paintAxis(g, colours, ground);
}

function paintLanes(g: CanvasRenderingContext2D, colours: Colours, { scale, lanes, top, lit, hovered }: Ground): void {
  for (let lane = 0; lane < lanes.lanes.length; lane++) {
    const y = top + laneY(lanes, lane);
    if (lit.has(lane) || lane === hovered) {
      g.fillStyle = colours[lit.has(lane) ? 'surface-3' : 'surface-2'];
      g.globalAlpha = 0.7;
      g.fillRect(0, y - lanes.laneHeight / 2, scale.width, lanes.laneHeight);
      g.globalAlpha = 1;
    }
    g.fillStyle = colours.link;
    g.fillRect(0, Math.round(y), scale.width, 1);
  }
}

/** The visible part of a stretch, or null. */
function clipped({ scale, untilUs }: Pick<Ground, 'scale' | 'untilUs'>, fromUs: number, toUs: number): [x: number, w: number] | null {
  const x0 = Math.max(-2, scale.toX(fromUs));
  const x1 = Math.min(scale.width + 2, scale.toX(Math.min(toUs, untilUs)));
  return x1 < 0 || x0 > scale.width ? null : [x0, Math.max(1.5, x1 - x0)];
}

function shade(g: CanvasRenderingContext2D, colours: Colours, ground: Ground, band: Band): void {
  const { lanes, top } = ground;
  const part = clipped(ground, band.fromUs, band.toUs);
  if (part === null) return;
  const [x, w] = part;
  const touched = new Set(band.nodes.flatMap((node) => lanes.of.get(node) ?? []));
  for (const lane of touched) {
    const h = lanes.laneHeight - 2;
    const y = top + laneY(lanes, lane) - h / 2;
    g.fillStyle = colours[band.manner === 'still' ? 'surface-3' : 'bad-soft'];
    g.fillRect(x, y, w, h);
    if (band.manner === 'off') hatch(g, colours.bad, x, y, w, h, 0.45);
    else if (band.manner === 'apart') edge(g, colours.bad, x, y, w, h);
  }
  for (const [src, dst] of band.links) {
    const [from, to] = [lanes.of.get(src), lanes.of.get(dst)];
    if (from === undefined || to === undefined) continue;
    const y = top + laneY(lanes, from) + Math.sign(to - from) * Math.min(6, lanes.laneHeight / 3);
    g.strokeStyle = colours.bad;
    g.lineWidth = 2;
    g.setLineDash([5, 3]);
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(x + w, y);
    g.stroke();
    g.setLineDash([]);
  }
}

function edge(g: CanvasRenderingContext2D, colour: string, x: number, y: number, w: number, h: number): void {
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.setLineDash([4, 3]);
  g.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
  g.setLineDash([]);
}

function hatch(g: CanvasRenderingContext2D, colour: string, x: number, y: number, w: number, h: number, alpha: number): void {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.beginPath();
  for (let at = Math.floor((x - h) / 8) * 8; at < x + w; at += 8) {
    g.moveTo(at, y + h);
    g.lineTo(at + h, y);
  }
  g.strokeStyle = colour;
  g.globalAlpha = alpha;
  g.lineWidth = 1.5;
  g.stroke();
  g.restore();
}

/** Gold is who leads: the reign at the cursor broad, the others thin. */
function paintReign(g: CanvasRenderingContext2D, colours: Colours, ground: Ground, reign: Reigning): void {
  const { lanes, top, dense } = ground;
  const part = clipped(ground, reign.fromUs, reign.toUs);
  if (part === null) return;
  const y = Math.round(top + laneY(lanes, reign.lane) - (dense ? lanes.laneHeight / 2 - 2 : 0));
  const half = reign.now ? 2 : 1;
  g.fillStyle = colours.accent;
  g.fillRect(part[0], y - half, part[1], 2 * half);
}

function paintBlank(g: CanvasRenderingContext2D, colours: Colours, ground: Ground, blank: Blank): void {
  const { lanes, top } = ground;
  const part = clipped(ground, blank.fromUs, blank.toUs);
  if (part === null) return;
  const [x, w] = part;
  const h = lanes.laneHeight * lanes.lanes.length;
  hatch(g, colours['line-strong'], x, top, w, h, 0.22);
  g.font = `500 12px ${colours['font-ui']}`;
  const width = g.measureText(blank.says).width;
  if (width + 24 > w) return;
  const [cx, cy] = [x + w / 2, top + h / 2];
  g.fillStyle = colours.surface;
  g.beginPath();
  g.roundRect(cx - width / 2 - 10, cy - 13, width + 20, 26, 6);
  g.fill();
  g.fillStyle = colours['ink-2'];
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillText(blank.says, cx, cy + 1);
}

/** Bars first, then their titles, which may stand beyond a short bar as long as nothing else is there. */
function paintTitles(g: CanvasRenderingContext2D, colours: Colours, ground: Ground): void {
  const { scale, bands } = ground;
  const parts = bands.flatMap(({ item, row }) => {
    const part = clipped(ground, item.fromUs, item.toUs);
    return part === null ? [] : [{ item, row, x: part[0], w: part[1] }];
  });
  for (const part of parts) paintBar(g, colours, part);
  g.font = `600 12px ${colours['font-ui']}`;
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  for (const { item, row, x, w } of parts) {
    const from = Math.max(4, x + 6);
    const next = Math.min(scale.width, ...parts.filter((other) => other.row === row && other.x > x).map((other) => other.x));
    const width = g.measureText(item.title).width;
    if (from + width > next - 4) continue;
    const inside = from + width <= x + w - 2;
    if (!inside && item.outside) continue;
    g.fillStyle = colours[item.outside ? 'on-bad' : 'bad'];
    g.fillText(item.title, from, row * ROW + ROW / 2 + 1);
  }
}

function paintBar(g: CanvasRenderingContext2D, colours: Colours, { item, row, x, w }: { item: Band; row: number; x: number; w: number }): void {
  const y = row * ROW + 2;
  const h = ROW - 3;
  g.fillStyle = colours[item.outside ? 'bad' : 'bad-soft'];
  g.fillRect(x, y, w, h);
  g.fillStyle = colours.bad;
  g.fillRect(x, y, Math.min(2, w), h);
}

function paintAxis(g: CanvasRenderingContext2D, colours: Colours, { scale, top, lanes, height }: Ground): void {
  const bottom = Math.min(height - AXIS, top + lanes.laneHeight * lanes.lanes.length);
  const y = height - AXIS;
  g.font = `400 12px ${colours['font-data']}`;
  g.textBaseline = 'middle';
  g.textAlign = 'center';
  const step = roundStep(scale.toUs - scale.fromUs, Math.max(2, scale.width / 96));
  for (let us = Math.max(0, Math.ceil(scale.fromUs / step) * step); us <= scale.toUs; us += step) {
    const x = Math.round(scale.toX(us));
    g.fillStyle = colours.line;
    g.fillRect(x, top, 1, bottom - top);
    const text = tickText(us, step, scale.toUs);
    const half = g.measureText(text).width / 2;
    if (x - half < 2 || x + half > scale.width - 2) continue;
    g.fillStyle = colours['ink-3'];
    g.fillText(text, x, y + AXIS / 2 + 1);
  }
}
