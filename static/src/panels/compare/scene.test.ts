import { describe, expect, it } from 'vitest';
import { curves, figureRows, figureText, nodeRows, type Comparison, type Side } from './scene';

const side = (over: Partial<Side>): Side => ({ profile: 'x', at_us: 0, figures: {}, series: [], nodes: [], placement: {}, ...over });

describe('figures', () => {
  it.each([
    [1356, 'times', '1.36'], [844796, 'share', '84.5 %'], [786246, 'span', '786 ms'], [46, 'count', '46'], [-1, 'share', '–'], [undefined, 'count', '–'],
  ] as const)('%s as %s is %s', (value, unit, text) => expect(figureText(value, unit)).toBe(text));

  const rows = figureRows([
    side({ figures: { mean_tasks_imbalance_milli: 1356, mean_tasks_jain_milli: 936, waiting: 3, waited_p50_us: 553_100, waited_max_us: -1, bound: 46, mean_nodes_used: 5 } }),
    side({ figures: { mean_tasks_imbalance_milli: 3013, mean_tasks_jain_milli: 515, waiting: 0, waited_p50_us: 553_200, waited_max_us: 5, bound: 46, mean_nodes_used: 4 } }),
  ]);
  it.each([
    ['mean_tasks_imbalance_milli', 0], ['mean_tasks_jain_milli', 0], ['waiting', 1], ['waited_max_us', undefined], ['waited_p50_us', undefined], ['bound', undefined], ['mean_nodes_used', undefined], ['preempted', undefined],
  ])('by %s side %s is better', (code, better) => expect(rows.find((row) => row.code === code)!.better).toBe(better));
});

describe('curves', () => {
  const comparison = {
    until_us: 100, sides: [side({ series: [{ at_us: 0, waiting: 0 }, { at_us: 50, waiting: -1 }, { at_us: 100, waiting: 4 }] }), side({ series: [{ at_us: 0, waiting: 2 }, { at_us: 50, waiting: 1 }] })],
  } as unknown as Comparison;
  const waiting = curves(comparison, 100, 42).find((curve) => curve.code === 'waiting')!;

  it('share one scale; a sample with nothing to say leaves a gap', () => {
    expect(waiting.paths).toEqual(['M0.0 41.0M100.0 1.0', 'M0.0 21.0L50.0 31.0']);
    expect(waiting.top).toBe('4');
  });
});

describe('nodes', () => {
  const node = (name: string, requested: number, pods: number) => ({ node: name, zone: 'a', pods, tasks: pods, requested_cpu_milli: requested, allocatable_cpu_milli: 4000 });
  const sides = [side({ nodes: [node('c1', 1000, 1), node('c2', 0, 0), node('c3', 4000, 4)] }), side({ nodes: [node('c1', 0, 0), node('c2', 2000, 2), node('c3', 0, 0)] })];

  it('stand beside each other', () => expect(nodeRows(sides, 9)[0]).toEqual({ node: 'c1', pods: [1, 0], shares: [0.25, 0] }));
  it('stand by name, in whatever order they joined', () => {
    const joined = ['c4', 'c10', 'c2'].map((name) => node(name, 0, 0));
    expect(nodeRows([side({ nodes: joined })], 9).map((row) => row.node)).toEqual(['c2', 'c4', 'c10']);
  });
  it('of many the fullest of either side, in their order', () => expect(nodeRows(sides, 2).map((row) => row.node)).toEqual(['c2', 'c3']));
});
