import { describe, expect, it } from 'vitest';
import { TimeScale } from '../../geometry/time_scale';
import type { Wire } from '../../history/types';
import { Ledger, outcomeOf } from './ledger';
import { answered, asked, took } from './say';
import { barAt, barsOf, judgedOf, keysOf, pointsOf, rowsOf, sourcesOf, stretchOf } from './scene';

const S = 1_000_000;

const began = (seq: number, us: number, client: string, session: string, op: unknown[]): Wire => [seq, us, null, ['operation-invoked', client, session, 1, op, 1, 1], []];
const ended = (seq: number, us: number, session: string, status: string, result: unknown = null): Wire => [
  seq, us, null, ['operation-ended', session.slice(0, 2), session, 1, status, result, 0, 0, 0, 0, 0], [],
];
const killed = (seq: number, us: number, node: string): Wire => [seq, us, null, ['node-killed', node, us, 0], []];

const LOG: Wire[] = [
  began(0, 1 * S, 'w1', 'w1.0', ['put', 'k1', 'a']),
  began(1, 2 * S, 'w2', 'w2.0', ['get', 'k1']),
  ended(2, 3 * S, 'w1.0', 'ok'),
  ended(3, 4 * S, 'w2.0', 'ok', 'a'),
  began(4, 5 * S, 'w1', 'w1.1', ['cas', 'k1', 'b', 'c']),
  ended(5, 6 * S, 'w1.1', 'failed', 'a'),
  began(6, 7 * S, 'w1', 'w1.2', ['put', 'k2', 'x']),
  ended(7, 8 * S, 'w1.2', 'unknown'),
  began(8, 9 * S, 'w2', 'w2.1', ['put', 'k2', 'y']),
  killed(9, 10 * S, 'w2'),
  began(10, 11 * S, 'w1', 'w1.3', ['get', 'k2']),
];

function ledgerOf(pieces: [number, number][] = [[0, LOG.length - 1]]): Ledger {
  const ledger = new Ledger();
  for (const [first, last] of pieces) while (ledger.sync([{ first, last }], (seq) => LOG[seq], 3));
  return ledger;
}

describe('the ledger', () => {
  it.each<[string, [number, number][]]>([
    ['in order', [[0, 10]]],
    ['its end first', [[6, 10], [0, 10]]],
    ['from its middle', [[3, 4], [9, 9], [0, 10]]],
  ])('pairs what was asked with what was told: %s', (_, pieces) => {
    const { operations } = ledgerOf(pieces);
    expect(operations.map((one) => [one.seq, one.endedSeq, outcomeOf(one)])).toEqual([
      [0, 2, 'ok'], [1, 3, 'ok'], [4, 5, 'failed'], [6, 7, 'unknown'], [8, 9, 'unknown'], [10, -1, 'open'],
    ]);
  });

  it('knows sessions and keys', () => {
    const ledger = ledgerOf();
    expect(rowsOf(ledger.sessions).map((row) => [row.session, row.first])).toEqual([
      ['w1.0', true], ['w1.1', false], ['w1.2', false], ['w1.3', false], ['w2.0', true], ['w2.1', false],
    ]);
    expect(keysOf(ledger.keys)).toEqual([{ key: 'k1', count: 3 }, { key: 'k2', count: 3 }]);
  });

  it('says what was asked and answered', () => {
    const [put, get, cas, lost] = ledgerOf().operations;
    expect([asked(put!), answered(put!), took(put!)]).toEqual(['put k1 = a', 'done', '2.00 s']);
    expect(answered(get!)).toBe('a');
    expect(answered(cas!)).toBe('no, found a');
    expect(answered(lost!)).toBe('nobody knows');
  });
});

describe('bars', () => {
  const ledger = ledgerOf();
  const rows = rowsOf(ledger.sessions);
  const scale = new TimeScale(0, 20 * S, 200);
  const bars = (nowUs: number) => barsOf(ledger.operations, rows, scale, nowUs);

  it('end where they were answered, at now while nobody has, and never when nobody knows', () => {
    expect(bars(12 * S).map((bar) => [Math.round(bar.x0), Math.round(bar.x1)])).toEqual([[10, 30], [20, 40], [50, 60], [70, 240], [90, 240], [110, 120]]);
  });

  it('show nothing that had not happened yet', () => {
    expect(bars(2.5 * S).map((bar) => [bar.operation.seq, bar.outcome, bar.x1])).toEqual([[0, 'open', 25], [1, 'open', 25]]);
  });

  it('are found under the pointer', () => {
    expect(barAt(bars(12 * S), 22, 0)?.operation.seq).toBe(0);
    expect(barAt(bars(12 * S), 22, 1)).toBeNull();
  });
});

describe('the order that the checker found', () => {
  const operations = new Map(ledgerOf().operations.map((one) => [one.seq, one]));

  it('each took effect between its beginning and its end, one after the other', () => {
    const points = pointsOf([0, 1, 4], operations);
    points.reduce((before, { us, seq }) => {
      const operation = operations.get(seq)!;
      expect(us).toBeGreaterThanOrEqual(Math.max(before, operation.invokedUs));
      expect(us).toBeLessThanOrEqual(operation.endedUs!);
      return us;
    }, 0);
  });

  it('keeps an order that times alone do not tell', () => {
    const points = pointsOf([1, 0], operations);
    expect(points[0]!.us).toBeGreaterThanOrEqual(2 * S);
    expect(points[1]!.us).toBeGreaterThanOrEqual(points[0]!.us);
    expect(points[1]!.us).toBeLessThanOrEqual(3 * S);
  });

  it.each([
    ['by number', { operations: [{ index: 0 }, { index: 4 }], order: [0, 4], stuck: 4, minimal: [0, 4] }],
    ['by place', { operations: [{ index: 100 }, { index: 104 }], order: [0, 1], stuck: 1, minimal: [0, 1] }],
    ['in full', { operations: [], order: [{ index: 0 }, { index: 4 }], stuck: { index: 4 }, minimal: [{ index: 0 }, { index: 4 }] }],
  ])('is read however it is spelt: %s', (spelling, answer) => {
    const [first, second] = spelling === 'by place' ? [100, 104] : [0, 4];
    expect(judgedOf({ verdict: 'invalid', ...answer })).toEqual({ verdict: 'invalid', order: [first, second], stuck: second, minimal: [first, second] });
  });

  it('is asked for where one looks, the last stretch without saying so', () => {
    const { operations } = ledgerOf();
    expect(stretchOf(operations, 0, 20 * S, 10)).toBe('');
    expect(stretchOf(operations, 0, 20 * S, 100_000)).toBe('&from_seq=0&to_seq=2000');
    expect(stretchOf([], 0, 20 * S, 100_000)).toBe('');
  });

  it('says nothing where nothing was said', () => {
    expect(judgedOf(null)).toEqual({ verdict: '', order: [], stuck: null, minimal: [] });
  });
});

describe('where a value that was read comes from', () => {
  const { operations } = ledgerOf();
  const read = (result: unknown, key = 'k1') => ({ ...operations[1]!, op: ['get', key], key, result });
  it.each<[string, ReturnType<typeof read>, number[] | null]>([
    ['what was put', read('a'), [0]],
    ['what was to be set, though it was told no', read('c'), [4]],
    ['nobody', read('z'), []],
    ['another key does not count', read('x'), []],
    ['nothing was read', read(null), null],
    ['a write reads nothing', { ...read('a'), op: ['put', 'k1', 'a'] }, null],
  ])('%s', (_name, operation, seqs) => expect(sourcesOf(operation, operations)?.map((one) => one.seq) ?? null).toEqual(seqs));
});
