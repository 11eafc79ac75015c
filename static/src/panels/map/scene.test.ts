import { describe, expect, it } from 'vitest';
import { Timeline } from '../../history/timeline';
import { ToyRun } from '../../history/testing';
import { cutViews, nodeSentence, nodeViews } from './cluster';
import { lookOf } from './kinds';
import { layoutOf } from './layout';
import { CLASSROOM } from './fixture';
import { Paths } from './paths';
import { mannerOf, movingScene, shareOf, type Moment } from './scene';

const paths = new Paths(layoutOf(CLASSROOM, 820, 448));
const MOMENT: Moment = {
  nowUs: 100_000, speed: 1, pace: 1, hidden: new Set(), reducedMotion: false, labels: false, keepClear: [],
  labelText: (label) => label.join(' '), hover: null,
};
const message = (over = {}) => ({ kind: 'accept', src: 's4', dst: 's1', sent_us: 0, arrives_us: 200_000, label: ['accept', 488], ...over });
const scene = (messages: Record<string, object>, over: Partial<Moment> = {}, drops: never[] = []) =>
  movingScene(paths, new Map(Object.entries(messages)) as never, drops, { ...MOMENT, ...over });

function toy(script: (run: ToyRun) => void) {
  const run = new ToyRun();
  script(run);
  const timeline = new Timeline();
  timeline.reset({ seq: -1, at_us: 0, digest: '', view: {} }, run.meta(), 0);
  timeline.receive(run.frame(0, { playing: false }), 10);
  timeline.advance(10);
  return { run, timeline };
}

describe('position', () => {
  it.each([
    ['just sent', 0, 0],
    ['half way', 100_000, 0.5],
    ['not eased', 150_000, 0.75],
    ['arrived but not yet told so: waits at the rim', 250_000, 1],
  ])('%s', (_name, nowUs, share) => {
    const [flight] = scene({ 1: message() }, { nowUs }).flights;
    expect(flight!.share).toBe(share);
  });

  it('opposite directions keep to their right', () => {
    const [out, back] = [paths.of('s1', 's5')!, paths.of('s5', 's1')!];
    expect(out.from.y).toBeGreaterThan(back.from.y);
    expect(out.from.y - back.to.y).toBeCloseTo(18 * paths.layout.unit, 5);
  });

  it('a way begins and ends at the rims', () => {
    const path = paths.of('s1', 's5')!;
    const [a, b] = [paths.layout.places.get('s1')!, paths.layout.places.get('s5')!];
    expect(path.from.x).toBeGreaterThan(a.x + a.w / 2);
    expect(path.to.x).toBeLessThan(b.x - b.w / 2);
  });

  it('an instant message is there at once', () => expect(shareOf({ sent_us: 5, arrives_us: 5 }, 5)).toBe(1));
});

describe('manner', () => {
  it.each([
    [0, false, 'glyphs'],
    [5, false, 'glyphs'],
    [6, false, 'streaks'],
    [21, false, 'glow'],
    [1, true, 'counts'],
  ])('at %d times, reduced motion %s: %s', (speed, reduced, manner) => expect(mannerOf(speed, reduced)).toBe(manner));

  it('links glow by how many are under way, both directions together', () => {
    const { flights, glow } = scene({ 1: message(), 2: message({ src: 's1', dst: 's4' }), 3: message({ dst: 's2' }) }, { speed: 50 });
    expect(flights).toEqual([]);
    expect(Object.fromEntries(glow)).toEqual({ 's1 s4': 2, 's2 s4': 1 });
  });

  it('over 400 in flight heartbeats become light on their links, the rest stays', () => {
    const crowd = Object.fromEntries(Array.from({ length: 401 }, (_, i) => [i, message({ kind: i % 2 ? 'heartbeat' : 'accept' })]));
    const { flights, glow } = scene(crowd);
    expect(flights).toHaveLength(201);
    expect(glow.get('s1 s4')).toBe(200);
  });

  it('hidden kinds are not drawn', () => expect(scene({ 1: message() }, { hidden: new Set(['accept']) }).flights).toEqual([]));
});

