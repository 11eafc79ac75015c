import { along, distance, hull, rectCorners, type Point } from '../../geometry/plane';
import type { Layout, NodePlace, ZonePlace } from './layout';

export interface Path {
  from: Point;
  to: Point;
  length: number;
  /** Direction of flight, radians. */
  angle: number;
}

/** How far opposite directions keep to the right of the line between them. */
const LANE = 9;
const RIM = 3;

/** The ways of messages in one layout, worked out when first wanted. */
export class Paths {
  #known = new Map<string, Path | null>();

  constructor(readonly layout: Layout) {}

  of(src: string, dst: string): Path | null {
    const key = `${src}>${dst}`;
    let path = this.#known.get(key);
    if (path === undefined) {
      path = pathBetween(this.layout, src, dst);
      this.#known.set(key, path);
    }
    return path;
  }
}

function pathBetween(layout: Layout, src: string, dst: string): Path | null {
  const [a, b] = [layout.places.get(src), layout.places.get(dst)];
  if (a === undefined || b === undefined || src === dst) return null;
  const full = distance(a, b);
  if (full === 0) return null;
  const toward = { x: (b.x - a.x) / full, y: (b.y - a.y) / full };
  const lane = Math.min(LANE * layout.unit, Math.min(a.w, a.h, b.w, b.h) * 0.35);
  const aside = { x: -toward.y * lane, y: toward.x * lane };
  const start = Math.min(full / 2, reach(a, toward) + RIM);
  const end = Math.min(full / 2, reach(b, toward) + RIM);
  const from = { x: a.x + toward.x * start + aside.x, y: a.y + toward.y * start + aside.y };
  const to = { x: b.x - toward.x * end + aside.x, y: b.y - toward.y * end + aside.y };
  return { from, to, length: distance(from, to), angle: Math.atan2(toward.y, toward.x) };
}

/** From the centre to the rim in a direction. */
function reach(place: NodePlace, toward: Point): number {
  if (place.shape === 'disc') return place.w / 2;
  const horizontal = toward.x === 0 ? Infinity : place.w / 2 / Math.abs(toward.x);
  const vertical = toward.y === 0 ? Infinity : place.h / 2 / Math.abs(toward.y);
  return Math.min(horizontal, vertical);
}

export interface Boundary {
  /** Closed; may leave the canvas. */
  polygon: Point[];
  /** Where the badge may stand, the best first: its left end, on the line. */
  badges: readonly [Point, ...Point[]];
  /** The zone that is hatched, if the cut is exactly one. */
  zone: string | null;
}

/** The line around nodes that a partition takes away, or null where a line would enclose others as well. */
export function boundaryOf(layout: Layout, minor: readonly string[]): Boundary | null {
  const zone = layout.zones.find((one) => one.nodes.length === minor.length && one.nodes.every((id) => minor.includes(id)));
  return zone === undefined ? aroundNodes(layout, minor) : aroundZone(layout, zone);
}

function aroundZone(layout: Layout, zone: ZonePlace): Boundary {
  const u = layout.unit;
  const inner = zone.side === 'top' ? 20 * u : 6 * u;
  const below = zone.side === 'top' ? (24 * layout.height) / 440 : 40 * u;
  const left = zone.side === 'left' ? -40 * u : zone.x - inner;
  const right = zone.side === 'right' ? layout.width + 40 * u : zone.x + zone.w + inner;
  const top = zone.side === 'top' ? -40 * u : zone.y - 16 * u;
  const bottom = zone.y + zone.h + below;
  const polygon = rectCorners({ x: left, y: top, w: right - left, h: bottom - top });
  const badgeX = zone.side === 'right' ? Math.max(zone.x + 12 * u, zone.x + zone.w - 170 * u) : zone.x + 18 * u;
  return { polygon, badges: [{ x: badgeX, y: zone.side === 'top' ? bottom : top }], zone: zone.zone };
}

function aroundNodes(layout: Layout, minor: readonly string[]): Boundary | null {
  const rims: Point[] = [];
  for (const id of minor) {
    const place = layout.places.get(id);
    if (place === undefined) continue;
    const radius = Math.hypot(place.w, place.h) * (place.shape === 'disc' ? 0.5 / Math.SQRT2 : 0.5) + 14 * layout.unit;
    for (let i = 0; i < 16; i++) {
      const angle = (i / 16) * 2 * Math.PI;
      rims.push({ x: place.x + radius * Math.cos(angle), y: place.y + radius * Math.sin(angle) });
    }
  }
  if (rims.length === 0) return null;
  const polygon = hull(rims);
  for (const [id, place] of layout.places) if (!minor.includes(id) && encloses(polygon, place)) return null;
  const top = polygon.reduce((a, b) => (b.y < a.y ? b : a));
  const low = polygon.reduce((a, b) => (b.y > a.y ? b : a));
  const [least, most] = [14 * layout.unit, layout.height - 14 * layout.unit];
  const on = (p: Point): Point => ({ x: Math.max(8, p.x - 60 * layout.unit), y: Math.min(most, Math.max(least, p.y)) });
  return { polygon, badges: [on(top), on(low)], zone: null };
}

function encloses(polygon: readonly Point[], p: Point): boolean {
  let sign = 0;
  for (let i = 0; i < polygon.length; i++) {
    const [a, b] = [polygon[i]!, polygon[(i + 1) % polygon.length]!];
    const side = Math.sign((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x));
    if (side !== 0 && sign !== 0 && side !== sign) return false;
    if (side !== 0) sign = side;
  }
  return true;
}

export const pointOn = (path: Path, share: number): Point => along(path.from, path.to, share);
