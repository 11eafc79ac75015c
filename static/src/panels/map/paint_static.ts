/** Everything that changes only when the cluster does: zones, links, cut lines, nodes and their words. */
import { distance, overlaps, type Point, type Rect } from '../../geometry/plane';
import type { CutEntity } from '../../history/entities';
import type { CutView, NodeView } from './cluster';
import type { Colours } from './colours';
import { linksOf, type Link } from './gestures';
import { drawScissors } from './glyphs';
import type { Layout, NodePlace, ZonePlace } from './layout';
import { loadOf, paintLoad, paintNode, paintNodeLabel } from './paint_nodes';
import { paintSickLinks, paintTroubleWords } from './paint_troubles';
import type { Boundary } from './paths';
import type { Troubles } from './troubles';

export interface StaticScene {
  layout: Layout;
  nodes: ReadonlyMap<string, NodeView>;
  cuts: { view: CutView; boundary: Boundary | null }[];
  oneWay: readonly CutEntity[];
  troubles: Troubles;
  selected: ReadonlySet<string>;
  hover: string | null;
  /** Whether a message would pass, one way. */
  passes: (src: string, dst: string) => boolean;
}

/**
 * The still layer, painted again as far as it has changed: in a crowd of 1,500 squares a few fill or empty at a time, and
 * nothing else does. Whatever is more than that paints all.
 */
export class StillPainting {
  /** How often all of it was painted, and how many squares alone. */
  whole = 0;
  squares = 0;
  #layout: Layout | undefined;
  #colours: Colours | undefined;
  #key = '';
  #loads = new Map<string, number>();

