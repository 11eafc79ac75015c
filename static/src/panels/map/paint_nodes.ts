import type { Rect } from '../../geometry/plane';
import type { NodeView } from './cluster';
import type { Colours } from './colours';
import { drawCrown } from './glyphs';
import type { NodePlace } from './layout';

export interface NodeMarks {
  selected: boolean;
  hover: boolean;
}

interface Brush {
  g: CanvasRenderingContext2D;
  colours: Colours;
  unit: number;
  compact: boolean;
}

export function paintNode(brush: Brush, place: NodePlace, view: NodeView, marks: NodeMarks): void {
  const { g } = brush;
  g.save();
  g.translate(place.x, place.y);
  g.lineCap = 'butt';
  if (marks.hover) softBehind(brush, place);
  if (marks.selected) frame(brush, place);
  if (place.shape === 'disc') disc(brush, place, view);
  else if (place.shape === 'box') computeBox(brush, place, view);
  else if (place.shape === 'square') squareNode(brush, place, view);
  else pill(brush, place, view);
  g.restore();
}

function outline(g: CanvasRenderingContext2D, place: NodePlace, grow: number, unit: number): void {
  g.beginPath();
  if (place.shape === 'disc') g.arc(0, 0, place.w / 2 + grow, 0, 2 * Math.PI);
  else {
    const corner = place.shape === 'pill' ? place.h / 2 : place.shape === 'box' ? 8 * unit : Math.min(3, place.w / 4);
    g.roundRect(-place.w / 2 - grow, -place.h / 2 - grow, place.w + 2 * grow, place.h + 2 * grow, corner + grow);
  }
}

function softBehind({ g, colours, unit }: Brush, place: NodePlace): void {
  outline(g, place, place.shape === 'square' ? 3 : 6 * unit, unit);
  g.fillStyle = colours['surface-3'];
  g.fill();
}

function frame({ g, colours, unit }: Brush, place: NodePlace): void {
  outline(g, place, place.shape === 'square' ? 3 : place.shape === 'disc' ? 7.5 * unit : 5 * unit, unit);
  g.strokeStyle = colours.ink;
  g.lineWidth = 2.2 * Math.sqrt(unit);
  g.stroke();
}

function disc(brush: Brush, place: NodePlace, view: NodeView): void {
  const { g, colours, unit } = brush;
  const radius = place.w / 2;
  if (view.leader && view.health === 'up') {
    fillAndLine(brush, place, colours.accent, colours['accent-ink'], 2.2);
    drawCrown(g, colours['accent-ink'], 0, -radius - 16.5 * unit, 1.2 * unit);
  } else if (view.health === 'down') {
    fillAndLine(brush, place, colours.bg, colours.bad, 2.4, [2.6, 4.6]);
    cross(brush, 16.5);
  } else if (view.health === 'paused') {
    fillAndLine(brush, place, colours['surface-3'], colours['line-strong'], 2.4);
    bars(brush);
  } else if (view.cutOff) {
    const quarter = (2 * Math.PI * radius) / 4;
    fillAndLine(brush, place, colours.node, colours.bad, 2.6, [quarter * 0.68, quarter * 0.32], quarter * 0.34, true);
  } else if (view.candidate) {
    fillAndLine(brush, place, colours.node, colours.p1, 2.8, [8.6, 5.8]);
  } else fillAndLine(brush, place, colours.node, colours['line-strong'], 2.4);
  if (view.health === 'up') name(brush, view, 17.6, view.leader ? colours['on-accent'] : colours.ink);
}

function fillAndLine(
  { g, unit }: Brush, place: NodePlace, fill: string, line: string, width: number, dash: number[] = [], offset = 0, absolute = false,
): void {
  outline(g, place, 0, unit);
  g.fillStyle = fill;
  g.fill();
  g.strokeStyle = line;
  g.lineWidth = width * unit;
  g.setLineDash(absolute ? dash : dash.map((part) => part * unit));
  g.lineDashOffset = offset;
  g.lineCap = dash[0] !== undefined && dash[0] < 3 ? 'round' : 'butt';
  g.stroke();
  g.setLineDash([]);
}

