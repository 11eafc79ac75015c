import { describe, expect, it } from 'vitest';
import { isolation, lassoed, linkAt, nodeAt, strokeCommands, strokeOf } from './gestures';
import { layoutOf } from './layout';
import { overlaps } from '../../geometry/plane';
import { badgePlace, zoneName } from './paint_static';
import { boundaryOf } from './paths';
import { CLASSROOM } from './fixture';

const layout = layoutOf(CLASSROOM, 820, 448);
const at = (id: string) => layout.places.get(id)!;
const between = (a: string, b: string) => ({ x: (at(a).x + at(b).x) / 2, y: (at(a).y + at(b).y) / 2 });

describe('a drawn line', () => {
  it('under zone b cuts it off, compute nodes and all', () => {
    const y = at('s3').y + 50;
    const stroke = strokeOf(layout, { x: 100, y }, { x: 720, y });
    expect(stroke).toEqual({ kind: 'zone', zone: 'b' });
    expect(strokeCommands(layout, stroke)).toEqual([
      { type: 'partition', groups: [['c3', 'c4', 's3'], [...layout.places.keys()].filter((id) => !['c3', 'c4', 's3'].includes(id))], label: 'zone b' },
    ]);
  });

  it('over one link cuts that link both ways', () => {
    const middle = between('s1', 's5');
    const stroke = strokeOf(layout, { x: middle.x - 30, y: middle.y - 8 }, { x: middle.x - 30, y: middle.y + 8 });
    expect(strokeCommands(layout, stroke)).toEqual([{ type: 'cut-link', src: 's1', dst: 's5', both: true }]);
  });

  it('around a single storage node of a zone cuts its links one by one, since the zone is more', () => {
    const { x, y, w } = at('s1');
    const stroke = strokeOf(layout, { x: x - 40, y: y - w * 0.75 }, { x: x + w * 0.8, y: y + 20 });
    expect(stroke.kind).toBe('links');
    expect(strokeCommands(layout, stroke).every((command) => command.type === 'cut-link')).toBe(true);
  });

  it('over nothing does nothing', () => {
    const stroke = strokeOf(layout, { x: 2, y: 2 }, { x: 30, y: 30 });
    expect(strokeCommands(layout, stroke)).toEqual([]);
  });
});

describe('aim', () => {
  it('a node is hit within 28 px even where it is smaller', () => {
    expect(nodeAt(layout, { x: at('w1').x, y: at('w1').y + 14 })?.id).toBe('w1');
    expect(nodeAt(layout, { x: at('s4').x + 20, y: at('s4').y })?.id).toBe('s4');
    expect(nodeAt(layout, between('s1', 's5'))).toBeNull();
  });

  it('a link is hit beside its line', () => {
    const { x, y } = between('s1', 's5');
    expect(linkAt(layout, { x: x + 40, y: y + 4 })).toEqual({ a: 's1', b: 's5' });
    expect(linkAt(layout, { x: 5, y: 5 })).toBeNull();
  });

  it('a lasso takes what lies in it', () => {
    const zone = layout.zones.find((one) => one.zone === 'c')!;
    expect(lassoed(layout, zone).sort()).toEqual(['c5', 'c6', 's4', 's5']);
  });
});

describe('isolation', () => {
  it.each([
    [['s4'], 's4'],
    [['c1', 'c2', 's1', 's2'], 'zone a'],
    [['s1', 's2', 's3', 's4', 's5'], '5 nodes'],
  ])('of %j is called %s', (nodes, label) => expect(isolation(layout, nodes)).toMatchObject({ label }));

  it('everybody is on one of the two sides', () => {
    const { groups } = isolation(layout, ['s4', 'c6']) as unknown as { groups: string[][] };
    expect(groups.flat().sort()).toEqual([...layout.places.keys()].sort());
  });
});

describe('the line around a cut', () => {
  it('a zone is hatched and framed', () => expect(boundaryOf(layout, ['s3', 'c3', 'c4'])).toMatchObject({ zone: 'b' }));
  it('a single node gets a ring of its own', () => expect(boundaryOf(layout, ['s1'])?.zone).toBeNull());
  it('its badge leaves the name of the zone alone', () => {
    const boundary = boundaryOf(layout, ['c3'])!;
    const name = zoneName(layout, layout.zones.find((one) => one.zone === 'b')!);
    expect(overlaps(badgePlace(layout, boundary, 120), name)).toBe(false);
    expect(overlaps(badgePlace(layout, { ...boundary, badges: [boundary.badges[0]] }, 120), name)).toBe(true);
  });
  it('nodes with others between them get no line, since it would enclose those too', () =>
    expect(boundaryOf(layout, ['c1', 'c6', 's3'])).toBeNull());
});
