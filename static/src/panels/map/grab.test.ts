import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import { passes } from '../reading/picture';
import { CLASSROOM } from './fixture';
import { flightAt } from './gestures';
import { layoutOf } from './layout';
import { Paths } from './paths';
import { movingScene, shareOf, type Flight, type Moment } from './scene';
import { chipsOf, troublesOf } from './troubles';

const layout = layoutOf(CLASSROOM, 820, 448);
const MOMENT: Moment = {
  nowUs: 150_000, speed: 1, pace: 1, hidden: new Set(), reducedMotion: false, labels: false, keepClear: [], labelText: (label) => label.join(' '), hover: null,
};
const held = { kind: 'accept', src: 's4', dst: 's1', sent_us: 0, arrives_us: 200_000, label: ['accept', 488], held_us: 50_000 };

describe('a held message', () => {
  it('stays where it was stopped', () => expect(shareOf(held, 150_000)).toBe(0.25));

  it.each<[string, Partial<Moment>]>([
    ['its kind is hidden', { hidden: new Set(['accept'] as const) }],
    ['the run is too fast for glyphs', { speed: 90 }],
    ['motion is reduced', { reducedMotion: true }],
  ])('is drawn even where %s', (_, over) =>
    expect(movingScene(new Paths(layout), new Map([['1', held]]) as never, [], { ...MOMENT, ...over }).flights).toMatchObject([{ id: '1', held: true }]));

  it('says what it is without being pointed at', () =>
    expect(movingScene(new Paths(layout), new Map([['1', held]]) as never, [], MOMENT).plates.map((plate) => plate.text)).toEqual(['accept 488']));
});

describe('a hand', () => {
  const flight = (id: string, x: number, over: Partial<Flight> = {}) => ({ id, at: { x, y: 0 }, held: false, arrivesUs: 900, ...over }) as Flight;
  it.each<[string, Flight[], string | undefined]>([
    ['45 px wide for what can still be caught', [flight('a', 22.3)], 'a'],
    ['not wider', [flight('a', 22.5)], undefined],
    ['28 px wide for what has arrived by now', [flight('a', 14.1, { arrivesUs: 400 })], undefined],
    ['the nearest wins', [flight('a', 9), flight('b', 4)], 'b'],
    ['what has arrived by now only when there is nothing else', [flight('a', 9), flight('b', 1, { arrivesUs: 400 })], 'a'],
    ['what is held has not arrived, whatever its time', [flight('a', 9), flight('b', 1, { arrivesUs: 400, held: true })], 'b'],
  ])('%s', (_, flights, id) => expect(flightAt(flights, { x: 0, y: 0 }, 1, 500)?.id).toBe(id));
});

describe('faults on the map', () => {
  const fault = (name: string, over = {}) => ({ fault: name, nodes: [], links: [], detail: {}, since_us: 0, inside: true, ...over });
  const found = troublesOf(pictureOf({
    fault: {
      a: fault('slow-disk', { nodes: ['s1'] }), b: fault('lost-fsync', { nodes: ['s1'], inside: false }), c: fault('wipe', { nodes: ['s1'] }),
      d: fault('link-loss', { links: [['s2', 's4'], ['s4', 's2']] }), e: fault('link-delay', { links: [['s1', 's5']] }), f: fault('authentication', { detail: { on: false } }),
    },
  }));

  it('a ring is one word, and nothing passes on the links that it cuts', () => {
    const picture = pictureOf({ fault: { ring: fault('ring', { links: [['s1', 's3'], ['s3', 's1']] }) } });
    expect(troublesOf(picture)).toMatchObject({ links: [], everywhere: [{ title: 'Ring' }] });
    expect([passes(picture, 's1', 's3'), passes(picture, 's1', 's2')]).toEqual([false, true]);
  });

  it('a link both ways is one line', () => expect(found.links.map(({ src, dst, both }) => [src, dst, both])).toEqual([['s2', 's4', true], ['s1', 's5', false]]));

  it('two words at most under a machine, the rest counted; what acts everywhere has its place', () => {
    const chips = chipsOf(found, layout, (text) => text.length * 7);
    expect(chips.map((chip) => chip.text)).toEqual(['Slow disk', 'Lost fsync +1', 'Loss', 'Delay', 'Authentication off']);
    expect(chips.map((chip) => chip.outside)).toEqual([false, true, false, false, false]);
    for (const chip of chips) {
      expect(chip.x).toBeGreaterThanOrEqual(0);
      expect(chip.x + chip.w).toBeLessThanOrEqual(layout.width);
      expect(chip.y + chip.h).toBeLessThanOrEqual(layout.height);
    }
  });
});