function cross({ g, colours, unit }: Brush, half: number): void {
  const h = half * unit;
  g.beginPath();
  g.moveTo(-h, -h);
  g.lineTo(h, h);
  g.moveTo(h, -h);
  g.lineTo(-h, h);
  g.strokeStyle = colours.bad;
  g.lineWidth = 3.7 * unit;
  g.lineCap = 'round';
  g.stroke();
}

function bars({ g, colours, unit }: Brush): void {
  g.beginPath();
  for (const x of [-5, 5]) {
    g.moveTo(x * unit, -8.5 * unit);
    g.lineTo(x * unit, 8.5 * unit);
  }
  g.strokeStyle = colours.ink;
  g.lineWidth = 5 * unit;
  g.lineCap = 'round';
  g.stroke();
}

function name({ g, colours, unit }: Brush, view: NodeView, size: number, colour: string): void {
  g.font = `700 ${size * unit}px ${colours['font-ui']}`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillStyle = colour;
  g.fillText(view.id, 0, 1 * unit);
}

function computeBox(brush: Brush, place: NodePlace, view: NodeView): void {
  const { g, colours, unit } = brush;
  const [left, top] = [-place.w / 2, -place.h / 2];
  if (view.health === 'down') {
    fillAndLine(brush, place, colours.bg, colours.bad, 1.8, [2, 4.4]);
    const { wide } = boxName(brush, left, top, view.id, colours.bad);
    g.translate(18 * unit, wide ? 5 * unit : 0);
    return cross(brush, 8);
  }
  const paused = view.health === 'paused';
  if (view.cutOff) fillAndLine(brush, place, colours.node, colours.bad, 1.8, [10, 5]);
  else fillAndLine(brush, place, paused ? colours['surface-3'] : colours.node, colours['line-strong'], 1.8);
  const { wide } = boxName(brush, left, top, view.id, colours.ink);
  if (paused && view.waiting > 0) {
    g.font = `400 ${12 * unit}px ${colours['font-ui']}`;
    g.fillStyle = colours['ink-2'];
    g.fillText(`${view.waiting} wait`, left + 9 * unit, top + 36 * unit);
  } else taskSlots(brush, left + 9 * unit, top + 29 * unit, view.running);
  if (paused) {
    g.translate(20 * unit, wide ? 5 * unit : 0);
    g.scale(0.8, 0.8);
    return bars(brush);
  }
  const [from, high] = wide ? [18, 18] : [8, 28];
  bar(brush, left + 48 * unit, top + from * unit, view.cpu, high);
  bar(brush, left + 57 * unit, top + from * unit, view.memory, high);
}

function boxName({ g, colours, unit }: Brush, left: number, top: number, id: string, colour: string): { wide: boolean } {
  const fontOf = (px: number): string => `700 ${px * unit}px ${colours['font-ui']}`;
  const name = named(id, [37 * unit, 57 * unit], (px, text) => {
    g.font = fontOf(px);
    return g.measureText(text).width;
  });
  g.font = fontOf(name.px);
  g.textAlign = 'left';
  g.textBaseline = 'alphabetic';
  g.fillStyle = colour;
  g.fillText(name.text, left + (name.wide ? 5 : 9) * unit, top + (name.wide ? 13 : 18) * unit);
  return name;
}

/** Four slots; more than four tasks are a figure. */
function taskSlots({ g, colours, unit }: Brush, x: number, y: number, running: number): void {
  if (running > 4) {
    g.font = `600 ${12 * unit}px ${colours['font-ui']}`;
    g.fillStyle = colours['ink-2'];
    g.fillText(`×${running}`, x, y + 7.5 * unit);
    return;
  }
  for (let i = 0; i < 4; i++) {
    const at = x + i * 8.5 * unit;
    g.beginPath();
    if (i < running) {
      g.roundRect(at, y, 6.4 * unit, 6.4 * unit, 1.2 * unit);
      g.fillStyle = colours['ink-2'];
      g.fill();
    } else {
      g.roundRect(at + 0.6 * unit, y + 0.6 * unit, 5.2 * unit, 5.2 * unit, unit);
      g.strokeStyle = colours['line-strong'];
      g.lineWidth = 1.1 * unit;
      g.stroke();
    }
  }
}

