import { describe, expect, it, vi } from 'vitest';
import type { Wire } from '../../history/types';
import { pictureOf, storage } from '../reading/fixture';
import type { Fields } from '../reading/picture';

vi.mock('../../wire/events.gen', () => ({
  LANDMARKS: [],
  COMMANDS: [],
  FIELDS: {
    'operation-ended': ['client', 'status'],
    'value-chosen': ['slot', 'took_us'],
    'value-applied': ['node', 'slot_from', 'slot_to', 'digest'],
    'message-sent': ['id', 'kind'],
  },
}));

const { bars, linePath } = await import('./spark');
const { curveText, spokenTile, tiles } = await import('./scene');
const { lastEntries, percentile, windowStats } = await import('./window');

let seq = 0;
const entry = (atUs: number, ...event: [string, ...unknown[]]): Wire => [seq++, atUs, null, event, []];
const S = 1_000_000;

function read(kinds: Record<string, Record<string, Fields>>, log: Wire[] = [], more = {}) {
  const all = tiles({
    picture: pictureOf(kinds),
    nowUs: 60 * S,
    stats: windowStats(log, 0, 60 * S, 30),
    verdicts: [],
    scale: [],
    ...more,
  });
  return Object.fromEntries(all.map((tile) => [tile.code, tile]));
}

const verdict = (found: string, seq: number) => ({ check: 'agreement', seq, verdict: found, sentence: 'Two values.', proof: [] });

describe('a stretch of the log', () => {
  const log = [
    entry(1 * S, 'operation-ended', 'w1', 'ok'),
    entry(1 * S, 'operation-ended', 'w1', 'failed'),
    entry(59 * S, 'operation-ended', 'w2', 'unknown'),
    entry(3 * S, 'value-chosen', 7, 400_000),
    entry(4 * S, 'value-chosen', 7, 900_000),
    entry(5 * S, 'value-chosen', 8, 200_000),
    entry(5 * S, 'message-sent', 812, 'accept'),
  ];
  const stats = windowStats(log, 0, 60 * S, 30);

  it('counts a compare that did not match as served, and only unknown as not', () => {
    expect([stats.served, stats.unknown]).toEqual([2, 1]);
    expect(stats.bins.served[0]).toBe(2);
    expect(stats.bins.unknown[29]).toBe(1);
  });

  it('counts a slot once, whoever chose it again', () => {
    expect(stats.commits).toBe(2);
    expect(stats.commitTookUs).toEqual([200_000, 400_000]);
  });

  it('counts messages by their ids', () => expect(stats.messages).toBe(812));

  it.each<[name: string, digests: [node: string, slot: number, digest: number][], slot: number, equal: boolean, bad: number]>([
    ['two alike', [['s1', 5, 1], ['s2', 5, 1]], 5, true, 0],
    ['one differs', [['s1', 5, 1], ['s2', 5, 2]], 5, false, 1],
    ['different slots are not compared', [['s1', 5, 1], ['s2', 5, 1], ['s1', 6, 9], ['s2', 7, 3]], 5, true, 0],
    ['a later difference wins over an earlier likeness', [['s1', 5, 1], ['s2', 5, 1], ['s1', 6, 1], ['s2', 6, 2]], 6, false, 1],
  ])('compares replicas at one slot: %s', (_name, digests, slot, equal, bad) => {
    const stats = windowStats(digests.map(([node, at, digest]) => entry(1, 'value-applied', node, at, at, digest)), 0, S, 1);
    expect(stats.equalAt).toMatchObject({ slot, equal });
    expect(stats.differences).toHaveLength(bad);
  });

  it.each([
    [[], 0.5, undefined],
    [[7], 0.99, 7],
    [[1, 2, 3, 4], 0.5, 2],
    [Array.from({ length: 100 }, (_, at) => at + 1), 0.99, 99],
  ])('percentile of %j at %d', (values, share, expected) => expect(percentile(values, share)).toBe(expected));

  it('reads backwards to the beginning of the stretch, or as far as it may', () => {
    const log = [0, 10, 20, 30].map((atUs, at): Wire => [at, atUs, null, ['x'], []]);
    expect(lastEntries(3, 10, (at) => log[at], 99).map((found) => found[0])).toEqual([1, 2, 3]);
    expect(lastEntries(3, 0, (at) => log[at], 2).map((found) => found[0])).toEqual([2, 3]);
  });
});

