import type { Colours } from './colours';
import type { Look } from './kinds';

/** Sizes of the mock at `size` 14: the triangle is longer than it is wide, and so on. */
export function drawGlyph(g: CanvasRenderingContext2D, colours: Colours, look: Look, size: number, angle: number): void {
  const s = (size / 14) * look.size;
  g.save();
  const line = 2.2 * s;
  const inset = look.hollow ? 0.86 : 1;
  g.lineJoin = 'round';
  g.beginPath();
  if (look.form === 'triangle') {
    g.rotate(angle);
    trace(g, [[13 * s * inset, 0], [-7.7 * s * inset, 7.5 * s * inset], [-7.7 * s * inset, -7.5 * s * inset]]);
  } else if (look.form === 'square') square(g, 6.2 * s * inset, 1.5 * s);
  else if (look.form === 'dot') g.arc(0, 0, 4.3 * s * (look.hollow ? 0.8 : 1), 0, 2 * Math.PI);
  else if (look.form === 'pill') g.roundRect(-9.6 * s * inset, -4.8 * s * inset, 19.2 * s * inset, 9.6 * s * inset, 4.8 * s);
  else if (look.form === 'hexagon') hexagon(g, 7.6 * s * inset);
  else g.arc(0, 0, 6.6 * s, 0, 2 * Math.PI);
  paintForm(g, colours, look, line);
  if (look.form === 'bar') noEntry(g, colours, s);
  g.restore();
}

/** Solid with a halo in the surface's colour, or the surface with a line. */
function paintForm(g: CanvasRenderingContext2D, colours: Colours, look: Look, line: number): void {
  const hue = colours[look.hue];
  g.fillStyle = look.hollow ? colours.surface : hue;
  g.strokeStyle = look.hollow ? hue : colours.surface;
  g.lineWidth = look.hollow ? line : 1.5;
  if (!look.hollow) g.stroke();
  g.fill();
  if (look.hollow) g.stroke();
}

function noEntry(g: CanvasRenderingContext2D, colours: Colours, s: number): void {
  g.beginPath();
  g.moveTo(-3.4 * s, 0);
  g.lineTo(3.4 * s, 0);
  g.strokeStyle = colours.surface;
  g.lineWidth = 2.4 * s;
  g.lineCap = 'round';
  g.stroke();
}

function trace(g: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  points.forEach(([x, y], i) => (i === 0 ? g.moveTo(x, y) : g.lineTo(x, y)));
  g.closePath();
}

const square = (g: CanvasRenderingContext2D, half: number, corner: number): void =>
  g.roundRect(-half, -half, half * 2, half * 2, corner);

function hexagon(g: CanvasRenderingContext2D, radius: number): void {
  const points = [30, 90, 150, 210, 270, 330].map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
  trace(g, points);
}

export function drawCross(g: CanvasRenderingContext2D, colours: Colours, half: number): void {
  g.beginPath();
  g.moveTo(-half, -half);
  g.lineTo(half, half);
  g.moveTo(half, -half);
  g.lineTo(-half, half);
  g.lineCap = 'round';
  g.strokeStyle = colours.surface;
  g.lineWidth = half * 1.1;
  g.stroke();
  g.strokeStyle = colours.bad;
  g.lineWidth = half * 0.5;
  g.stroke();
}

const CROWN: readonly (readonly [number, number])[] = [
  [-9, 5], [-10.5, -5], [-5, -1], [0, -7.5], [5, -1], [10.5, -5], [9, 5],
];

export function drawCrown(g: CanvasRenderingContext2D, colour: string, x: number, y: number, scale: number): void {
  g.save();
  g.translate(x, y);
  g.scale(scale, scale);
  g.beginPath();
  trace(g, CROWN);
  g.lineJoin = 'round';
  g.lineWidth = 1.4;
  g.fillStyle = g.strokeStyle = colour;
  g.fill();
  g.stroke();
  g.restore();
}

export function drawScissors(g: CanvasRenderingContext2D, colour: string, x: number, y: number, scale: number): void {
  g.save();
  g.translate(x, y);
  g.scale(scale, scale);
  g.beginPath();
  for (const side of [-1, 1]) {
    g.moveTo(-2.4, side * 4.4);
    g.arc(-5, side * 4.4, 2.6, 0, 2 * Math.PI);
    g.moveTo(-2.9, side * 2.8);
    g.lineTo(7, side * -5);
  }
  g.strokeStyle = colour;
  g.lineWidth = 1.8;
  g.lineCap = 'round';
  g.stroke();
  g.restore();
}
