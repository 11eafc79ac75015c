import { describe, expect, it } from 'vitest';
import { crossing, distanceToSegment, hull, inPolygon, overlaps } from './plane';

const p = (x: number, y: number) => ({ x, y });

describe('lines', () => {
  it.each([
    ['in the middle', p(0, 0), p(10, 0), p(5, -5), p(5, 5), 0.5],
    ['at the end', p(0, 0), p(10, 0), p(10, -5), p(10, 5), 1],
    ['too short', p(0, 0), p(4, 0), p(5, -5), p(5, 5), null],
    ['parallel', p(0, 0), p(10, 0), p(0, 1), p(10, 1), null],
  ])('meet %s', (_name, a, b, c, d, share) => expect(crossing(a, b, c, d)).toBe(share));

  it.each([
    ['beside', p(5, 3), 3],
    ['beyond the end', p(13, 4), 5],
  ])('distance of a point %s', (_name, point, away) => expect(distanceToSegment(point, p(0, 0), p(10, 0))).toBe(away));
});

describe('areas', () => {
  it('a hull leaves inner points out', () => {
    expect(hull([p(0, 0), p(4, 0), p(4, 4), p(0, 4), p(2, 2)])).toHaveLength(4);
  });

  it('a point is in a polygon or not', () => {
    const square = [p(0, 0), p(4, 0), p(4, 4), p(0, 4)];
    expect([inPolygon(p(2, 2), square), inPolygon(p(5, 2), square)]).toEqual([true, false]);
  });

  it('rectangles that only touch do not overlap', () => {
    const a = { x: 0, y: 0, w: 10, h: 10 };
    expect([overlaps(a, { ...a, x: 10 }), overlaps(a, { ...a, x: 9 })]).toEqual([false, true]);
  });
});