describe('tiles', () => {
  const five = storage(['s1'], ['s2'], ['s3'], ['s4'], ['s5']);
  const led = { led_us: 0, since_us: 6 * S, changes: 1, recovered_us: 212_000 };

  it('availability: served over ended, and the share of time with a leader', () => {
    const { availability } = read({ node: five, tally: { ops: { invoked: 120, ok: 80, failed: 10, unknown: 10 }, leadership: led } });
    expect([availability!.figure, availability!.unit, availability!.line]).toEqual(['90.0', '%', 'leader 90.0 % of the time']);
  });

  it.each([
    [{ ok: 9999, failed: 0, unknown: 1 }, '99.9'],
    [{ ok: 10, failed: 0, unknown: 0 }, '100'],
    [{ ok: 0, failed: 0, unknown: 0 }, '–'],
  ])('availability of %j reads %s', (ops, figure) => {
    expect(read({ tally: { ops: { invoked: 1, ...ops }, leadership: led } }).availability!.figure).toBe(figure);
  });

  it('availability is bad while nobody leads', () => {
    const tally = { ops: { ok: 5, failed: 0, unknown: 0 }, leadership: { ...led, since_us: null } };
    expect(read({ tally }).availability!.sign).toBe('bad');
  });

  it('performance: the last three seconds, and commit times', () => {
    const log = [...Array.from({ length: 16 }, () => entry(59 * S, 'operation-ended', 'w1', 'ok')), entry(59 * S, 'value-chosen', 1, 540_000)];
    const { performance } = read({ tally: { ops: { invoked: 16, ok: 16, failed: 0, unknown: 0 } } }, log);
    // 16 in the last two bins of two seconds.
    expect([performance!.figure, performance!.line, performance!.sign]).toEqual(['4.0', 'p50 540 ms, p99 540 ms', 'ok']);
  });

  it('consistency: a difference between replicas is a violation without any checker', () => {
    const log = [entry(1, 'value-applied', 's1', 5, 5, 1), entry(1, 'value-applied', 's2', 5, 5, 2)];
    const { consistency } = read({}, log);
    expect([consistency!.figure, consistency!.sign, consistency!.line]).toEqual(['1', 'bad', 'replicas differ at slot 5']);
    expect(read({}, [], { verdicts: [verdict('invalid', 7), verdict('invalid', 9), verdict('valid', 11)] }).consistency!.figure).toBe('2');
  });

  it.each<[name: string, node: Record<string, Fields>, partition: Record<string, Fields>, figure: string, sign: string, line: string]>([
    ['all well', five, {}, '2', 'ok', 'recovered in 212 ms'],
    ['one down', { ...five, ...storage(['s2', 'down']) }, {}, '1', 'warn', 'recovered in 212 ms'],
    ['one down, one cut', { ...five, ...storage(['s2', 'down']) }, { p1: { groups: [['s3'], ['s1', 's2', 's4', 's5']] } }, '0', 'warn', 'recovered in 212 ms'],
    ['three down', { ...five, ...storage(['s1', 'down'], ['s2', 'down'], ['s3', 'down']) }, {}, '0', 'bad', 'majority lost, 1 replica short'],
    ['paused counts as failed', { ...five, ...storage(['s2', 'paused']) }, {}, '1', 'warn', 'recovered in 212 ms'],
  ])('fault tolerance: %s', (_name, node, partition, figure, sign, line) => {
    const tile = read({ node, partition, tally: { leadership: led } })['fault-tolerance']!;
    expect([tile.figure, tile.sign, tile.line]).toEqual([figure, sign, line]);
  });

  it('security: refused, of all messages', () => {
    const log = [entry(1, 'message-sent', 18204, 'accept')];
    const { security } = read({ node: { s1: { ...five.s1, refused: 2 }, s2: { ...five.s2, refused: 1 } } }, log);
    expect([security!.figure, security!.line]).toEqual(['3', 'of 18,204 messages']);
  });

  it('scalability: measured or being measured, never guessed', () => {
    expect(read({}).scalability!.figure).toBe('–');
    const measured: [number, number, number][] = [[3, 6, 120], [7, 6, 80.4], [5, 6, 100], [5, 12, 98]];
    const scale = measured.map(([storage, compute, rate]) => ({ storage, compute, virtual_per_s: rate }));
    const { scalability } = read({ node: five }, [], { scale });
    expect(curveText(scale)).toContain('98 with 5 replicas and 12 compute nodes');
    expect([scalability!.figure, scalability!.unit, scalability!.line]).toEqual(['100', 'ops/s with 5', '120 with 3, 80 with 7']);
  });

  it('load balance: the busiest over the mean', () => {
    const node = Object.fromEntries(['c1', 'c2'].map((name) => [name, { role: 'compute', state: 'up' }]));
    const tile = read({ node, memory: { c1: { running: [1, 2, 3] }, c2: { running: [1] } } })['load-balance']!;
    expect([tile.figure, tile.line]).toEqual(['1.50', 'Jain 0.80, 4 tasks on 2 nodes']);
    expect(spokenTile(tile)).toBe('Load balance: 1.50 max / mean, Jain 0.80, 4 tasks on 2 nodes');
  });
});

describe('small charts', () => {
  it('draw a line from left to right, high values high', () => {
    expect(linePath([0, 1], 0, 1)).toBe('M2 20L56 2');
    expect(linePath([1], 0, 1)).toBe('');
    expect(linePath([5, 5], 5, 5)).toBe('M2 20L56 20');
  });

  it('draw bars with their mean, and a zero as a pixel', () => {
    const drawn = bars([2, 0]);
    expect(drawn.bars.map((bar) => bar.height)).toEqual([20, 2]);
    expect(drawn.meanY).toBe(11);
  });
});
