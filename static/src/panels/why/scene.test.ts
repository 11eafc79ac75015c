import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import { podsOf } from '../tasks/objects';
import { attemptsOf, pickable, reasonsOf, sorted, spaced } from './scene';

const rows = [
  ['c1', { NodeResourcesFit: ['Insufficient cpu', 'Insufficient memory'], TaintToleration: ['node(s) had untolerated taint(s)'] }, {}, 0],
  ['c10', null, { NodeResourcesFit: [40, 40, 40], TaintToleration: [0, 30, 90] }, 130],
  ['c2', null, { NodeResourcesFit: [60, 60, 60], TaintToleration: [1, 70, 70] }, 130],
  ['c3', null, { NodeResourcesFit: [9, 9, 9], TaintToleration: [1, 100, 300] }, 309],
];

describe('attempts', () => {
  const [first, second] = attemptsOf({
    node: 'c2', last: 2,
    2: { node: 'c2', ballot: [7, 's4'], attempt: 2, at_us: 5, nodes: 4, feasible: 3, rows, ties: ['c10', 'c2'], tied: 2, woke: ['NodeAdd'] },
    1: { node: '', message: '0/1 nodes are available: 1 Insufficient cpu.', attempt: 1, nodes: 1, feasible: 0, rows: rows.slice(0, 1), nominated: 'c1', victims: [['default/low', 'c1', 0, 'lower priority']] },
  });

  it('are told oldest first', () => expect([first!.attempt, second!.attempt]).toEqual([1, 2]));

  it('keep all three figures of a score', () => {
    expect(second!.rows.find((row) => row.node === 'c10')!.scores.TaintToleration).toEqual({ raw: 0, normalised: 30, weighted: 90 });
    expect(second!.plugins).toEqual(['NodeResourcesFit', 'TaintToleration']);
    expect(second!.ballot).toBe('7.s4');
  });

  it('mark the winner and those that were as good', () => {
    expect(second!.rows.map((row) => [row.node, row.won, row.tied])).toEqual([
      ['c3', false, false], ['c2', true, true], ['c10', false, true], ['c1', false, false],
    ]);
  });

  it('name refusals by plug-in, and a node ruled out has no total', () => {
    const out = second!.rows.at(-1)!;
    expect(out.refusals).toEqual([['NodeResourcesFit', ['Insufficient cpu', 'Insufficient memory']], ['TaintToleration', ['node(s) had untolerated taint(s)']]]);
    expect(out.total).toBeUndefined();
  });

  it('say whom they displaced, and where', () => {
    expect(first!.nominated).toBe('c1');
    expect(first!.victims).toEqual([{ pod: 'default/low', node: 'c1', priority: 0, why: 'lower priority' }]);
  });

  it('say when not all nodes were looked at: one was kept for the pod, or enough fitted', () => {
    const one = (fields: object, before: object = {}) => attemptsOf({ 1: { attempt: 1, node: '', nodes: 4, ...before }, 2: { attempt: 2, node: 'c2', nodes: 4, rows, feasible: 3, ...fields } }).at(-1)!;
    const lone = { rows: rows.slice(2, 3), feasible: 1 };
    expect([one({}), one(lone), one(lone, { nominated: 'c2' }), one({ nodes: 9 }), one({ nodes: 1523, feasible: 40, counts: { x: 99 } })].map(({ looked, kept }) => [looked, kept])).toEqual([
      [undefined, false], [1, false], [1, true], [4, false], [undefined, false],
    ]);
  });

  it('take verdicts that did not change from the attempt that had them', () => {
    const [, again] = attemptsOf({ 1: { attempt: 1, rows, nodes: 4, counts: { 'Too many pods': 9 } }, 2: { attempt: 2, rows: [], same_as: 1 } });
    expect([again!.rows.length, again!.sameAs, again!.counts]).toEqual([4, 1, [['Too many pods', 9]]]);
  });
});

describe('the order of nodes', () => {
  const all = attemptsOf({ 1: { attempt: 1, node: 'c2', rows } })[0]!.rows;
  it.each([
    ['total', true, ['c3', 'c2', 'c10', 'c1']],
    ['total', false, ['c2', 'c10', 'c3', 'c1']],
    ['NodeResourcesFit', true, ['c2', 'c10', 'c3', 'c1']],
    ['node', false, ['c1', 'c2', 'c3', 'c10']],
    ['node', true, ['c10', 'c3', 'c2', 'c1']],
  ])('by %s, descending %s', (by, descending, nodes) => expect(sorted(all, by, descending).map((row) => row.node)).toEqual(nodes));
});

describe('reasons', () => {
  it('are counted from the rows where all nodes have one', () => {
    const [attempt] = attemptsOf({ 1: { attempt: 1, rows: [rows[0], ['c5', { NodeResourcesFit: ['Insufficient cpu'] }, {}, 0]] } });
    expect(reasonsOf(attempt!)).toEqual([['Insufficient cpu', 2], ['Insufficient memory', 1], ['node(s) had untolerated taint(s)', 1]]);
  });

  it('are those that were counted where only the best have a row', () => {
    const [attempt] = attemptsOf({ 1: { attempt: 1, rows: rows.slice(0, 1), counts: { 'Insufficient cpu': 3, 'Too many pods': 1500 } } });
    expect(reasonsOf(attempt!)).toEqual([['Too many pods', 1500], ['Insufficient cpu', 3]]);
  });
});

describe('pods to ask about', () => {
  const pod = (name: string, phase: string, node: string, at: number) => ({ metadata: { name, creationTimestamp: at }, spec: node === '' ? {} : { nodeName: node }, status: { phase } });
  const picture = pictureOf({ Pod: { 'default/a': pod('a', 'Running', 'c1', 1), 'default/b': pod('b', 'Pending', '', 2), 'other/ab': pod('ab', 'Running', 'c1', 3) } });
  it.each([
    ['', 9, ['b', 'ab', 'a'], 0],
    ['A', 9, ['b', 'ab', 'a'], 0],
    ['other', 9, ['ab'], 0],
    ['', 1, ['b'], 2],
  ])('typed "%s", at most %i', (typed, most, names, rest) => {
    const found = pickable(picture, podsOf(picture), typed, most);
    expect([found.pods.map((one) => one.name), found.rest]).toEqual([names, rest]);
  });

  it('a long heading may break', () => expect(spaced('NodeResourcesBalancedAllocation')).toBe('Node Resources Balanced Allocation'));
});
