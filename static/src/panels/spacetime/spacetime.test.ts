import { describe, expect, it } from 'vitest';
import { TimeScale } from '../../geometry/time_scale';
import { ToyRun } from '../../history/testing';
import type { Wire } from '../../history/types';
import { bandsOf, packed } from './bands';
import { coneOf, placeOf, stepsOf } from './causal';
import { joinRanges, missing } from './intake';
import { LANE_MIN, lanesOf } from './lanes';
import { slotSeqs, targetOf } from './links';
import { arrowsWithin, countWithin, flyingAt, heatOf, hitAt, HUES, isDense, laneY, marksWithin, momentOf, viewOf } from './scene';
import { CHUNK, Kind, State, Weave } from './weave';
import { aligned, fitting, following, holding, panned, seqAt, SPAN_MAX_US, SPAN_MIN_US, wanted, widthOf, zoomed } from './window';

const S = 1_000_000;
const ROLES: Record<string, string> = { s: 'storage', c: 'compute', w: 'client', a: 'api' };
const roleOf = (node: string): string => ROLES[node[0]!] ?? '';
const NODES = new Map(['s1', 's2', 's3', 's4', 's5', 'w1', 'w2'].map((id) => [id, { role: roleOf(id), zone: 'a' }]));

function woven(entries: readonly Wire[], pieces?: [number, number][]): Weave {
  const weave = new Weave(roleOf, (tag) => ['', 'node-killed', 'leader-ready', 'campaign-started', 'leader-elected'].indexOf(tag) > 0 ? 1 : 0);
  for (const [first, last] of pieces ?? [[0, entries.length - 1]]) {
    const runs = [{ first, last }];
    while (weave.sync(runs, (seq) => entries[seq], 500));
  }
  return weave;
}

/** Everything that a reader sees of a weave, whatever the order in which it came to be. */
function told(weave: Weave): unknown {
  const rows: unknown[] = [];
  for (const chunk of weave.within(-Infinity, Infinity)) {
    for (let i = 0; i < chunk.messages; i++) {
      rows.push([chunk.sentSeq[i], chunk.id[i], weave.names[chunk.src[i]!], weave.names[chunk.dst[i]!], chunk.state[i], chunk.sentUs[i], chunk.endUs[i], chunk.endSeq[i]]);
    }
  }
  return rows.sort((a, b) => (a as number[])[0]! - (b as number[])[0]!);
}

const toy = (script: (run: ToyRun) => void): ToyRun => {
  const run = new ToyRun();
  script(run);
  return run;
};

describe('the weave', () => {
  const run = toy((one) => (one.until(6 * S), one.kill('s1'), one.cutZone('b'), one.until(14 * S)));

  it('has every message with its beginning and its end', () => {
    const weave = woven(run.entries);
    const sent = run.entries.filter((entry) => entry[3][0] === 'message-sent');
    const ended = run.entries.filter((entry) => /delivered|dropped/.test(entry[3][0]));
    const rows = told(weave) as number[][];
    expect(rows).toHaveLength(sent.length);
    expect(rows.filter((row) => row[7] !== -1)).toHaveLength(ended.length);
    expect([...weave.open]).toHaveLength(sent.length - ended.length);
    expect(rows.some((row) => row[4] === State.Dropped)).toBe(true);
  });

  it.each<[string, [number, number][]]>([
    ['in three pieces', [[0, 99], [0, 400], [0, run.entries.length - 1]]],
    ['its end first', [[300, run.entries.length - 1], [0, run.entries.length - 1]]],
    ['from the middle', [[200, 300], [500, 520], [0, run.entries.length - 1]]],
  ])('is the same, whatever the order: %s', (_, pieces) => {
    expect(told(woven(run.entries, pieces))).toEqual(told(woven(run.entries)));
  });

  it('takes in a long log over several calls, the newest first', () => {
    const weave = new Weave(roleOf, () => 0);
    const runs = [{ first: 0, last: run.entries.length - 1 }];
    expect(weave.sync(runs, (seq) => run.entries[seq], 100)).toBe(true);
    expect([weave.has(run.entries.length - 1), weave.has(0)]).toEqual([true, false]);
    while (weave.sync(runs, (seq) => run.entries[seq], 100));
    expect(weave.has(0)).toBe(true);
  });

  it('tells the painter what is new, once', () => {
    const weave = woven(run.entries.slice(0, 300));
    weave.fresh = { messages: [], entries: [] };
    weave.sync([{ first: 0, last: 400 }], (seq) => run.entries[seq], 500);
    const fresh = weave.fresh as { messages: number[]; entries: number[] } | null;
    const ended = run.entries.slice(300, 401).filter((entry) => /delivered|dropped/.test(entry[3][0]));
    expect(fresh?.messages).toHaveLength(ended.length);
  });

  it.each([
    [[[10, 20]], 0, 30, [[0, 9], [21, 30]]],
    [[[0, 5], [8, 9]], 3, 12, [[6, 7], [10, 12]]],
    [[[0, 50]], 10, 20, []],
  ] as const)('of %j what %i to %i lacks', (ranges, first, last, expected) => expect(missing(ranges, first, last)).toEqual(expected));

  it('joins ranges that touch', () => expect(joinRanges([[0, 5], [10, 12]], 6, 9)).toEqual([[0, 12]]));
});

