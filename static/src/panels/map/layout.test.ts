import { describe, expect, it } from 'vitest';
import { overlaps } from '../../geometry/plane';
import { CLASSROOM } from './fixture';
import { layoutOf, type Machine, type NodePlace } from './layout';

const crowd = (n: number): Machine[] =>
  Array.from({ length: n }, (_, i) => ({ id: `c${i + 1}`, role: 'compute', zone: 'abc'[i % 3]! }));

const box = (place: NodePlace) => ({ x: place.x - place.w / 2, y: place.y - place.h / 2, w: place.w, h: place.h });

describe('layout', () => {
  it.each([
    ['the mock', CLASSROOM, 820, 448],
    ['small', CLASSROOM, 600, 448],
    ['presenter', CLASSROOM, 1330, 816],
    ['24 compute nodes', [...CLASSROOM.slice(0, 5), ...crowd(24)], 820, 448],
    ['4K', CLASSROOM, 2000, 1400],
    ['seven replicas in four zones', 'abcdabc'.split('').map((zone, i) => ({ id: `s${i + 1}`, role: 'storage', zone })), 820, 448],
  ])('%s: all on the map, none over another', (_name, machines, width, height) => {
    const { places } = layoutOf(machines, width, height);
    expect(places.size).toBe(machines.length);
    const all = [...places.values()];
    for (const place of all) {
      const { x, y, w, h } = box(place);
      expect(x >= 0 && y >= 0 && x + w <= width && y + h <= height, `${place.id} at ${place.x},${place.y}`).toBe(true);
    }
    for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) expect(overlaps(box(a), box(b)), `${a.id} over ${b.id}`).toBe(false);
  });

  it('zones go clockwise: a left, b on top, c right', () => {
    const { zones, places } = layoutOf(CLASSROOM, 820, 448);
    expect(zones.map((zone) => [zone.zone, zone.side])).toEqual([['a', 'left'], ['b', 'top'], ['c', 'right']]);
    const at = (id: string) => places.get(id)!;
    expect(at('s1').x).toBeLessThan(at('s3').x);
    expect(at('s3').x).toBeLessThan(at('s4').x);
    expect(at('s3').y).toBeLessThan(at('s2').y);
    expect(at('s2').y).toBeLessThan(at('s1').y);
  });

  it('more than twelve compute nodes in a zone become squares, and 1,523 of them stay apart and inside their zones', () => {
    const machines = [...CLASSROOM.slice(0, 5), ...crowd(1523)];
    const { zones, places } = layoutOf(machines, 820, 448);
    const squares = [...places.values()].filter((place) => place.shape === 'square');
    expect(squares).toHaveLength(1523);
    for (const place of squares) {
      const zone = zones.find((one) => one.zone === place.zone)!;
      expect(place.x > zone.x && place.x < zone.x + zone.w && place.y > zone.y && place.y < zone.y + zone.h).toBe(true);
    }
    const spots = new Set(squares.map((place) => `${place.x.toFixed(1)} ${place.y.toFixed(1)}`));
    expect(spots.size).toBe(1523);
  });

  it('the same machines and size give the same layout', () => {
    expect(layoutOf([...CLASSROOM].reverse(), 820, 448).places.get('s4')).toEqual(layoutOf(CLASSROOM, 820, 448).places.get('s4'));
  });
});
