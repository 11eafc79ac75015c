/** Everything that moves: trails, messages, deaths, labels. Repainted once per animation frame. */
import { along, type Point } from '../../geometry/plane';
import type { Colours } from './colours';
import { drawCross, drawGlyph } from './glyphs';
import { pointOn, type Path, type Paths } from './paths';
import type { Death, Flight, Moving, Plate } from './scene';

const TRAIL = 96;
/** More than this, and trails lose their gradients. */
const PLAIN_ABOVE = 160;
/** The system's own colours (forced-colors) have names and no alpha: their trails are plain. */
const HEX = /^#[0-9a-f]{6}$/i;

interface Brush {
  g: CanvasRenderingContext2D;
  colours: Colours;
  unit: number;
  glyph: number;
}

export function paintMoving(g: CanvasRenderingContext2D, colours: Colours, paths: Paths, scene: Moving): void {
  const { layout } = paths;
  g.clearRect(0, 0, layout.width, layout.height);
  const brush = { g, colours, unit: layout.unit, glyph: 14 * layout.unit };
  if (scene.manner === 'counts') paintCounts(brush, paths, scene);
  else paintGlow(brush, paths, scene.glow);
  if (scene.manner === 'streaks') for (const flight of scene.flights) if (!flight.held) paintStreak(brush, flight);
  paintFlights(brush, scene.manner === 'glyphs' ? scene.flights : scene.flights.filter((flight) => flight.held));
  for (const death of scene.deaths) paintDeath(brush, death);
  for (const plate of scene.plates) paintPlate(brush, plate);
}

function paintFlights(brush: Brush, flights: readonly Flight[]): void {
  const plain = flights.length > PLAIN_ABOVE;
  for (const flight of flights) {
    if (plain && flight.look.faint) continue;
    trail(brush, flight.look.hue, flight.look.hollow, tailOf(flight.path, flight.share, TRAIL * brush.unit), flight.at, plain);
  }
  // What is held stands above what flies past it.
  for (const flight of [...flights].sort((a, b) => Number(a.held) - Number(b.held))) {
    brush.g.save();
    brush.g.translate(flight.at.x, flight.at.y);
    drawGlyph(brush.g, brush.colours, flight.look, brush.glyph, flight.path.angle);
    brush.g.restore();
    if (flight.held) paintHold(brush, flight.at);
  }
}

/** A ring around the glyph, and two bars at its shoulder: somebody holds it. */
function paintHold({ g, colours, unit }: Brush, at: Point): void {
  const radius = 13 * unit;
  g.beginPath();
  g.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  g.strokeStyle = colours.ink;
  g.lineWidth = 1.8 * unit;
  g.stroke();
  const [x, y] = [at.x + radius * 0.78, at.y - radius * 0.78];
  g.beginPath();
  g.arc(x, y, 6.5 * unit, 0, 2 * Math.PI);
  g.fillStyle = colours.ink;
  g.fill();
  g.beginPath();
  for (const side of [-1.8, 1.8]) {
    g.moveTo(x + side * unit, y - 2.6 * unit);
    g.lineTo(x + side * unit, y + 2.6 * unit);
  }
  g.strokeStyle = colours.bg;
  g.lineWidth = 1.8 * unit;
  g.lineCap = 'round';
  g.stroke();
}

function tailOf(path: Path, share: number, length: number): Point {
  return pointOn(path, Math.max(0, share - length / path.length));
}