describe('the scene', () => {
  const run = toy((one) => (one.until(4 * S), one.kill('s2'), one.until(9 * S)));
  const weave = woven(run.entries);
  const lanes = lanesOf(NODES, 7 * 30);
  const view = viewOf(weave, new TimeScale(0, 10 * S, 1000), lanes, new Set());

  it('an arrow goes from the lane of the sender to that of the receiver', () => {
    const [arrow] = arrowsWithin(weave, view, 0, S);
    const chunk = weave.chunkOf(arrow!.position)!;
    const i = arrow!.position % CHUNK;
    expect(arrow!.y0).toBe(laneY(lanes, lanes.of.get(weave.names[chunk.src[i]!]!)!));
    expect(arrow!.y1).toBe(laneY(lanes, lanes.of.get(weave.names[chunk.dst[i]!]!)!));
    expect(arrow!.x1 - arrow!.x0).toBeCloseTo((chunk.endUs[i]! - chunk.sentUs[i]!) / 10_000, 6);
  });

  it('hides what is hidden, but counts it', () => {
    const beats = viewOf(weave, view.scale, lanes, new Set(['heartbeat']));
    expect(arrowsWithin(weave, beats, 0, 9 * S).length).toBeLessThan(arrowsWithin(weave, view, 0, 9 * S).length);
    expect(countWithin(weave, 0, 9 * S)).toBeGreaterThan(arrowsWithin(weave, beats, 0, 9 * S).length);
  });

  it('what flies is drawn as far as it has come', () => {
    const [flight] = flyingAt(weave, view, 9 * S);
    expect(flight).toBeDefined();
    const chunk = weave.chunkOf(flight!.position)!;
    const i = flight!.position % CHUNK;
    const share = (9 * S - chunk.sentUs[i]!) / (chunk.planUs[i]! - chunk.sentUs[i]!);
    const whole = laneY(lanes, view.laneOf[chunk.dst[i]!]!) - flight!.y0;
    expect(flight!.y1).toBeCloseTo(flight!.y0 + whole * Math.min(1, share), 6);
    expect(flight!.x1).toBeCloseTo(900, 6);
  });

  it('heat counts every message once, where it was sent', () => {
    const heat = heatOf(weave, view, 0, 10 * S);
    const all = heat.counts.reduce((sum, count) => sum + count, 0);
    let sent = 0;
    let lost = 0;
    for (const chunk of weave.within(0, 10 * S)) {
      for (let i = 0; i < chunk.messages; i++) {
        if (view.laneOf[chunk.src[i]!]! >= 0) sent++;
        if (chunk.state[i] === State.Dropped && view.laneOf[chunk.dst[i]!]! >= 0) lost++;
      }
    }
    expect(lost).toBeGreaterThan(0);
    expect(all).toBe(sent + lost);
    expect(heat.counts.length).toBe(500 * lanes.lanes.length * HUES.length);
  });

  it.each([
    [2300, 740, false, false], [2400, 740, false, true], [2000, 740, true, true], [1800, 740, true, false], [700, 200, false, true], [200, 20, false, false],
  ])('%i messages on %i px, dense before: %s; now %s', (count, px, before, dense) => expect(isDense(count, px, before)).toBe(dense));

  it('a click on an arrow finds it, and its moment is one at which it flies', () => {
    const arrow = arrowsWithin(weave, view, 6 * S, 7 * S).find((one) => Math.abs(one.y1 - one.y0) > 20)!;
    const [x, y] = [(arrow.x0 + arrow.x1) / 2, (arrow.y0 + arrow.y1) / 2];
    expect(hitAt(weave, view, x, y, 9 * S, 2)).not.toBeNull();
    const chunk = weave.chunkOf(arrow.position)!;
    const i = arrow.position % CHUNK;
    for (const us of [0, view.scale.usAt(x), 99 * S]) {
      const moment = momentOf(weave, arrow.position, us);
      expect(moment).toBeGreaterThanOrEqual(chunk.sentUs[i]!);
      expect(moment).toBeLessThan(chunk.endUs[i]!);
    }
  });

  it('marks: decisions and landmarks always, minor things only near', () => {
    const kinds = (minor: boolean) => new Set(marksWithin(weave, view, 0, 10 * S, minor).map((mark) => mark.kind));
    expect(kinds(false)).toEqual(new Set([Kind.Mark, Kind.Decided]));
    expect(kinds(true)).toContain(Kind.Minor);
  });
});