function bar({ g, colours, unit }: Brush, x: number, y: number, share: number, high: number): void {
  const [w, h] = [5.5 * unit, high * unit];
  g.beginPath();
  g.roundRect(x, y, w, h, 1.5 * unit);
  g.fillStyle = colours['surface-3'];
  g.fill();
  if (share <= 0) return;
  const filled = Math.max(2 * unit, h * share);
  g.beginPath();
  g.roundRect(x, y + h - filled, w, filled, 1.5 * unit);
  g.fillStyle = colours['ink-3'];
  g.fill();
}

/** In a crowd a square fills with its load, from below; broken ones are marked by shape and hue. */
function squareNode(brush: Brush, place: NodePlace, view: NodeView): void {
  const { g, colours } = brush;
  const small = { ...brush, unit: 1 };
  if (view.health === 'down') {
    fillAndLine(small, place, colours.bg, colours.bad, 1.2, [2, 2]);
    cross({ ...brush, unit: place.w / 44 }, 11);
    return;
  }
  const line = view.cutOff ? colours.bad : colours['line-strong'];
  fillAndLine(small, place, view.health === 'paused' ? colours['surface-3'] : colours.node, line, 1.2, view.cutOff ? [3, 2] : []);
  g.translate(-place.x, -place.y);
  fillSquare(g, colours, place, loadOf(view));
}

/** What fills a square, 0..1: a task that asks for nothing shows too. */
export const loadOf = (view: NodeView): number => Math.max(view.cpu, view.running > 0 ? 0.15 : 0);

/** The inside of a sound square anew, its outline as it was: whole pixels, or of each painting something would stay at the edges. */
export function paintLoad(g: CanvasRenderingContext2D, colours: Colours, place: NodePlace, load: number): void {
  const { x, y, w, h } = insideOf(g, place);
  g.fillStyle = colours.node;
  g.fillRect(x, y, w, h);
  fillSquare(g, colours, place, load);
}

function fillSquare(g: CanvasRenderingContext2D, colours: Colours, place: NodePlace, load: number): void {
  if (load <= 0) return;
  const { x, y, w, h, pixel } = insideOf(g, place);
  const filled = Math.max(pixel, Math.round((h * load) / pixel) * pixel);
  g.fillStyle = colours['ink-3'];
  g.fillRect(x, y + h - filled, w, filled);
}

/** Within the outline of a square, in whole pixels of the screen. */
function insideOf(g: CanvasRenderingContext2D, place: NodePlace): Rect & { pixel: number } {
  const pixel = 1 / (g.getTransform().a || 1);
  const half = place.w / 2 - 1.5;
  const from = (middle: number) => Math.ceil((middle - half) / pixel) * pixel;
  const length = (middle: number) => Math.max(pixel, Math.floor((middle + half) / pixel) * pixel - from(middle));
  return { x: from(place.x), y: from(place.y), w: length(place.x), h: length(place.y), pixel };
}

function pill(brush: Brush, place: NodePlace, view: NodeView): void {
  const { colours } = brush;
  if (view.health === 'down') {
    fillAndLine(brush, place, colours.bg, colours.bad, 2, [2.4, 4]);
    cross(brush, 7);
    return;
  }
  const hue = view.role === 'client' ? colours.client : view.role === 'intruder' ? colours['ink-3'] : colours.kube;
  const dash = view.cutOff ? [8, 5] : view.role === 'intruder' ? [4, 3] : [];
  const fill = view.health === 'paused' ? colours['surface-3'] : colours.node;
  fillAndLine(brush, place, fill, view.cutOff ? colours.bad : hue, 2, dash);
  name(brush, view, 14, view.health === 'paused' ? colours['ink-3'] : colours.ink);
}

