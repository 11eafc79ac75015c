/** Messages and marks: arrows, or heat where there are too many of them. */
import type { Colours } from '../map/colours';
import { drawCross, drawGlyph } from '../map/glyphs';
import type { Look } from '../map/kinds';
import { COLUMN_PX, HUES, laneY, type Arrow, type Heat, type Mark } from './scene';
import type { Lanes } from './lanes';
import { SHAPES } from './shapes';
import { Kind, State } from './weave';

/** Up to this many arrows carry their glyph; up to the next, a head. */
const GLYPHS_MOST = 160;
const HEADS_MOST = 1400;

/** All of one look in one stroke: that is what makes thousands of them cheap. */
export function paintArrows(g: CanvasRenderingContext2D, colours: Colours, looks: readonly Look[], arrows: readonly Arrow[], inView = arrows.length): void {
  const byLook = new Map<number, Arrow[]>();
  for (const arrow of arrows) {
    const key = arrow.look * 2 + (arrow.state === State.Dropped ? 1 : 0);
    const group = byLook.get(key);
    if (group === undefined) byLook.set(key, [arrow]);
    else group.push(arrow);
  }
  const fine = inView > HEADS_MOST;
  for (const [key, group] of byLook) {
    const look = looks[key >> 1]!;
    g.strokeStyle = colours[look.hue];
    g.globalAlpha = (key & 1) === 1 ? 0.55 : look.faint ? (fine ? 0.4 : 0.6) : fine ? 0.75 : 0.95;
    g.lineWidth = look.faint ? 1 : 1.4;
    g.setLineDash(look.hollow && !fine ? [2.5, 2.5] : []);
    g.beginPath();
    for (const { x0, y0, x1, y1 } of group) {
      g.moveTo(x0, y0);
      g.lineTo(x1, y1);
    }
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
    if (!fine) paintHeads(g, colours, look, group);
    if (inView <= GLYPHS_MOST) for (const arrow of group) paintGlyph(g, colours, look, arrow);
  }
  for (const arrow of arrows) if (arrow.state === State.Dropped) paintDeath(g, colours, arrow, fine ? 2.6 : 4);
}

function paintHeads(g: CanvasRenderingContext2D, colours: Colours, look: Look, group: readonly Arrow[]): void {
  g.beginPath();
  for (const { x0, y0, x1, y1, state } of group) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 9 || state === State.Dropped || state === State.Flying) continue;
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    g.moveTo(x1, y1);
    g.lineTo(x1 - 6 * ux + 2.6 * uy, y1 - 6 * uy - 2.6 * ux);
    g.lineTo(x1 - 6 * ux - 2.6 * uy, y1 - 6 * uy + 2.6 * ux);
    g.closePath();
  }
  g.fillStyle = look.hollow ? colours.surface : colours[look.hue];
  g.fill();
  if (!look.hollow) return;
  g.lineWidth = 1;
  g.stroke();
}

function paintGlyph(g: CanvasRenderingContext2D, colours: Colours, look: Look, { x0, y0, x1, y1, state }: Arrow): void {
  if (look.faint || Math.hypot(x1 - x0, y1 - y0) < 34) return;
  g.save();
  const share = state === State.Flying ? 1 : 0.5;
  g.translate(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
  drawGlyph(g, colours, look, 9, Math.atan2(y1 - y0, x1 - x0));
  g.restore();
}

function paintDeath(g: CanvasRenderingContext2D, colours: Colours, { x1, y1 }: Arrow, half: number): void {
  g.save();
  g.translate(x1, y1);
  drawCross(g, colours, half);
  g.restore();
}

export function paintMarks(g: CanvasRenderingContext2D, colours: Colours, lanes: Lanes, marks: readonly Mark[]): void {
  g.fillStyle = colours['ink-3'];
  for (const { kind, lane, x } of marks) if (kind === Kind.Minor && lane >= 0) g.fillRect(x - 0.5, laneY(lanes, lane) - 3, 1, 6);
  g.fillStyle = colours.p2;
  g.strokeStyle = colours.surface;
  g.lineWidth = 1;
  for (const { kind, lane, x } of marks) {
    if (kind !== Kind.Decided || lane < 0) continue;
    const y = laneY(lanes, lane);
    g.fillRect(x - 3.5, y - 3.5, 7, 7);
    g.strokeRect(x - 3.5, y - 3.5, 7, 7);
  }
  for (const { kind, lane, x, shape } of marks) if (kind === Kind.Mark && lane >= 0) paintMark(g, colours, x, laneY(lanes, lane), SHAPES[shape - 1] ?? 'dot');
}

const CROWN = [[-7, 4], [-8, -4], [-4, -1], [0, -6], [4, -1], [8, -4], [7, 4]] as const;

function paintMark(g: CanvasRenderingContext2D, colours: Colours, x: number, y: number, shape: string): void {
  g.save();
  g.translate(x, y);
  g.lineWidth = 2;
  g.lineJoin = 'round';
  g.strokeStyle = colours.surface;
  if (shape === 'leader') {
    g.beginPath();
    for (const [cx, cy] of CROWN) g.lineTo(cx, cy);
    g.closePath();
    g.stroke();
    g.fillStyle = colours['accent-ink'];
    g.fill();
  } else if (shape === 'campaign') {
    g.beginPath();
    g.moveTo(7, 0);
    g.lineTo(-5, -5.5);
    g.lineTo(-5, 5.5);
    g.closePath();
    g.stroke();
    g.fillStyle = colours.p1;
    g.fill();
  } else if (shape === 'down' || shape === 'refused' || shape === 'bad') {
    drawCross(g, colours, 4.5);
  } else {
    g.beginPath();
    g.arc(0, 0, shape === 'up' || shape === 'paused' ? 4.5 : 3.2, 0, 2 * Math.PI);
    g.fillStyle = shape === 'up' ? colours.surface : colours['ink-2'];
    g.stroke();
    g.fill();
    if (shape === 'up') {
      g.strokeStyle = colours['ink-2'];
      g.stroke();
    }
  }
  g.restore();
}

/** Columns `from` to `to`, each lane a small chart of its own, stacked by hue. */
export function paintHeat(g: CanvasRenderingContext2D, colours: Colours, lanes: Lanes, heat: Heat, scaleMost: number, from = 0, to = heat.columns): void {
  const height = lanes.laneHeight * 0.84;
  const perCount = height / Math.log2(1 + scaleMost);
  const depth = HUES.length;
  const rects: number[][] = HUES.map(() => []);
  for (let column = from; column < to; column++) {
    for (let lane = 0; lane < heat.lanes; lane++) {
      const base = (column * heat.lanes + lane) * depth;
      let sum = 0;
      for (let hue = 0; hue < depth; hue++) sum += heat.counts[base + hue]!;
      if (sum === 0) continue;
      const full = Math.max(1.5, Math.log2(1 + sum) * perCount);
      let y = laneY(lanes, lane) + height / 2;
      for (let hue = 0; hue < depth; hue++) {
        const count = heat.counts[base + hue]!;
        if (count === 0) continue;
        const h = Math.max(1, (full * count) / sum);
        rects[hue]!.push(column * COLUMN_PX, y - h, h);
        y -= h;
      }
    }
  }
  HUES.forEach((hue, at) => {
    g.fillStyle = colours[hue];
    g.globalAlpha = hue === 'beat' ? 0.7 : 1;
    const mine = rects[at]!;
    for (let i = 0; i < mine.length; i += 3) g.fillRect(mine[i]!, mine[i + 1]!, COLUMN_PX, mine[i + 2]!);
  });
  g.globalAlpha = 1;
}