describe('causes', () => {
  const entry = (seq: number, cause: number | null, event: Wire[3]): Wire => [seq, seq * 1000, cause, event, []];
  const sent = (id: number, src: string, dst: string): Wire[3] => ['message-sent', id, 'accept', src, dst, 0, 9000, ['accept', 1]];
  const got = (id: number, src: string, dst: string): Wire[3] => ['message-delivered', id, 'accept', src, dst];
  const log: Wire[] = [
    entry(0, null, ['run-started', 'x', 1]),
    entry(1, null, ['command-taken', 1, {}]),
    entry(2, 1, sent(1, 's1', 's2')),
    entry(3, 1, sent(2, 's1', 's3')),
    entry(4, 2, got(1, 's1', 's2')),
    entry(5, 4, ['vote-cast', 's2', 1, [1, 's1'], [], 0, 1]),
    entry(6, 3, got(2, 's1', 's3')),
  ];

  it('the past is the chain of causes, the future all that came of it', () => {
    const weave = woven(log);
    expect(coneOf(weave, 4)).toEqual({ seq: 4, past: [2, 1], future: [5], older: false, more: false });
    expect([...coneOf(weave, 1).future].sort()).toEqual([2, 3, 4, 5, 6]);
  });

  it('says where the chain leaves what is known, and learns it later', () => {
    const weave = woven(log, [[4, 6]]);
    expect(coneOf(weave, 5)).toMatchObject({ past: [4], older: true });
    while (weave.sync([{ first: 0, last: 6 }], (seq) => log[seq], 500));
    expect(coneOf(weave, 5)).toMatchObject({ past: [4, 2, 1], older: false });
    expect([...coneOf(weave, 1).future].sort()).toEqual([2, 3, 4, 5, 6]);
  });

  it('a step is a flight when a message made it', () => {
    const weave = woven(log);
    expect(stepsOf(weave, [4, 5]).map((step) => step.flight)).toEqual([true, false]);
    expect(placeOf(weave, 1)).toBeNull();
    expect(weave.names[placeOf(weave, 5)!.node]).toBe('s2');
  });

  it('finds the message and the slot that are selected elsewhere', () => {
    const weave = woven(log);
    expect(targetOf(weave, 2)).toEqual({ message: 1 });
    expect(targetOf(weave, 99)).toBeNull();
    const timeline = { runs: () => [{ first: 0, last: 6, fromUs: 0, toUs: 6000 }], entry: (seq: number) => log[seq] };
    expect(slotSeqs(timeline, 1)).toEqual([5]);
    expect(slotSeqs(timeline, 2)).toEqual([]);
  });
});

describe('lanes', () => {
  const many = new Map([
    ...NODES,
    ...Array.from({ length: 1500 }, (_, i) => [`c${i}`, { role: 'compute', zone: i % 3 === 0 ? 'a' : 'b' }] as const),
  ]);

  it('clients, then those who agree, each in the order of their names', () => {
    expect(lanesOf(NODES, 400).lanes.map((lane) => lane.label)).toEqual(['w1', 'w2', 's1', 's2', 's3', 's4', 's5']);
  });

  it('too many machines share lanes by zone, and storage keeps its own', () => {
    const { lanes, of, laneHeight } = lanesOf(many, 360);
    expect(lanes.map((lane) => lane.label)).toEqual(['w1', 'w2', 's1', 's2', 's3', 's4', 's5', 'zone a: 500', 'zone b: 1000']);
    expect(of.get('c0')).not.toBe(of.get('c1'));
    expect(laneHeight).toBeGreaterThanOrEqual(LANE_MIN);
  });
});

