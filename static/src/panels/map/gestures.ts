/** What a drawn line or a lasso means. Pure: points in, intentions out. */
import { crossing, distance, distanceToSegment, inRect, type Point, type Rect } from '../../geometry/plane';
import type { Command } from '../../wire/socket';
import type { Layout, NodePlace } from './layout';
import type { Flight } from './scene';

/** A finger's or a beginner's aim. */
const HIT = 28;

export function nodeAt(layout: Layout, p: Point): NodePlace | null {
  let best: NodePlace | null = null;
  let bestAway = Infinity;
  for (const place of layout.places.values()) {
    const halfW = Math.max(place.w, place.shape === 'square' ? place.w : HIT) / 2;
    const halfH = Math.max(place.h, place.shape === 'square' ? place.h : HIT) / 2;
    if (Math.abs(p.x - place.x) > halfW + 2 || Math.abs(p.y - place.y) > halfH + 2) continue;
    const away = distance(p, place);
    if (away < bestAway) [best, bestAway] = [place, away];
  }
  return best;
}

/** A message that can still be caught is so much easier to hit than one that only the picture still shows. */
const EASY = 1.6;

/**
 * The message under a hand that may be a moment late: the nearest, of those that are still on their way at the end of
 * the log before those that have arrived since the picture was drawn.
 */
export function flightAt(flights: readonly Flight[], p: Point, unit: number, headUs: number): Flight | null {
  const reach = (HIT / 2) * Math.max(1, unit);
  const gone = ({ held, arrivesUs }: Flight) => !held && arrivesUs <= headUs;
  const near = flights.map((flight) => ({ flight, away: distance(flight.at, p) })).filter(({ flight, away }) => away <= (gone(flight) ? reach : reach * EASY));
  near.sort((a, b) => Number(gone(a.flight)) - Number(gone(b.flight)) || a.away - b.away);
  return near[0]?.flight ?? null;
}

export interface Link {
  a: string;
  b: string;
}

/** The lines that the map draws: every pair of storage nodes. */
export function linksOf(layout: Layout): Link[] {
  const storage = [...layout.places.values()].filter((place) => place.role === 'storage');
  return storage.flatMap((a, i) => storage.slice(i + 1).map((b) => ({ a: a.id, b: b.id })));
}

export function linkAt(layout: Layout, p: Point, within = 7): Link | null {
  let best: Link | null = null;
  let bestAway = within * layout.unit;
  for (const link of linksOf(layout)) {
    const away = distanceToSegment(p, layout.places.get(link.a)!, layout.places.get(link.b)!);
    if (away < bestAway) [best, bestAway] = [link, away];
  }
  return best;
}

export function crossedLinks(layout: Layout, from: Point, to: Point): Link[] {
  return linksOf(layout).filter((link) => {
    const [a, b] = [layout.places.get(link.a)!, layout.places.get(link.b)!];
    return crossing(from, to, a, b) !== null;
  });
}

/** What a drawn line would do. */
export type Stroke = { kind: 'nothing' } | { kind: 'zone'; zone: string } | { kind: 'links'; links: Link[] };

/**
 * A line over every link between a zone and the rest means the zone, compute nodes and all; any other line means the
 * links that it crosses, both ways.
 */
export function strokeOf(layout: Layout, from: Point, to: Point): Stroke {
  const links = crossedLinks(layout, from, to);
  if (links.length === 0) return { kind: 'nothing' };
  const crossed = new Set(links.map(keyOf));
  for (const zone of layout.zones) {
    const inside = new Set(zone.nodes);
    const bridges = linksOf(layout).filter((link) => inside.has(link.a) !== inside.has(link.b));
    const exact = bridges.length > 0 && bridges.length === links.length && bridges.every((link) => crossed.has(keyOf(link)));
    if (exact) return { kind: 'zone', zone: zone.zone };
  }
  return { kind: 'links', links };
}

const keyOf = (link: Link): string => `${link.a} ${link.b}`;

export function strokeCommands(layout: Layout, stroke: Stroke): Command[] {
  if (stroke.kind === 'links') return stroke.links.map(({ a, b }) => ({ type: 'cut-link', src: a, dst: b, both: true }));
  if (stroke.kind === 'nothing') return [];
  const zone = layout.zones.find((one) => one.zone === stroke.zone);
  return zone === undefined ? [] : [isolation(layout, zone.nodes)];
}

/** These nodes on one side, everybody else on the other. */
export function isolation(layout: Layout, nodes: readonly string[]): Command {
  const inside = new Set(nodes);
  const rest = [...layout.places.keys()].filter((id) => !inside.has(id));
  const zone = layout.zones.find((one) => one.nodes.length === nodes.length && one.nodes.every((id) => inside.has(id)));
  const label = zone !== undefined ? `zone ${zone.zone}` : nodes.length <= 4 ? nodes.join(', ') : `${nodes.length} nodes`;
  return { type: 'partition', groups: [[...nodes], rest], label };
}

export function lassoed(layout: Layout, area: Rect): string[] {
  return [...layout.places.values()].filter((place) => inRect(place, area)).map((place) => place.id);
}
