import type { Point, Rect } from '../../geometry/plane';
import { byName } from '../reading/picture';

export type Shape = 'disc' | 'box' | 'square' | 'pill';

export interface NodePlace extends Point {
  id: string;
  role: string;
  zone: string;
  shape: Shape;
  /** What it covers, for lines that must end at its rim and for hits. */
  w: number;
  h: number;
  /** Where its words stand; below where the machines of its zone need the room beside it. */
  label: 'left' | 'right' | 'below';
}

export interface ZonePlace extends Rect {
  zone: string;
  side: 'left' | 'top' | 'right';
  nodes: string[];
}

export interface Layout {
  width: number;
  height: number;
  /** Everything is drawn at this multiple of its size on the 820 px map. */
  unit: number;
  /** Too narrow for "promised 7.s4": the ballot alone. */
  compact: boolean;
  zones: ZonePlace[];
  places: ReadonlyMap<string, NodePlace>;
}

export interface Machine {
  id: string;
  role: string;
  zone: string;
}

/** The measure: the mock's map without its band of hints. */
const REF = { w: 820, h: 440 };
/** More compute nodes than this in a zone, and the boxes become small squares. */
export const BOXES_MAX = 12;

const RADIUS = 27.5;
const BOX = { w: 66, h: 44 };
const SQUARE = 14;
const PILL = { w: 50, h: 28 };
const BOX_GAP = 8;
/** From the edge of a zone to its first box. */
const SIDE_INSET = 17;
const TOP_INSET = 29;
/** Where in a zone at the side its storage nodes stand. */
const INNER = 0.8;

type Side = ZonePlace['side'];

/** Machines by zone: a left, b on top, c right, further zones along the top; clients and the API server below. */
export function layoutOf(machines: readonly Machine[], width: number, height: number): Layout {
  const unit = Math.min(2.4, Math.max(0.9, Math.min(width / 760, height / REF.h)));
  const scale = { x: width / REF.w, y: height / REF.h };
  const names = [...new Set(machines.filter((one) => one.zone !== '').map((one) => one.zone))].sort(byName);
  const places = new Map<string, NodePlace>();
  const zones = names.map((zone, i) => zonePlace(zone, i, names.length, scale));
  for (const zone of zones) {
    const inside = machines.filter((one) => one.zone === zone.zone).sort((a, b) => byName(a.id, b.id));
    zone.nodes = inside.map((one) => one.id);
    placeZone(zone, inside, unit, places);
  }
  placeRest(machines.filter((one) => one.zone === ''), scale, unit, places);
  return { width, height, unit, compact: width < 720, zones, places };
}

function zonePlace(zone: string, i: number, count: number, scale: Point): ZonePlace {
  const at = (x: number, y: number, w: number, h: number, side: Side): ZonePlace => ({
    zone, side, nodes: [], x: x * scale.x, y: y * scale.y, w: w * scale.x, h: h * scale.y,
  });
  const left = () => at(16, 176, 302, 248, 'left');
  const right = () => at(502, 176, 302, 248, 'right');
  if (count === 1) return at(16, 100, 788, 290, 'top');
  if (i === 0) return left();
  if (i === count - 1) return right();
  const tops = count - 2;
  if (tops === 1) return at(164, 12, 492, 118, 'top');
  const w = (788 - 16 * (tops - 1)) / tops;
  return at(16 + (i - 1) * (w + 16), 12, w, 118, 'top');
}

function placeZone(zone: ZonePlace, machines: readonly Machine[], unit: number, places: Map<string, NodePlace>): void {
  const storage = machines.filter((one) => one.role === 'storage');
  const others = machines.filter((one) => one.role !== 'storage');
  const room = boxRoom(zone, storage.length, unit);
  const boxes = others.length <= Math.min(BOXES_MAX, room.columns * room.rows * room.sides);
  const crowded = zone.side === 'top' ? others.length > 2 || storage.length > 2 : others.length > room.rows;
  placeStorage(zone, storage, crowded, unit, places);
  if (boxes) placeBoxes(zone, others, room, unit, places);
  else placeSquares(zone, others, storage.length > 0, unit, places);
}

/** Storage forms a ring through all zones: clockwise, so the left zone counts upwards. */
function placeStorage(
  zone: ZonePlace, storage: readonly Machine[], crowded: boolean, unit: number, places: Map<string, NodePlace>,
): void {
  const n = storage.length;
  storage.forEach((machine, i) => {
    const share = n === 1 ? 0.5 : i / (n - 1);
    let x = zone.x + zone.w * (n === 1 ? 0.48 : 0.28 + 0.44 * share);
    let y = zone.y + zone.h * (crowded ? 0.4 : 0.51);
    if (zone.side !== 'top') {
      const inner = zone.side === 'left' ? INNER : 1 - INNER;
      const bow = 0.031 * (1 - share * 2) * (n > 1 ? 1 : 0);
      const up = zone.side === 'left' ? 1 - share : share;
      x = zone.x + zone.w * (inner + bow);
      // Three and more need the height of the zone, and no boxes stand there to line up with.
      // Words below the lower of two must not leave the zone.
      const [from, span] = n > 2 ? [0.15, 0.7] : crowded ? [0.24, 0.44] : [0.28, 0.495];
      y = zone.y + zone.h * (n === 1 ? 0.5 : from + span * up);
    }
    const size = RADIUS * 2 * unit;
    const label = crowded ? 'below' : zone.side === 'left' ? 'left' : 'right';
    places.set(machine.id, { ...machine, shape: 'disc', x, y, w: size, h: size, label });
  });
}

interface BoxRoom {
  columns: number;
  rows: number;
  /** A zone on top has boxes on both sides of its storage nodes. */
  sides: 1 | 2;
}