  /** `canvas`: what tells one size and sharpness from another. */
  paint(g: CanvasRenderingContext2D, colours: Colours, scene: StaticScene, canvas: string): void {
    const { key, loads } = keyOf(scene, canvas);
    const before = this.#loads;
    const alike = key !== '' && key === this.#key && colours === this.#colours && scene.layout === this.#layout;
    [this.#key, this.#loads, this.#colours, this.#layout] = [key, loads, colours, scene.layout];
    if (!alike) {
      this.whole++;
      return paintStatic(g, colours, scene);
    }
    for (const [id, load] of loads) {
      if (before.get(id) === load) continue;
      this.squares++;
      paintLoad(g, colours, scene.layout.places.get(id)!, load);
    }
  }
}

/** What `paintNode` draws of a machine; how far a replica's log has come stands beside it, in words. */
function drawnOf({ id, role, health, cutOff, leader, candidate, running, cpu, memory }: NodeView, shape: NodePlace['shape']): unknown[] {
  const drawn = [id, role, health, cutOff, leader, candidate];
  return shape === 'disc' || shape === 'pill' ? drawn : [...drawn, running, cpu, memory];
}

/** How full the sound squares of a crowd are, and all else that shows, as one text; "" where the network or a link shows. */
function keyOf(scene: StaticScene, canvas: string): { key: string; loads: Map<string, number> } {
  const { layout, nodes, cuts, oneWay, troubles, hover, selected } = scene;
  const loads = new Map<string, number>();
  const shown: unknown[] = [canvas, hover, [...selected]];
  for (const [id, place] of layout.places) {
    const view = nodes.get(id);
    if (view !== undefined && place.shape === 'square' && view.health === 'up' && !view.cutOff) loads.set(id, loadOf(view));
    else if (view !== undefined) shown.push(drawnOf(view, place.shape));
  }
  const plain = loads.size > 0 && cuts.length === 0 && oneWay.length === 0 && troubles.links.length === 0;
  return { key: plain ? JSON.stringify(shown) : '', loads };
}

export function paintStatic(g: CanvasRenderingContext2D, colours: Colours, scene: StaticScene): void {
  const { layout } = scene;
  g.clearRect(0, 0, layout.width, layout.height);
  const hatched = new Set(scene.cuts.map((cut) => cut.boundary?.zone).filter((zone) => zone != null));
  for (const zone of layout.zones) paintZone(g, colours, layout, zone, hatched.has(zone.zone));
  for (const link of linksOf(layout)) paintLink(g, colours, scene, link);
  paintSickLinks(g, colours, layout, scene.troubles.links);
  for (const cut of scene.cuts) if (cut.boundary !== null) paintCutLine(g, colours, layout, cut.boundary);
  const brush = { g, colours, unit: layout.unit, compact: layout.compact };
  for (const [id, place] of layout.places) {
    const view = scene.nodes.get(id);
    if (view === undefined) continue;
    paintNode(brush, place, view, { selected: scene.selected.has(id), hover: scene.hover === id });
  }
}

/** Words stand above what flies. */
export function paintWords(g: CanvasRenderingContext2D, colours: Colours, scene: StaticScene): void {
  const { layout } = scene;
  g.clearRect(0, 0, layout.width, layout.height);
  const brush = { g, colours, unit: layout.unit, compact: layout.compact };
  for (const [id, place] of layout.places) {
    const view = scene.nodes.get(id);
    if (view !== undefined) paintNodeLabel(brush, place, view);
  }
  paintTroubleWords(g, colours, layout, scene.troubles);
  for (const cut of scene.oneWay) paintOneWay(g, colours, scene, cut);
  for (const cut of scene.cuts) if (cut.boundary !== null) paintBadge(g, colours, layout, cut.boundary, cut.view.title);
}

function paintZone(g: CanvasRenderingContext2D, colours: Colours, layout: Layout, zone: ZonePlace, hatched: boolean): void {
  const u = layout.unit;
  g.beginPath();
  g.roundRect(zone.x, zone.y, zone.w, zone.h, 14 * u);
  g.fillStyle = colours.zone;
  g.fill();
  if (hatched) hatch(g, colours, zone);
  else {
    g.strokeStyle = colours['zone-line'];
    g.lineWidth = 1;
    g.stroke();
  }
  g.font = `600 ${12 * u}px ${colours['font-ui']}`;
  g.textBaseline = 'alphabetic';
  g.textAlign = zone.side === 'right' ? 'right' : 'left';
  g.fillStyle = colours['ink-3'];
  const x = zone.side === 'right' ? zone.x + zone.w - 16 * u : zone.x + 16 * u;
  g.fillText(`Zone ${zone.zone}`, x, zone.side === 'top' ? zone.y + 20 * u : zone.y + zone.h - 12 * u);
}

/** About where a zone's name stands. */
export function zoneName(layout: Layout, zone: ZonePlace): Rect {
  const u = layout.unit;
  const w = (8 * (zone.zone.length + 5) + 8) * u;
  const x = zone.side === 'right' ? zone.x + zone.w - 16 * u - w : zone.x + 12 * u;
  return { x, y: zone.side === 'top' ? zone.y + 6 * u : zone.y + zone.h - 26 * u, w, h: 20 * u };
}

/** Diagonals 9 px apart, clipped to the zone's outline, which is the current path. */
function hatch(g: CanvasRenderingContext2D, colours: Colours, zone: ZonePlace): void {
  g.save();
  g.clip();
  g.beginPath();
  const step = 9 * Math.SQRT2;
  for (let x = zone.x - zone.h; x < zone.x + zone.w; x += step) {
    g.moveTo(x, zone.y + zone.h);
    g.lineTo(x + zone.h, zone.y);
  }
  g.globalAlpha = Number(colours.hatch) || 0.2;
  g.strokeStyle = colours.bad;
  g.lineWidth = 1.6;
  g.stroke();
  g.restore();
}

function paintLink(g: CanvasRenderingContext2D, colours: Colours, scene: StaticScene, link: Link): void {
  const { layout } = scene;
  const [a, b] = [layout.places.get(link.a)!, layout.places.get(link.b)!];
  const down = [link.a, link.b].some((id) => scene.nodes.get(id)?.health === 'down');
  const there = scene.passes(link.a, link.b);
  const back = scene.passes(link.b, link.a);
  const touched = scene.hover === link.a || scene.hover === link.b;
  g.strokeStyle = touched ? colours['ink-3'] : colours.link;
  g.lineWidth = 1.4 * layout.unit;
  if (there === back) return stroke(g, a, b, down || !there, layout.unit);
  // Two lanes: only the direction that is cut is dotted.
  const full = distance(a, b);
  const aside = { x: (-(b.y - a.y) / full) * 4 * layout.unit, y: ((b.x - a.x) / full) * 4 * layout.unit };
  stroke(g, moved(a, aside, 1), moved(b, aside, 1), down || !there, layout.unit);
  stroke(g, moved(a, aside, -1), moved(b, aside, -1), down || !back, layout.unit);
}

const moved = (p: Point, by: Point, times: number): Point => ({ x: p.x + by.x * times, y: p.y + by.y * times });

function stroke(g: CanvasRenderingContext2D, a: Point, b: Point, dotted: boolean, unit: number): void {
  g.setLineDash(dotted ? [2 * unit, 5 * unit] : []);
  g.globalAlpha = dotted ? 0.8 : 1;
  g.beginPath();
  g.moveTo(a.x, a.y);
  g.lineTo(b.x, b.y);
  g.stroke();
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** An arrowhead stopped by a bar, in the lane of the direction that is cut. */
function paintOneWay(g: CanvasRenderingContext2D, colours: Colours, scene: StaticScene, cut: CutEntity): void {
  const { layout } = scene;
  const [a, b] = [layout.places.get(cut.src), layout.places.get(cut.dst)];
  if (a === undefined || b === undefined) return;
  const full = distance(a, b);
  const [dx, dy] = [(b.x - a.x) / full, (b.y - a.y) / full];
  const u = layout.unit;
  const share = 0.62;
  g.save();
  g.translate(a.x + dx * full * share - dy * 7 * u, a.y + dy * full * share + dx * 7 * u);
  g.rotate(Math.atan2(dy, dx));
  g.strokeStyle = colours.bad;
  g.fillStyle = colours.bad;
  g.lineWidth = 2.6 * u;
  g.lineCap = 'round';
  g.beginPath();
  g.moveTo(-30 * u, 0);
  g.lineTo(-8 * u, 0);
  g.moveTo(4 * u, -8 * u);
  g.lineTo(4 * u, 8 * u);
  g.stroke();
  g.beginPath();
  g.moveTo(0, 0);
  g.lineTo(-9 * u, -5.5 * u);
  g.lineTo(-9 * u, 5.5 * u);
  g.closePath();
  g.fill();
  g.restore();
}

function paintCutLine(g: CanvasRenderingContext2D, colours: Colours, layout: Layout, boundary: Boundary): void {
  const u = layout.unit;
  for (const [colour, width, dash] of [[colours.surface, 9, []], [colours.bad, 3.2, [13, 7]]] as const) {
    rounded(g, boundary.polygon, 22 * u);
    g.strokeStyle = colour;
    g.lineWidth = width * u;
    g.setLineDash(dash.map((part) => part * u));
    g.stroke();
  }
  g.setLineDash([]);
}

function rounded(g: CanvasRenderingContext2D, polygon: readonly Point[], corner: number): void {
  const n = polygon.length;
  const [last, first] = [polygon[n - 1]!, polygon[0]!];
  g.beginPath();
  g.moveTo((last.x + first.x) / 2, (last.y + first.y) / 2);
  for (let i = 0; i < n; i++) {
    const [p, next] = [polygon[i]!, polygon[(i + 1) % n]!];
    g.arcTo(p.x, p.y, (p.x + next.x) / 2, (p.y + next.y) / 2, Math.min(corner, distance(p, next) / 2));
  }
  g.closePath();
}

/** Where a cut's badge stands, so that it can be hit: on no zone's name, if that can be. */
export function badgeRect(g: CanvasRenderingContext2D, colours: Colours, layout: Layout, boundary: Boundary, title: string): Rect {
  const u = layout.unit;
  g.font = `700 ${12.5 * u}px ${colours['font-ui']}`;
  const w = g.measureText(title).width + 43 * u;
  return badgePlace(layout, boundary, w);
}

/** Of the places on its line the first that covers no zone's name. */
export function badgePlace(layout: Layout, { badges }: Boundary, w: number): Rect {
  const u = layout.unit;
  const names = layout.zones.map((zone) => zoneName(layout, zone));
  const places = badges.map(({ x, y }) => ({ x: Math.min(x, layout.width - w - 8 * u), y: y - 12 * u, w, h: 24 * u }));
  return places.find((place) => !names.some((name) => overlaps(place, name))) ?? places[0]!;
}

function paintBadge(g: CanvasRenderingContext2D, colours: Colours, layout: Layout, boundary: Boundary, title: string): void {
  const u = layout.unit;
  const rect = badgeRect(g, colours, layout, boundary, title);
  g.beginPath();
  g.roundRect(rect.x, rect.y, rect.w, rect.h, rect.h / 2);
  g.fillStyle = colours.bad;
  g.fill();
  drawScissors(g, colours['on-bad'], rect.x + 17 * u, rect.y + rect.h / 2, u);
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  g.fillStyle = colours['on-bad'];
  g.fillText(title, rect.x + 30 * u, rect.y + rect.h / 2 + 0.5 * u);
}
