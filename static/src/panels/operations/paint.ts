import type { Colours } from '../map/colours';
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
  textOf: (bar: Bar) => string;
  nowX: number;
  live: boolean;
  bottom: number;
}

export function paintOperations(g: CanvasRenderingContext2D, colours: Colours, picture: OperationsPicture, height: number): void {
  g.clearRect(0, 0, picture.width, height);
  // Bars without an end first: others of the same session lie on them.
  const sorted = [...picture.bars].sort((a, b) => Number(b.outcome === 'unknown') - Number(a.outcome === 'unknown'));
  for (const bar of sorted) paintBar(g, colours, picture, bar);
  paintOrder(g, colours, picture);
  paintNow(g, colours, picture);
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
  const text = picture.textOf(bar);
  const from = Math.max(4, x + 6);
  const room = Math.min(picture.width, x + w) - from - 4;
  if (h < 13 || room < 24) return;
  g.font = `500 12px ${colours['font-ui']}`;
  const shown = fitting(g, text, room);
  if (shown === '') return;
  g.fillStyle = illegal ? colours['on-bad'] : filled ? colours['on-p2'] : bar.outcome === 'unknown' ? colours['ink-2'] : colours.ink;
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  g.fillText(shown, from, y + h / 2 + 0.5);
}

function ring(g: CanvasRenderingContext2D, colours: Colours, x: number, y: number, w: number, h: number): void {
  g.strokeStyle = colours.ink;
  g.lineWidth = 2;
  g.beginPath();
  g.roundRect(x - 1.5, y - 1.5, w + 3, h + 3, 5);
  g.stroke();
}

/** Whole words of it, as many as there is room for. */
function fitting(g: CanvasRenderingContext2D, text: string, room: number): string {
  const words = text.split(' ');
  while (words.length > 0) {
    const shown = words.join(' ');
    if (g.measureText(shown).width <= room) return shown;
    words.pop();
  }
  return '';
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

function paintNow(g: CanvasRenderingContext2D, colours: Colours, { nowX, bottom, live, width }: OperationsPicture): void {
  if (nowX < -8 || nowX > width + 8) return;
  g.strokeStyle = colours.ink;
  g.lineWidth = 1.5;
  g.beginPath();
  g.moveTo(nowX, 0);
  g.lineTo(nowX, bottom);
  g.stroke();
  g.beginPath();
  g.arc(nowX, bottom + 1, 5, 0, 2 * Math.PI);
  g.fillStyle = live ? colours.accent : colours.surface;
  g.fill();
  g.lineWidth = 1.8;
  g.stroke();
}