describe('faults', () => {
  const mark = (seq: number, tag: string, fields: Record<string, unknown>) => ({ seq, atUs: seq * S, tag, fields });

  it('last from what began them to what ended them', () => {
    const bands = bandsOf([
      mark(1, 'node-paused', { node: 's1' }),
      mark(2, 'node-killed', { node: 's1' }),
      mark(3, 'network-partitioned', { partition: 'p', groups: [['s1'], ['s2', 's3']], label: '' }),
      mark(4, 'node-restarted', { node: 's1' }),
      mark(5, 'fault-began', { id: 'slow-disk:s2', fault: 'slow-disk', nodes: ['s2'], links: [], inside: false }),
      mark(6, 'partition-healed', { partition: 'p' }),
    ]);
    expect(bands.map(({ fromUs, toUs, nodes, manner, outside }) => [fromUs / S, toUs / S, nodes, manner, outside])).toEqual([
      [1, 2, ['s1'], 'still', false],
      [2, 4, ['s1'], 'off', false],
      [3, 6, ['s1'], 'apart', false],
      [5, Infinity, ['s2'], 'apart', true],
    ]);
    expect(bands[3]!.title).toContain('s2');
  });

  it('weather ends when nothing of it is left', () => {
    const bands = bandsOf([mark(1, 'network-changed', { loss_ppm: 5000 }), mark(2, 'network-changed', { loss_ppm: 0 })]);
    expect(bands.map((band) => band.toUs / S)).toEqual([2]);
  });

  it('share as few rows as they can', () => {
    const at = (fromUs: number, toUs: number) => ({ fromUs, toUs });
    expect(packed([at(0, 5), at(1, 3), at(4, 9), at(6, 7)], 2).map(({ row }) => row)).toEqual([0, 1, 1, 0]);
    expect(packed([at(0, 5), at(1, 5), at(2, 5)], 2).map(({ row }) => row)).toEqual([0, 1, 1]);
  });
});

describe('the window', () => {
  const span = { fromUs: 100 * S, toUs: 110 * S };

  it('zooms about a time that stays, from microseconds to days', () => {
    const near = zoomed(span, 102 * S, 5);
    expect((102 * S - near.fromUs) / widthOf(near)).toBeCloseTo(0.2, 9);
    expect(widthOf(zoomed(span, 102 * S, 1e12))).toBe(SPAN_MIN_US);
    expect(widthOf(zoomed(span, 102 * S, 1e-12))).toBe(SPAN_MAX_US);
  });

  it('holds while the cursor is inside, follows live, never goes before the beginning', () => {
    expect(holding(span, 105 * S)).toBe(span);
    expect(holding(span, 300 * S)).toEqual({ fromUs: 295 * S, toUs: 305 * S });
    expect(following(span, 200 * S).toUs).toBeGreaterThan(200 * S);
    expect(panned(span, -500 * S).fromUs).toBeGreaterThan(-1 * S);
    expect(fitting(2 * S, 4 * S).fromUs).toBeLessThan(2 * S);
  });

  it('stands on whole pixels', () => {
    const at = aligned({ fromUs: 12_345_678, toUs: 22_345_678 }, 800);
    expect((at.fromUs / 12_500) % 1).toBeCloseTo(0, 6);
    expect(widthOf(at)).toBe(10 * S);
  });

  it('between known entries an unknown one stands in proportion', () => {
    const known = [{ seq: 0, us: 0 }, { seq: 100, us: 10 * S }, { seq: 300, us: 20 * S }];
    expect([seqAt(known, 5 * S), seqAt(known, 15 * S), seqAt(known, 99 * S)]).toEqual([50, 200, 300]);
  });

  const head = { seq: 100_000, us: 1000 * S };
  const live = { first: 90_000, last: 100_000, fromUs: 900 * S, toUs: 1000 * S };
  it.each([
    ['all of it is here', { fromUs: 950 * S, toUs: 1010 * S }, [live], { state: 'whole' }],
    ['its beginning is missing', { fromUs: 880 * S, toUs: 920 * S }, [live], { state: 'fetch', from: 88_000, to: 89_999 }],
    ['none of it is here', { fromUs: 500 * S, toUs: 510 * S }, [live], { state: 'fetch', from: 50_000, to: 51_000 }],
    ['it holds too much', { fromUs: 0, toUs: 1000 * S }, [live], { state: 'too-many', entries: 90_000 }],
    ['the very beginning is here', { fromUs: -1, toUs: 5 * S }, [{ first: 0, last: 600, fromUs: 0, toUs: 6 * S }, live], { state: 'whole' }],
  ])('%s', (_, window, runs, expected) => {
    const known = [{ seq: 0, us: 0 }, { seq: live.first, us: live.fromUs }, head];
    expect(wanted(window, runs, known)).toEqual(expected);
  });
});
