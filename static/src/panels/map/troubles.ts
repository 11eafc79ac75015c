/** Faults in force as the map draws them: words under a machine, a tinted link with its word, words for everywhere. Pure. */
import type { Point, Rect } from '../../geometry/plane';
import { FAULTS } from '../../wire/faults.gen';
import { turnedTitle } from '../../words/faults';
import { isShape, list, record, text, type Entities } from '../reading/picture';
import type { Layout } from './layout';

export interface Trouble {
  title: string;
  /** Colour token. */
  band: string;
  outside: boolean;
}

export interface LinkTrouble extends Trouble {
  src: string;
  dst: string;
  /** Both ways. */
  both: boolean;
}

export interface Troubles {
  nodes: Map<string, Trouble[]>;
  links: LinkTrouble[];
  everywhere: Trouble[];
}

const BANDS: ReadonlyMap<string, string> = new Map(FAULTS.map((fault) => [fault.name, fault.band]));

export function troublesOf(picture: Entities): Troubles {
  const found: Troubles = { nodes: new Map(), links: [], everywhere: [] };
  for (const fields of picture.kind('fault').values()) {
    const fault = text(fields.fault);
    const trouble: Trouble = { title: turnedTitle(fault, record(fields.detail)), band: BANDS.get(fault) ?? 'bad', outside: fields.inside === false };
    const nodes = list(fields.nodes).map(String);
    const links = list(fields.links).map((link) => list(link).map(String));
    for (const node of nodes) found.nodes.set(node, [...(found.nodes.get(node) ?? []), trouble]);
    // What gives the network another shape shows by its links, on which nothing passes: one word is enough.
    if (!isShape(fault)) addLinks(found.links, links, trouble);
    if (nodes.length === 0 && (links.length === 0 || isShape(fault))) found.everywhere.push(trouble);
  }
  return found;
}

function addLinks(into: LinkTrouble[], links: readonly string[][], trouble: Trouble): void {
  const seen = new Set<string>();
  for (const [src = '', dst = ''] of links) {
    if (seen.has(`${dst}>${src}`)) continue;
    seen.add(`${src}>${dst}`);
    into.push({ ...trouble, src, dst, both: links.some(([a, b]) => a === dst && b === src) });
  }
}

export interface Chip extends Rect {
  text: string;
  band: string;
  outside: boolean;
}

const CHIP_H = 18;
const NODE_CHIPS_MAX = 2;
const EVERYWHERE_MAX = 6;

/** Where the words stand: under their machine, on their link, and for everywhere in the top right corner, where no machine stands. `measure` in the chips' font. */
export function chipsOf(troubles: Troubles, layout: Layout, measure: (text: string) => number): Chip[] {
  const u = layout.unit;
  const chips: Chip[] = [];
  const chip = (words: string, trouble: Trouble, centre: Point): Chip => {
    const w = measure(words) + 24 * u;
    const x = Math.max(4, Math.min(layout.width - w - 4, centre.x - w / 2));
    return { x, y: centre.y - (CHIP_H * u) / 2, w, h: CHIP_H * u, text: words, band: trouble.band, outside: trouble.outside };
  };
  for (const [node, all] of troubles.nodes) {
    const place = layout.places.get(node);
    if (place === undefined || place.shape === 'square') continue;
    const shown = all.slice(0, NODE_CHIPS_MAX);
    const below = place.y + place.h / 2 + (place.label === 'below' ? 46 : 14) * u;
    const room = below + ((shown.length - 1) * (CHIP_H + 2) + CHIP_H / 2 + 2) * u <= layout.height;
    const first = room ? below : place.y - place.h / 2 - (14 + (shown.length - 1) * (CHIP_H + 2)) * u;
    shown.forEach((trouble, i) => {
      const more = i === shown.length - 1 && all.length > shown.length ? ` +${all.length - shown.length}` : '';
      chips.push(chip(trouble.title + more, trouble, { x: place.x, y: first + i * (CHIP_H + 2) * u }));
    });
  }
  const onLink = new Map<string, number>();
  for (const link of troubles.links) {
    const [a, b] = [layout.places.get(link.src), layout.places.get(link.dst)];
    if (a === undefined || b === undefined) continue;
    const key = [link.src, link.dst].sort().join(' ');
    const before = onLink.get(key) ?? 0;
    onLink.set(key, before + 1);
    chips.push(chip(link.title, link, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 + before * (CHIP_H + 2) * u }));
  }
  const { everywhere } = troubles;
  everywhere.slice(0, EVERYWHERE_MAX).forEach((trouble, i) => {
    const more = i === EVERYWHERE_MAX - 1 && everywhere.length > EVERYWHERE_MAX ? ` +${everywhere.length - EVERYWHERE_MAX}` : '';
    const words = trouble.title + more;
    const w = measure(words) + 24 * u;
    chips.push({ x: layout.width - w - 10 * u, y: (6 + i * (CHIP_H + 3)) * u, w, h: CHIP_H * u, text: words, band: trouble.band, outside: trouble.outside });
  });
  return chips;
}
