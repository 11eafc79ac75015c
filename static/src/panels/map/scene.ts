/** What moves on the map: a pure function of the picture, the drops of the last moments and virtual time. */
import type { MessageEntity } from '../../history/entities';
import type { Fields, Wire } from '../../history/types';
import { overlaps, type Point, type Rect } from '../../geometry/plane';
import { lookOf, type Family, type Look } from './kinds';
import type { NodePlace } from './layout';
import { pointOn, type Path, type Paths } from './paths';

export interface Flight {
  id: string;
  look: Look;
  path: Path;
  share: number;
  at: Point;
  src: string;
  dst: string;
  label: readonly unknown[];
  /** Stopped by a hand. */
  held: boolean;
  arrivesUs: number;
}

export interface Death {
  id: string;
  look: Look;
  path: Path;
  at: Point;
  /** 0 at the cut, 1 when it is gone. */
  age: number;
}

export interface Plate extends Rect {
  text: string;
  look: Look;
}

/** How glyphs are drawn at a speed: as themselves, as streaks, or as light on their links. */
export type Manner = 'glyphs' | 'streaks' | 'glow' | 'counts';

export interface Moving {
  manner: Manner;
  flights: Flight[];
  deaths: Death[];
  /** Messages under way by pair of nodes ("s1 s4", in order of name), of those not drawn one by one. */
  glow: Map<string, number>;
  plates: Plate[];
}

export interface Moment {
  nowUs: number;
  /** Virtual over real time; 0 where time stands still. */
  speed: number;
  /** The same, but of the last time that it went on: how fast a death is told. */
  pace: number;
  hidden: ReadonlySet<Family>;
  reducedMotion: boolean;
  /** Write beside the glyphs what they say. */
  labels: boolean;
  /** No label here: the badges of cuts. */
  keepClear: readonly Rect[];
  labelText: (label: readonly unknown[]) => string;
  /** A node whose messages are labelled whatever the speed. */
  hover: string | null;
}

export const DEATH_MS = 600;
const CROWD = 400;
const STREAKS_ABOVE = 5;
const GLOW_ABOVE = 20;
const PLATES_MAX = 10;
/** Who speaks first where there is no room for all. */
const RANK: Readonly<Record<Family, number>> = { nack: 0, prepare: 1, promise: 1, accept: 2, accepted: 3, client: 4, kube: 5, heartbeat: 6 };

export function mannerOf(speed: number, reducedMotion: boolean): Manner {
  if (reducedMotion) return 'counts';
  return speed > GLOW_ABOVE ? 'glow' : speed > STREAKS_ABOVE ? 'streaks' : 'glyphs';
}

export function movingScene(
  paths: Paths, messages: ReadonlyMap<string, Fields>, drops: readonly Wire[], moment: Moment,
): Moving {
  const manner = mannerOf(moment.speed, moment.reducedMotion);
  const scene: Moving = { manner, flights: [], deaths: [], glow: new Map(), plates: [] };
  const crowded = messages.size > CROWD;
  const roleOf = (id: string) => paths.layout.places.get(id)?.role ?? '';
  for (const [id, fields] of messages) {
    const message = fields as unknown as MessageEntity;
    const look = lookOf(message.kind, roleOf(message.src), roleOf(message.dst), message.label);
    const held = typeof message.held_us === 'number';
    if (moment.hidden.has(look.family) && !held) continue;
    const path = paths.of(message.src, message.dst);
    if (path === null) continue;
    if (!held && (manner === 'glow' || manner === 'counts' || (crowded && look.faint))) {
      brighten(scene.glow, manner === 'counts' ? `${message.src} ${message.dst}` : pairOf(message.src, message.dst));
      if (manner !== 'counts') continue;
    }
    const share = shareOf(message, moment.nowUs);
    const { src, dst, label, arrives_us: arrivesUs } = message;
    scene.flights.push({ id, look, path, share, at: pointOn(path, share), src, dst, label, held, arrivesUs });
  }
  for (const drop of drops) {
    const death = deathOf(paths, drop, moment);
    if (death !== null) scene.deaths.push(death);
  }
  if (manner !== 'counts' && (moment.labels || moment.hover !== null || scene.flights.some((flight) => flight.held))) scene.plates = platesOf(scene.flights, paths, moment);
  return scene;
}