/** How many boxes find room beside the storage nodes. */
function boxRoom(zone: ZonePlace, storage: number, unit: number): BoxRoom {
  const [w, h, gap] = [BOX.w * unit, BOX.h * unit, BOX_GAP * unit];
  const taken = storage > 0 ? (RADIUS + 4) * unit : 0;
  const fit = (length: number) => Math.max(0, Math.floor((length + gap) / (w + gap)));
  if (zone.side === 'top') {
    const edge = zone.w * (storage === 0 ? 0.5 : storage === 1 ? 0.48 : 0.28);
    return { columns: fit(edge - taken - TOP_INSET * unit), rows: zone.h >= 2 * h + 25 * unit ? 2 : 1, sides: 2 };
  }
  const columns = fit(zone.w * (storage > 0 ? INNER - 0.031 : 1) - taken - SIDE_INSET * unit);
  return { columns, rows: Math.max(1, Math.floor((zone.h - 36 * unit + gap) / (h + gap))), sides: 1 };
}

function placeBoxes(
  zone: ZonePlace, machines: readonly Machine[], room: BoxRoom, unit: number, places: Map<string, NodePlace>,
): void {
  const [w, h, gap] = [BOX.w * unit, BOX.h * unit, BOX_GAP * unit];
  machines.forEach((machine, i) => {
    const place = zone.side === 'top' ? topBox(i) : sideBox(i);
    places.set(machine.id, { ...machine, shape: 'box', ...place, w, h, label: 'right' });
  });

  function topBox(i: number): Point {
    const half = Math.ceil(machines.length / 2);
    const onLeft = i < half;
    const rank = onLeft ? i : machines.length - 1 - i;
    const rows = half > room.columns || machines.length > 2 ? room.rows : 1;
    const inset = TOP_INSET * unit + w / 2 + Math.floor(rank / rows) * (w + gap);
    const y = rows === 1 ? zone.y + zone.h * 0.51 : zone.y + 21 * unit + h / 2 + (rank % rows) * (h + 4 * unit);
    return { x: onLeft ? zone.x + inset : zone.x + zone.w - inset, y };
  }

  function sideBox(i: number): Point {
    const rows = Math.min(room.rows, machines.length);
    const [column, row] = [Math.floor(i / rows), i % rows];
    const share = rows === 1 ? 0.5 : row / (rows - 1);
    const inset = SIDE_INSET * unit + w / 2 + column * (w + gap);
    const y = zone.y + 10 * unit + h / 2 + (zone.h - h - 36 * unit) * share;
    return { x: zone.side === 'left' ? zone.x + inset : zone.x + zone.w - inset, y };
  }
}

function placeSquares(zone: ZonePlace, machines: readonly Machine[], besideStorage: boolean, unit: number, places: Map<string, NodePlace>): void {
  const pad = 12 * unit;
  const area: Rect = { x: zone.x + pad, y: zone.y + pad, w: zone.w - 2 * pad, h: zone.h - 2 * pad - 16 * unit };
  if (zone.side === 'top') area.y += 14 * unit;
  if (besideStorage) {
    area.w *= zone.side === 'top' ? 0.36 : 0.6;
    if (zone.side === 'right') area.x = zone.x + zone.w - pad - area.w;
  }
  const pitch = Math.min((SQUARE + 3) * unit, Math.sqrt((area.w * area.h) / machines.length));
  const columns = Math.max(1, Math.floor(area.w / pitch));
  const rows = Math.ceil(machines.length / columns);
  const step = Math.min(pitch, area.h / rows);
  const size = Math.max(4, step - Math.min(3, step * 0.2));
  machines.forEach((machine, i) => {
    const x = area.x + ((i % columns) + 0.5) * pitch;
    const y = area.y + (Math.floor(i / columns) + 0.5) * step;
    places.set(machine.id, { ...machine, shape: 'square', x, y, w: size, h: size, label: 'right' });
  });
}

/** Clients and the API server stand in a row between the lower zones; an intruder stays outside; the rest in a grid. */
function placeRest(machines: readonly Machine[], scale: Point, unit: number, places: Map<string, NodePlace>): void {
  const intruders = machines.filter((one) => one.role === 'intruder');
  const bottom = machines.filter((one) => one.role === 'client' || one.role === 'api').sort(rowOrder);
  const rest = machines.filter((one) => !intruders.includes(one) && !bottom.includes(one));
  const gap = Math.min(62 * unit, Math.max((178 * scale.x) / bottom.length, 46));
  const pill = (machine: Machine, x: number, y: number) => {
    const w = Math.min(PILL.w * unit, gap - 5);
    places.set(machine.id, { ...machine, shape: 'pill', x, y, w, h: PILL.h * unit, label: 'right' });
  };
  bottom.forEach((machine, i) => pill(machine, 410 * scale.x + (i - (bottom.length - 1) / 2) * gap, 414 * scale.y));
  intruders.forEach((machine, i) => pill(machine, 62 * scale.x, (60 + 40 * i) * scale.y));
  if (rest.length === 0) return;
  const area: ZonePlace = {
    zone: '', side: 'left', nodes: [], x: 16 * scale.x, y: 176 * scale.y, w: 302 * scale.x, h: 248 * scale.y,
  };
  placeZone(area, [...rest].sort((a, b) => byName(a.id, b.id)), unit, places);
}

/** w1, api1, w2: the API server between the clients. */
function rowOrder(a: Machine, b: Machine): number {
  const rank = (one: Machine) => (one.role === 'api' ? 1.5 : Number(/\d+$/.exec(one.id)?.[0] ?? 0));
  return rank(a) - rank(b) || byName(a.id, b.id);
}