describe('labels', () => {
  it('none at speed, unless hovered', () => {
    expect(scene({ 1: message() }).plates).toEqual([]);
    expect(scene({ 1: message() }, { hover: 's4' }).plates).toHaveLength(1);
  });

  it('one per kind and link, clear of nodes and of each other', () => {
    const { plates } = scene({ 1: message(), 2: message({ sent_us: 20_000 }), 3: message({ kind: 'accepted', src: 's1', dst: 's4' }) }, { labels: true });
    expect(plates.map((plate) => plate.look.family).sort()).toEqual(['accept', 'accepted']);
    const [a, b] = plates;
    expect(a!.x + a!.w <= b!.x || b!.x + b!.w <= a!.x || a!.y + a!.h <= b!.y || b!.y + b!.h <= a!.y).toBe(true);
  });
});

describe('looks', () => {
  it.each([
    ['prepare', 'storage', 'storage', [], 'triangle', false, false],
    ['promise', 'storage', 'storage', [], 'triangle', true, false],
    ['accepted', 'storage', 'storage', [], 'square', true, false],
    ['client-request', 'client', 'storage', ['request', 'put'], 'pill', false, false],
    ['client-request', 'compute', 'storage', ['request', 'lease', 'c6'], 'hexagon', true, true],
    ['client-request', 'compute', 'storage', ['request', 'status'], 'hexagon', true, false],
    ['client-reply', 'storage', 'compute', ['reply', 'ok'], 'hexagon', false, true],
    ['kube', 'storage', 'compute', ['pods', 2], 'hexagon', false, false],
    ['kube', 'storage', 'compute', ['pods', 0], 'hexagon', false, true],
    ['client-request', 'api', 'storage', ['request', 'create'], 'hexagon', true, false],
    ['nack', 'storage', 'storage', [], 'bar', false, false],
  ])('%s from %s to %s %j: %s, hollow %s, faint %s', (kind, src, dst, label, form, hollow, faint) => {
    expect(lookOf(kind, src, dst, label)).toMatchObject({ form, hollow, faint });
  });
});

describe('deaths', () => {
  const { run, timeline } = toy((toyRun) => {
    toyRun.until(3_120_000);
    toyRun.cutZone('b');
  });
  const at = (afterUs: number, over: Partial<Moment> = {}) =>
    movingScene(paths, new Map(), timeline.recentDrops(timeline.nowUs + afterUs, 600_000), { ...MOMENT, nowUs: timeline.nowUs + afterUs, ...over }).deaths;

  it('a message cut off dies where it was, and is gone after 600 ms', () => {
    const [death] = at(0);
    const drop = run.entries.findLast((entry) => entry[3][0] === 'message-dropped')![3] as [string, number, string, string, string, string, number, number];
    const path = paths.of(drop[3], drop[4])!;
    const share = (run.nowUs - drop[6]) / (drop[7] - drop[6]);
    expect(death!.at.x).toBeCloseTo(path.from.x + (path.to.x - path.from.x) * share, 5);
    expect(death!.age).toBe(0);
    expect(at(300_000)[0]!.age).toBeCloseTo(0.5, 5);
    expect(at(601_000)).toEqual([]);
  });

  it('slowed down, it dies as slowly as time goes', () => expect(at(15_000, { pace: 0.05 })[0]!.age).toBeCloseTo(0.5, 5));

  it('with reduced motion a cross stands still for a second', () => expect(at(400_000, { reducedMotion: true })[0]!.age).toBe(0));
});

describe('nodes', () => {
  it('a partition takes its nodes away from the larger side', () => {
    const { timeline } = toy((run) => (run.until(3_000_000), run.cutZone('b')));
    const views = nodeViews(timeline.picture);
    expect([...views.values()].filter((view) => view.cutOff).map((view) => view.id).sort()).toEqual(['c3', 'c4', 's3']);
    expect(cutViews(timeline.picture)).toMatchObject([{ id: 'p1', title: 'Zone b cut off' }]);
  });

  it('a killed leader leads no more, and another does after its election', () => {
    const { timeline } = toy((run) => (run.until(3_000_000), run.kill('s2'), run.until(9_000_000)));
    const views = nodeViews(timeline.picture);
    expect(views.get('s2')).toMatchObject({ health: 'down', leader: false, cutOff: false });
    expect(views.get('s4')).toMatchObject({ leader: true });
    expect(nodeSentence(views.get('s2')!)).toBe('s2, storage, down, promised 6.s2');
  });
});