/** True share of its delay, never eased; a held one stays where it was stopped. */
export function shareOf(message: Pick<MessageEntity, 'sent_us' | 'arrives_us' | 'held_us'>, nowUs: number): number {
  const delay = message.arrives_us - message.sent_us;
  const us = message.held_us ?? nowUs;
  return delay <= 0 ? 1 : Math.min(1, Math.max(0, (us - message.sent_us) / delay));
}

/** `message-dropped` [tag, id, kind, src, dst, reason, sent_us, arrives_us]: it dies where it was. */
function deathOf(paths: Paths, drop: Wire, moment: Moment): Death | null {
  const [, id, kind, src, dst, , sentUs, arrivesUs] = drop[3] as [string, number, string, string, string, string, number, number];
  const path = paths.of(src, dst);
  if (path === null) return null;
  const role = (id: string) => paths.layout.places.get(id)?.role ?? '';
  const ageMs = (moment.nowUs - drop[1]) / 1000 / moment.pace;
  const lastsMs = moment.reducedMotion ? 1000 : DEATH_MS;
  if (ageMs < 0 || ageMs > lastsMs) return null;
  const at = pointOn(path, shareOf({ sent_us: sentUs, arrives_us: arrivesUs }, drop[1]));
  return { id: String(id), look: lookOf(kind, role(src), role(dst)), path, at, age: moment.reducedMotion ? 0 : ageMs / lastsMs };
}

export const pairOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function brighten(glow: Map<string, number>, key: string): void {
  glow.set(key, (glow.get(key) ?? 0) + 1);
}

/** At most one label per kind and link, none over a node or another label. */
function platesOf(flights: readonly Flight[], paths: Paths, moment: Moment): Plate[] {
  const unit = paths.layout.unit;
  const taken: Rect[] = [...paths.layout.places.values()].map((place) => ({
    x: place.x - place.w / 2 - 2, y: place.y - place.h / 2 - 2, w: place.w + 4, h: place.h + 4,
  }));
  for (const place of paths.layout.places.values()) if (place.shape === 'disc') taken.push(wordsOf(place, unit));
  for (const flight of flights) taken.push(box(flight.at, 14 * unit, 14 * unit));
  taken.push(...moment.keepClear);
  const plates: Plate[] = [];
  const said = new Set<string>();
  for (const flight of [...flights].sort((a, b) => RANK[a.look.family] - RANK[b.look.family])) {
    if (plates.length >= PLATES_MAX) break;
    const touched = flight.held || (moment.hover !== null && (flight.src === moment.hover || flight.dst === moment.hover || flight.id === moment.hover));
    if (!(touched || (moment.labels && !flight.look.faint))) continue;
    const key = `${flight.look.family} ${pairOf(flight.src, flight.dst)}`;
    if (said.has(key)) continue;
    const plate = freePlate(flight, moment.labelText(flight.label), taken, paths);
    if (plate === null) continue;
    said.add(key);
    taken.push(plate);
    plates.push(plate);
  }
  return plates;
}

/** What stands beside a storage node, and its crown. */
function wordsOf(place: NodePlace, unit: number): Rect {
  if (place.label === 'below') return { x: place.x - 50 * unit, y: place.y - place.h / 2 - 26 * unit, w: 100 * unit, h: place.h + 62 * unit };
  const w = 108 * unit;
  const x = place.label === 'left' ? place.x - place.w / 2 - w : place.x - place.w / 2;
  return { x, y: place.y - place.h / 2 - 26 * unit, w: w + place.w, h: place.h / 2 + 46 * unit };
}

function freePlate(flight: Flight, text: string, taken: readonly Rect[], paths: Paths): Plate | null {
  const { unit, width, height } = paths.layout;
  const w = (text.length * 7.3 + 12) * unit;
  const h = 18 * unit;
  const away = 18 * unit;
  for (const [dx, dy] of [[0, -away], [0, away], [w / 2 + away / 1.4, 0], [-w / 2 - away / 1.4, 0]] as const) {
    const spot = { ...box({ x: flight.at.x + dx, y: flight.at.y + dy }, w, h), text, look: flight.look };
    const inside = spot.x >= 2 && spot.y >= 2 && spot.x + w <= width - 2 && spot.y + h <= height - 2;
    if (inside && !taken.some((other) => overlaps(spot, other))) return spot;
  }
  return null;
}

const box = (centre: Point, w: number, h: number): Rect => ({ x: centre.x - w / 2, y: centre.y - h / 2, w, h });
