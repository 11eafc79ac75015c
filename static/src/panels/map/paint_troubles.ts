/** Faults in force: tinted links under the machines, words above what flies. */
import type { Point } from '../../geometry/plane';
import type { Colours } from './colours';
import type { Layout } from './layout';
import { chipsOf, type Chip, type LinkTrouble, type Troubles } from './troubles';

/** A band that is no colour of the canvas is drawn as broken. */
function tint(colours: Colours, band: string): string {
  return (colours as Readonly<Record<string, string>>)[band] || colours.bad;
}

export function paintSickLinks(g: CanvasRenderingContext2D, colours: Colours, layout: Layout, links: readonly LinkTrouble[]): void {
  for (const link of links) {
    const [a, b] = [layout.places.get(link.src), layout.places.get(link.dst)];
    if (a === undefined || b === undefined) continue;
    const full = Math.hypot(b.x - a.x, b.y - a.y);
    if (full === 0) continue;
    const lane = link.both ? 0 : 6 * layout.unit;
    const aside = { x: (-(b.y - a.y) / full) * lane, y: ((b.x - a.x) / full) * lane };
    g.strokeStyle = tint(colours, link.band);
    g.globalAlpha = 0.7;
    g.lineWidth = 3 * layout.unit;
    g.setLineDash([10 * layout.unit, 4 * layout.unit]);
    g.beginPath();
    g.moveTo(a.x + aside.x, a.y + aside.y);
    g.lineTo(b.x + aside.x, b.y + aside.y);
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
    if (!link.both) arrowhead(g, tint(colours, link.band), { x: a.x + (b.x - a.x) * 0.66 + aside.x, y: a.y + (b.y - a.y) * 0.66 + aside.y }, Math.atan2(b.y - a.y, b.x - a.x), layout.unit);
  }
}

function arrowhead(g: CanvasRenderingContext2D, colour: string, at: Point, angle: number, u: number): void {
  g.save();
  g.translate(at.x, at.y);
  g.rotate(angle);
  g.beginPath();
  g.moveTo(7 * u, 0);
  g.lineTo(-5 * u, -6 * u);
  g.lineTo(-5 * u, 6 * u);
  g.closePath();
  g.fillStyle = colour;
  g.fill();
  g.restore();
}

export function paintTroubleWords(g: CanvasRenderingContext2D, colours: Colours, layout: Layout, troubles: Troubles): void {
  const u = layout.unit;
  g.font = `600 ${12 * u}px ${colours['font-ui']}`;
  for (const chip of chipsOf(troubles, layout, (text) => g.measureText(text).width)) paintChip(g, colours, chip, u);
}

/** A triangle and the word on a plate; what is outside the model has a filled plate. */
function paintChip(g: CanvasRenderingContext2D, colours: Colours, chip: Chip, u: number): void {
  const line = tint(colours, chip.band);
  g.beginPath();
  g.roundRect(chip.x, chip.y, chip.w, chip.h, 4 * u);
  g.globalAlpha = 0.94;
  g.fillStyle = chip.outside ? colours.bad : colours.surface;
  g.fill();
  g.globalAlpha = 1;
  g.strokeStyle = chip.outside ? colours.bad : line;
  g.lineWidth = 1.4 * u;
  g.stroke();
  const ink = chip.outside ? colours['on-bad'] : colours.ink;
  const [x, y] = [chip.x + 10 * u, chip.y + chip.h / 2];
  g.beginPath();
  g.moveTo(x, y - 4.5 * u);
  g.lineTo(x + 4.8 * u, y + 4 * u);
  g.lineTo(x - 4.8 * u, y + 4 * u);
  g.closePath();
  g.strokeStyle = chip.outside ? ink : line;
  g.lineWidth = 1.5 * u;
  g.lineJoin = 'round';
  g.stroke();
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  g.fillStyle = ink;
  g.fillText(chip.text, chip.x + 19 * u, y + 0.5 * u);
}