/** The words beside a node. */
export function paintNodeLabel(brush: Brush, place: NodePlace, view: NodeView): void {
  const lines = labelLines(view, brush.compact, place.shape);
  if (lines.length === 0) return;
  const { g, colours, unit } = brush;
  const away = place.w / 2 + (place.shape === 'disc' ? 13 : 6) * unit;
  const [align, x, top] = {
    left: ['right', place.x - away, place.y - (lines.length - 1) * 7.5 * unit],
    right: ['left', place.x + away, place.y - (lines.length - 1) * 7.5 * unit],
    below: ['center', place.x, place.y + place.h / 2 + 10 * unit],
  }[place.label] as [CanvasTextAlign, number, number];
  g.textAlign = align;
  g.textBaseline = 'alphabetic';
  lines.forEach((line, i) => {
    g.font = `${line.weight} ${12 * unit}px ${colours[line.plain ? 'font-ui' : 'font-data']}`;
    const y = top + (7.5 + 15.5 * i) * unit;
    plate(brush, line.text, x, y, align);
    g.fillStyle = colours[line.colour];
    g.fillText(line.text, x, y);
  });
}

/** Text never crosses a line bare. */
function plate({ g, colours, unit }: Brush, text: string, x: number, y: number, align: CanvasTextAlign): void {
  const width = g.measureText(text).width + 6 * unit;
  const left = align === 'right' ? x - width + 3 * unit : align === 'left' ? x - 3 * unit : x - width / 2;
  g.globalAlpha = 0.8;
  g.fillStyle = colours.zone;
  g.fillRect(left, y - 11 * unit, width, 14 * unit);
  g.globalAlpha = 1;
}

interface LabelLine {
  text: string;
  colour: 'ink-2' | 'ink-3' | 'bad' | 'accent-ink';
  weight: number;
  plain?: boolean;
}

/**
 * A name in its box: beside the bars if it can be, in smaller letters if need be; else above them, over the whole width; at last
 * without its beginning, as names differ at the end.
 */
export function named(name: string, [beside, above]: readonly [number, number], widthOf: (px: number, text: string) => number): { text: string; px: number; wide: boolean } {
  for (const px of [14, 12]) if (widthOf(px, name) <= beside) return { text: name, px, wide: false };
  for (const px of [12, 11, 10]) if (widthOf(px, name) <= above) return { text: name, px, wide: true };
  let text = name;
  while (text.length > 3 && widthOf(10, `…${text}`) > above) text = text.slice(1);
  return { text: `…${text}`, px: 10, wide: true };
}

export function labelLines(view: NodeView, compact: boolean, shape: NodePlace['shape']): LabelLine[] {
  if (shape === 'square') return [];
  if (view.health === 'down') {
    const down: LabelLine = { text: `${view.id} down`, colour: 'bad', weight: 700, plain: true };
    if (shape === 'box') return [];
    if (shape !== 'disc') return [{ ...down, text: view.id }];
    return view.promised === 'none' ? [down] : [down, { text: `was ${view.promised}`, colour: 'ink-3', weight: 400 }];
  }
  if (view.health === 'paused') {
    const waits: LabelLine[] = view.waiting > 0 ? [{ text: `${view.waiting} wait`, colour: 'ink-3', weight: 400 }] : [];
    if (shape === 'box') return [];
    if (shape !== 'disc') return waits;
    return [{ text: `${view.id} paused`, colour: 'ink-2', weight: 600, plain: true }, ...waits];
  }
  if (shape !== 'disc') return [];
  if (view.lines.length > 0) {
    const short = (text: string) => (compact ? text.replace(/^(promised|ballot|saved|voted) /, '') : text);
    return view.lines.map(short).map((text, i): LabelLine => (i % 2 === 0 ? { text, colour: 'ink-2', weight: 500 } : { text, colour: 'ink-3', weight: 400 }));
  }
  const log = `log ${view.chosen}${view.open > 0 ? `+${view.open}` : ''}`;
  const ballot = view.promised;
  const first: LabelLine = view.leader
    ? { text: compact ? ballot : `leads ${ballot}`, colour: 'accent-ink', weight: 700 }
    : { text: compact ? ballot : `promised ${ballot}`, colour: 'ink-2', weight: 500 };
  return [first, { text: log, colour: 'ink-3', weight: 400 }];
}
