/** Faults as stretches of time, from the landmarks of the whole run. Pure; knows the entries that begin and end one, no fault by name. */
import type { Fields, Landmark } from '../../history/types';
import { has, type Section, ui, word } from '../../words';
import { list, number, text } from '../reading/picture';

export interface Band {
  id: string;
  title: string;
  fromUs: number;
  /** Infinity while it lasts. */
  toUs: number;
  /** Lanes that it shades; none for the network as a whole. */
  nodes: readonly string[];
  links: readonly (readonly [src: string, dst: string])[];
  /** How it looks on a lane: off is hatched, still is grey, apart is bordered. */
  manner: 'off' | 'still' | 'apart';
  /** Outside of what the protocol promises to survive. */
  outside: boolean;
  seq: number;
}

type Opened = Omit<Band, 'fromUs' | 'toUs' | 'seq' | 'outside'> & { outside?: boolean };

export function bandsOf(landmarks: readonly Landmark[]): Band[] {
  const open = new Map<string, Band>();
  const bands: Band[] = [];
  const close = (id: string, atUs: number) => {
    const band = open.get(id);
    if (band === undefined) return;
    band.toUs = atUs;
    open.delete(id);
  };
  for (const landmark of landmarks) {
    for (const id of closedBy(landmark)) close(id, landmark.atUs);
    for (const opened of openedBy(landmark)) {
      close(opened.id, landmark.atUs);
      const band: Band = { outside: false, ...opened, fromUs: landmark.atUs, toUs: Infinity, seq: landmark.seq };
      open.set(band.id, band);
      bands.push(band);
    }
  }
  return bands;
}

function openedBy({ tag, fields }: Landmark): Opened[] {
  const node = text(fields.node);
  const title = has('ui', `band-${tag}`) ? ui(`band-${tag}`, fields) : '';
  switch (tag) {
    case 'node-killed':
      return [{ id: `down ${node}`, title, nodes: [node], links: [], manner: 'off' }];
    case 'node-paused':
      return [{ id: `paused ${node}`, title, nodes: [node], links: [], manner: 'still' }];
    case 'network-partitioned':
      return [{ id: `partition ${text(fields.partition)}`, title: partitionTitle(fields), nodes: minority(fields), links: [], manner: 'apart' }];
    case 'link-cut':
      return [{ id: `cut ${text(fields.src)} ${text(fields.dst)}`, title, nodes: [], links: [[text(fields.src), text(fields.dst)]], manner: 'apart' }];
    case 'network-changed':
      return isStormy(fields) ? [{ id: 'weather', title, nodes: [], links: [], manner: 'apart' }] : [];
    case 'fault-began':
      return [generic(fields)];
    default:
      return [];
  }
}

function closedBy({ tag, fields }: Landmark): string[] {
  const node = text(fields.node);
  switch (tag) {
    case 'node-killed':
    case 'node-resumed':
      return [`paused ${node}`];
    case 'node-restarted':
    case 'machine-removed':
      return [`down ${node}`, `paused ${node}`];
    case 'partition-healed':
      return [`partition ${text(fields.partition)}`];
    case 'link-healed':
      return [`cut ${text(fields.src)} ${text(fields.dst)}`];
    case 'network-changed':
      return ['weather'];
    case 'fault-ended':
      return [`fault ${text(fields.id)}`];
    default:
      return [];
  }
}

/** Every other fault says itself where it acts. */
function generic(fields: Fields): Opened {
  const nodes = list(fields.nodes).map(String);
  const links = list(fields.links).flatMap((link) => (list(link).length === 2 ? [[String(list(link)[0]), String(list(link)[1])] as const] : []));
  const fault = text(fields.fault);
  const name = has('fault' as Section, fault) ? word('fault' as Section, fault) : fault.replaceAll('-', ' ');
  const where = nodes.length > 0 ? nodes.slice(0, 4).join(', ') : links.slice(0, 2).map(([src, dst]) => `${src}→${dst}`).join(', ');
  return {
    id: `fault ${text(fields.id)}`, title: where === '' ? name : `${name} ${where}`, nodes, links, manner: 'apart', outside: fields.inside === false,
  };
}

const isStormy = (fields: Fields): boolean =>
  Object.entries(fields).some(([name, value]) => name.endsWith('_ppm') && number(value) > 0);

/** All but the largest group. */
function minority(fields: Fields): string[] {
  const groups = list(fields.groups).map((group) => list(group).map(String));
  const largest = groups.reduce((a, b) => (b.length > a.length ? b : a), [] as string[]);
  return groups.filter((group) => group !== largest).flat();
}

function partitionTitle(fields: Fields): string {
  const label = text(fields.label);
  const minor = minority(fields);
  const name = label !== '' ? label : minor.slice(0, 4).join(', ');
  return ui('band-network-partitioned', { name });
}

/** The bands that a window shows. */
export function bandsWithin(bands: readonly Band[], fromUs: number, toUs: number): Band[] {
  return bands.filter((band) => band.fromUs <= toUs && band.toUs >= fromUs);
}

export interface Row<T> {
  item: T;
  row: number;
}

/** Stretches side by side in as few rows as it takes; those beyond `rows` share the last one. */
export function packed<T extends { fromUs: number; toUs: number }>(items: readonly T[], rows: number): Row<T>[] {
  const ends: number[] = [];
  return items.map((item) => {
    const free = ends.findIndex((end) => end <= item.fromUs);
    const row = Math.min(free >= 0 ? free : ends.length, rows - 1);
    ends[row] = Math.max(ends[row] ?? 0, item.toUs);
    return { item, row };
  });
}
