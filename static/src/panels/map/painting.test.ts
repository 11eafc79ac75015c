import { describe, expect, it } from 'vitest';
import { nodeViews, cutViews, oneWayCuts } from './cluster';
import type { Colours } from './colours';
import { layoutOf } from './layout';
import { StillPainting, type StaticScene } from './paint_static';
import { troublesOf } from './troubles';
import { crowd, storage } from '../reading/fixture';
import type { Picture } from '../../history/picture';

const brush = new Proxy({} as CanvasRenderingContext2D, { get: (target, name) => Reflect.get(target, name) ?? (() => ({ width: 8 })), set: () => true });
const colours = {} as Colours;

describe('the still layer of a crowd', () => {
  const picture = crowd(300);
  picture.apply(Object.entries(storage(['s1'], ['s2'])).map(([id, fields]) => ['node', id, fields]));
  const layout = layoutOf([...picture.kind('node')].map(([id, fields]) => ({ id, role: String(fields.role), zone: String(fields.zone) })), 800, 400);
  const sceneOf = (of: Picture, more: Partial<StaticScene> = {}): StaticScene => ({
    layout, nodes: nodeViews(of), cuts: cutViews(of).map((view) => ({ view, boundary: null })), oneWay: oneWayCuts(of), troubles: troublesOf(of),
    selected: new Set(), hover: null, passes: () => true, ...more,
  });
  const painting = new StillPainting();
  const show = (more: Partial<StaticScene> = {}, canvas = '800 400 1') => {
    const before = [painting.whole, painting.squares] as const;
    painting.paint(brush, colours, sceneOf(picture, more), canvas);
    return [painting.whole - before[0], painting.squares - before[1]];
  };

  it('is painted once, and then the squares that fill or empty', () => {
    expect(show()).toEqual([1, 0]);
    expect(show()).toEqual([0, 0]);
    picture.apply([['Pod', 'p-n5', { status: { phase: 'Succeeded' } }]]);
    expect(show()).toEqual([0, 1]);
    picture.apply([['memory', 's1', { chosen: 9, applied: 8 }]]);
    expect(show()).toEqual([0, 0]);
    picture.apply([['memory', 'n9', { running: ['p'] }]]);
    expect(show()).toEqual([0, 1]);
  });

  it.each<[string, () => unknown]>([
    ['a machine that goes down', () => picture.apply([['node', 'n5', { state: 'down' }]])],
    ['a machine that comes back', () => picture.apply([['node', 'n5', { state: 'up' }]])],
    ['a storage node that goes down', () => picture.apply([['node', 's1', { state: 'down' }]])],
  ])('%s paints all', (_, change) => {
    show();
    change();
    expect(show()).toEqual([1, 0]);
    expect(show()).toEqual([0, 0]);
  });

  it('so do a choice, the pointer and another size', () => {
    show();
    expect(show({ selected: new Set(['n3']) })).toEqual([1, 0]);
    expect(show({ hover: 'n3' })).toEqual([1, 0]);
    expect(show({ hover: 'n3' }, '1600 800 2')).toEqual([1, 0]);
  });

  it('and every time while something is cut', () => {
    picture.apply([['cut', 'n1>n2', { src: 'n1', dst: 'n2' }]]);
    expect([show()[0], show()[0]]).toEqual([1, 1]);
  });
});
