import type { Colours } from '../map/colours';
import { paintCursor } from '../spacetime/paint_top';
import type { Bar, Point, Row } from './scene';

export interface OperationsPicture {
  width: number;
  top: number;
  rowHeight: number;
  rows: readonly Row[];
  bars: readonly Bar[];
  points: readonly (Point & { x: number; row: number })[];
  /** Join the points in their order: one key alone is shown. */
  joined: boolean;
  stuck: number | null;
  minimal: ReadonlySet<number>;
  hovered: number | null;
  selected: number | null;
  /** What to write on a bar, the longest first: the first that fits is taken. */
  textsOf: (bar: Bar) => readonly string[];
  nowX: number;
  live: boolean;
  bottom: number;
}

/** Above this many bars they are too thin for words. */
const PLAIN_ABOVE = 1200;

export function paintOperations(g: CanvasRenderingContext2D, colours: Colours, picture: OperationsPicture, height: number): void {
  g.clearRect(0, 0, picture.width, height);
  if (picture.bars.length > PLAIN_ABOVE) {
    paintMany(g, colours, picture);
    paintOrder(g, colours, picture);
    return paintCursor(g, colours, picture.nowX, picture.bottom, picture.width, picture.live);
  }
  // Bars without an end first: others of the same session lie on them.
  const sorted = [...picture.bars].sort((a, b) => Number(b.outcome === 'unknown') - Number(a.outcome === 'unknown'));
  for (const bar of sorted) paintBar(g, colours, picture, bar);
  paintOrder(g, colours, picture);
  paintCursor(g, colours, picture.nowX, picture.bottom, picture.width, picture.live);
}

/** One block a pixel and row: what has gone wrong wins, then what nobody knows. */
function paintMany(g: CanvasRenderingContext2D, colours: Colours, picture: OperationsPicture): void {
  const h = Math.max(4, Math.min(20, picture.rowHeight - 3));
  const ends = new Map<number, number>();
  for (const bar of picture.bars) {
    const illegal = bar.operation.seq === picture.stuck || picture.minimal.has(bar.operation.seq);
    const x = Math.max(0, bar.x0);
    const end = Math.min(picture.width, bar.outcome === 'unknown' ? bar.x0 + 3 : bar.x1);
    if (!illegal && bar.outcome === 'ok' && end <= (ends.get(bar.row) ?? -1)) continue;
    ends.set(bar.row, Math.ceil(end));
    g.fillStyle = illegal ? colours.bad : bar.outcome === 'ok' ? colours.client : colours['line-strong'];
    g.fillRect(x, picture.top + (bar.row + 0.5) * picture.rowHeight - h / 2, Math.max(illegal ? 3 : 1, end - x), h);
  }
}

function paintBar(g: CanvasRenderingContext2D, colours: Colours, picture: OperationsPicture, bar: Bar): void {
  const h = Math.max(4, Math.min(20, picture.rowHeight - 3));
  const y = picture.top + (bar.row + 0.5) * picture.rowHeight - h / 2;
  const x = Math.max(-6, bar.x0);
  const w = Math.max(3, Math.min(picture.width + 6, bar.x1) - x);
  const illegal = bar.operation.seq === picture.stuck;
  g.beginPath();
  g.roundRect(x, y, w, h, Math.min(4, h / 2));
  const hue = illegal || picture.minimal.has(bar.operation.seq) ? colours.bad : colours.client;
  g.strokeStyle = bar.outcome === 'unknown' && !illegal ? colours['line-strong'] : hue;
  g.lineWidth = 1.5;
  const filled = illegal || bar.outcome === 'ok';
  g.fillStyle = illegal ? colours.bad : bar.outcome === 'ok' ? colours.client : colours.surface;
  g.fill();
  if (bar.outcome === 'unknown') g.setLineDash([5, 4]);
  if (!filled || picture.minimal.has(bar.operation.seq)) g.stroke();
  g.setLineDash([]);
  if (bar.operation.seq === picture.hovered || bar.operation.seq === picture.selected) ring(g, colours, x, y, w, h);
  const from = Math.max(4, x + 6);
  const room = Math.min(picture.width, x + w) - from - 4 - (bar.outcome === 'failed' ? 12 : 0);
  if (bar.outcome === 'failed' && !illegal && w > 12) refusal(g, colours, x + w - 9, y + h / 2);
  if (h < 13 || room < 24) return;
  g.font = `500 12px ${colours['font-ui']}`;
  const shown = picture.textsOf(bar).find((text) => g.measureText(text).width <= room);
  if (shown === undefined) return;
  g.fillStyle = illegal ? colours['on-bad'] : filled ? colours['on-p2'] : bar.outcome === 'unknown' ? colours['ink-2'] : colours.ink;
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  g.fillText(shown, from, y + h / 2 + 0.5);
}

/** A definite no. */
function refusal(g: CanvasRenderingContext2D, colours: Colours, x: number, y: number): void {
  g.beginPath();
  g.moveTo(x - 3, y - 3);
  g.lineTo(x + 3, y + 3);
  g.moveTo(x + 3, y - 3);
  g.lineTo(x - 3, y + 3);
  g.strokeStyle = colours['ink-2'];
  g.lineWidth = 1.6;
  g.stroke();
}

function ring(g: CanvasRenderingContext2D, colours: Colours, x: number, y: number, w: number, h: number): void {
  g.strokeStyle = colours.ink;
  g.lineWidth = 2;
  g.beginPath();
  g.roundRect(x - 1.5, y - 1.5, w + 3, h + 3, 5);
  g.stroke();
}

/** A dot where each took effect, and for one key the way from one to the next. */
function paintOrder(g: CanvasRenderingContext2D, colours: Colours, picture: OperationsPicture): void {
  const yOf = (row: number) => picture.top + (row + 0.5) * picture.rowHeight;
  if (picture.joined) {
    g.beginPath();
    for (const { x, row } of picture.points) g.lineTo(x, yOf(row));
    g.strokeStyle = colours.surface;
    g.lineWidth = 3;
    g.stroke();
    g.strokeStyle = colours.ink;
    g.lineWidth = 1.2;
    g.stroke();
  }
  for (const { x, row } of picture.points) {
    if (x < -6 || x > picture.width + 6) continue;
    g.beginPath();
    g.arc(x, yOf(row), 3.6, 0, 2 * Math.PI);
    g.fillStyle = colours.ink;
    g.fill();
    g.strokeStyle = colours.surface;
    g.lineWidth = 1.5;
    g.stroke();
  }
}