function trail(
  { g, colours, unit }: Brush, hue: keyof Colours, dotted: boolean, from: Point, to: Point, plain: boolean, width = 2.4,
): void {
  if (Math.abs(from.x - to.x) + Math.abs(from.y - to.y) < 1) return;
  const colour = colours[hue];
  if (plain || !HEX.test(colour)) {
    g.strokeStyle = colour;
    g.globalAlpha *= 0.35;
  } else {
    const fade = g.createLinearGradient(from.x, from.y, to.x, to.y);
    fade.addColorStop(0, `${colour}00`);
    fade.addColorStop(1, `${colour}d9`);
    g.strokeStyle = fade;
  }
  g.lineWidth = (dotted ? 2.8 : width) * unit;
  g.lineCap = dotted ? 'round' : 'butt';
  g.setLineDash(dotted ? [0.1, 5 * unit] : []);
  g.beginPath();
  g.moveTo(from.x, from.y);
  g.lineTo(to.x, to.y);
  g.stroke();
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** Too fast for a glyph: a stroke as long as the way it makes in two pictures. */
function paintStreak(brush: Brush, flight: Flight): void {
  const { g, colours, unit } = brush;
  const from = pointOn(flight.path, Math.max(0, flight.share - (70 * unit) / flight.path.length));
  g.strokeStyle = colours[flight.look.hue];
  g.globalAlpha = flight.look.faint ? 0.35 : 0.8;
  g.lineWidth = (flight.look.hollow ? 1.6 : 3) * unit;
  g.lineCap = 'round';
  g.beginPath();
  g.moveTo(from.x, from.y);
  g.lineTo(flight.at.x, flight.at.y);
  g.stroke();
  g.globalAlpha = 1;
}

/** Links as bright as they are busy; many thin ones where there are many. */
function paintGlow({ g, colours, unit }: Brush, paths: Paths, glow: ReadonlyMap<string, number>): void {
  const share = Math.min(1, 60 / Math.max(1, glow.size));
  g.strokeStyle = colours['ink-3'];
  for (const [pair, count] of glow) {
    const [a = '', b = ''] = pair.split(' ');
    const [there, back] = [paths.of(a, b), paths.of(b, a)];
    if (there === null || back === null) continue;
    const [from, to] = [along(there.from, back.to, 0.5), along(there.to, back.from, 0.5)];
    g.globalAlpha = Math.max(0.05, Math.min(0.9, 0.15 + 0.14 * count) * share);
    g.lineWidth = Math.max(0.8, Math.min(6, 1.4 + 0.5 * count) * unit * Math.sqrt(share));
    g.beginPath();
    g.moveTo(from.x, from.y);
    g.lineTo(to.x, to.y);
    g.stroke();
  }
  g.globalAlpha = 1;
}

/** Still pictures for who asked for less motion: an arrow on the link and how many are on their way. */
function paintCounts(brush: Brush, paths: Paths, scene: Moving): void {
  const { g, colours, unit } = brush;
  const looks = new Map(scene.flights.map((flight) => [`${flight.src} ${flight.dst}`, flight.look]));
  for (const [key, count] of scene.glow) {
    const [src = '', dst = ''] = key.split(' ');
    const path = paths.of(src, dst);
    const look = looks.get(key);
    if (path === null || look === undefined) continue;
    const at = pointOn(path, 0.6);
    trail(brush, look.hue, look.hollow, pointOn(path, 0.35), at, true);
    g.save();
    g.translate(at.x, at.y);
    drawGlyph(g, colours, look, brush.glyph, path.angle);
    g.restore();
    if (count < 2) continue;
    g.font = `600 ${12 * unit}px ${colours['font-data']}`;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    g.fillStyle = colours[look.hue];
    g.fillText(String(count), at.x + 10 * unit, at.y - 8 * unit);
  }
}

/** Its own shape at 40 %, a cross, and six rays that go from 6 to 18 px and fade. */
function paintDeath(brush: Brush, death: Death): void {
  const { g, colours, unit, glyph } = brush;
  const from = along(death.at, death.path.from, Math.min(1, (TRAIL * unit) / death.path.length));
  const left = 1 - death.age;
  g.save();
  g.globalAlpha = left;
  trail({ ...brush }, death.look.hue, false, from, death.at, false);
  g.globalAlpha = Math.min(1, left * 1.6);
  g.translate(death.at.x, death.at.y);
  g.strokeStyle = colours.bad;
  g.lineWidth = 2 * unit;
  g.lineCap = 'round';
  g.beginPath();
  const [inner, outer] = [(6 + 6 * death.age) * unit, (9 + 9 * death.age) * unit];
  for (let i = 0; i < 6; i++) {
    const angle = (i * Math.PI) / 3;
    g.moveTo(Math.cos(angle) * inner * 1.4, Math.sin(angle) * inner * 1.4);
    g.lineTo(Math.cos(angle) * outer * 1.4, Math.sin(angle) * outer * 1.4);
  }
  g.stroke();
  g.globalAlpha = 0.4 * left;
  drawGlyph(g, colours, death.look, glyph * 1.2, death.path.angle);
  g.globalAlpha = Math.min(1, left * 1.6);
  drawCross(g, colours, 5.2 * unit);
  g.restore();
}

function paintPlate({ g, colours, unit }: Brush, plate: Plate): void {
  g.globalAlpha = 0.93;
  g.fillStyle = colours.surface;
  g.beginPath();
  g.roundRect(plate.x, plate.y, plate.w, plate.h, 4 * unit);
  g.fill();
  g.globalAlpha = 1;
  g.font = `600 ${12 * unit}px ${colours['font-data']}`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.fillStyle = colours[plate.look.hue];
  g.fillText(plate.text, plate.x + plate.w / 2, plate.y + plate.h / 2 + 0.5);
}

/** The line that a person draws, and what it would cut. */
export function paintStroke(g: CanvasRenderingContext2D, colours: Colours, from: Point, to: Point, crossed: readonly [Point, Point][]): void {
  g.strokeStyle = colours.bad;
  g.lineWidth = 3;
  for (const [a, b] of crossed) {
    g.globalAlpha = 0.55;
    g.beginPath();
    g.moveTo(a.x, a.y);
    g.lineTo(b.x, b.y);
    g.stroke();
  }
  g.globalAlpha = 1;
  g.setLineDash([10, 6]);
  g.beginPath();
  g.moveTo(from.x, from.y);
  g.lineTo(to.x, to.y);
  g.stroke();
  g.setLineDash([]);
}
