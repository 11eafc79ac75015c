import { describe, expect, it } from 'vitest';
import { crowd, machine, pictureOf, pod, READY, storage } from '../reading/fixture';
import { evenness, figure } from './balance';
import { Picture } from '../../history/picture';
import type { Colours } from '../map/colours';
import { cellAt, HeatPainting, heatPlan, legendOf, MEASURES, scaleOf, stepOf, type Scale } from './heat';
import { coresText, fullness, KnownBars, memoryText, nodesScene, taintText, type NodeBar } from './scene';

const REQUESTED: Scale = { measure: 'requested', full: 1 };

describe('evenness', () => {
  it.each([
    ['even', [3, 3, 3], 1, 1],
    ['all on one of four', [8, 0, 0, 0], 4, 0.25],
    ['one, two, three', [1, 2, 3], 1.5, 36 / 42],
    ['one node', [7], 1, 1],
  ])('%s', (_, values, maxMean, jain) => {
    const found = evenness(values);
    expect(found.maxMean).toBeCloseTo(maxMean, 12);
    expect(found.jain).toBeCloseTo(jain, 12);
  });

  it.each([['nothing', []], ['zeros', [0, 0]]])('of %s there is none', (_, values) => {
    expect(evenness(values)).toEqual({ maxMean: undefined, jain: undefined });
    expect(figure(evenness(values).jain)).toBe('–');
  });
});

const picture = pictureOf({
  node: { ...storage(['s1'], ['s2'], ['s3']), c10: machine('b'), c1: machine('a'), c2: machine('a', 'down') },
  Node: {
    c1: { spec: { unschedulable: true, taints: [{ key: 'disk', value: 'old', effect: 'NoSchedule' }, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }, status: { ...READY, allocatable: { cpu: '4', memory: '2Gi' } } },
    c2: { spec: {}, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
  },
  memory: { c1: { running: [['p', 1, 2, 'j', 0], ['q', 1, 2, 'j', 1]], usage: [['p', 300, 1 << 20], ['q', 200, 1 << 20]] }, c10: { running: [['r', 1, 2, 'j', 2]] } },
  Pod: {
    p: pod('p', 'c1', 'Running', '1'), q: pod('q', 'c1', 'Pending', '500m'), done: pod('done', 'c1', 'Succeeded', '1'), waits: pod('waits', '', 'Pending', '1'),
    r: pod('r', 'c10', 'Running', '500m', { deletionTimestamp: 5 }),
  },
});
const scene = nodesScene(picture);
const bar = (node: string): NodeBar => scene.nodes.find((one) => one.node === node)!;

describe('nodes', () => {
  it('stand in zones, in the order of their names', () => {
    expect(scene.zones.map((zone) => [zone.zone, zone.nodes.map((one) => one.node), zone.tasks])).toEqual([['a', ['c1', 'c2'], 2], ['b', ['c10'], 1]]);
  });

  it('count what bound pods request, those that ended left out, against what the node gives', () => {
    expect(bar('c1').cpu).toEqual({ allocatable: 4000, requested: 1500, used: 500 });
    expect(bar('c1').memory).toEqual({ allocatable: 2048, requested: 512, used: 2 });
  });

  it('before a node is registered, its machine says what it gives; nothing is claimed of its use', () => {
    expect(bar('c10').cpu).toEqual({ allocatable: 2000, requested: 500, used: undefined });
  });

  it('have a segment for each pod, by what it does', () => {
    expect(bar('c1').pods.map(({ id, phase, cpu }) => [id, phase, cpu])).toEqual([['p', 'running', 0.25], ['q', 'starting', 0.125]]);
    expect(bar('c10').pods[0]!.phase).toBe('leaving');
  });

  it('say what keeps pods away; the taints of Kubernetes itself are said by other signs', () => {
    expect([bar('c1').cordoned, bar('c1').taints, bar('c1').ready]).toEqual([true, ['disk=old:NoSchedule'], true]);
    expect([bar('c2').mark, bar('c2').ready]).toEqual(['down', false]);
    expect(taintText({ key: 'a', effect: 'NoExecute' })).toBe('a:NoExecute');
  });

  it('measure tasks over the nodes that are up', () => expect(scene.evenness.maxMean).toBeCloseTo(2 / 1.5));
});

describe('the heat map', () => {
  const many = Array.from({ length: 1523 }, (_, at) => ({ ...bar('c10'), node: `n${at}` }));
  const zones = [{ zone: 'a', nodes: many.slice(0, 900), tasks: 0 }, { zone: 'b', nodes: many.slice(900), tasks: 0 }];

  it('has one cell a node, none over another, all within the width and the height', () => {
    const plan = heatPlan(zones, 700, 400);
    expect(plan.cells).toHaveLength(1523);
    expect(new Set(plan.cells.map(({ x, y }) => `${x},${y}`)).size).toBe(1523);
    expect(Math.max(...plan.cells.map(({ x }) => x + plan.pitch))).toBeLessThanOrEqual(700);
    expect(plan.height).toBeLessThanOrEqual(400);
  });

  it('finds the cell under the pointer, and none between zones', () => {
    const plan = heatPlan(zones, 700, 400);
    const cell = plan.cells[1000]!;
    expect(cellAt(plan, cell.x + 1, cell.y + 1)?.bar.node).toBe('n1000');
    expect(cellAt(plan, 3, 3)).toBeUndefined();
  });

  it('cells never get too small to see: then it is higher than its place', () => expect(heatPlan(zones, 300, 50).pitch).toBe(6));

  it('the step is that of the resource that is fullest', () => {
    const full = { ...bar('c1'), memory: { allocatable: 100, requested: 95, used: undefined } };
    expect(fullness(full)).toBeCloseTo(0.95);
    expect([stepOf(full, REQUESTED), stepOf({ ...full, cpu: full.gpu, memory: full.gpu }, REQUESTED)]).toEqual([10, 0]);
  });
});

describe('what the colours say', () => {
  const busy = (tasks: number, used?: number): NodeBar => ({ ...bar('c1'), mark: '', tasks, cpu: { allocatable: 1000, requested: 100, used }, memory: { allocatable: 100, requested: 10, used } });
  const bars = [busy(0), busy(2, 50), busy(4), { ...busy(90), mark: 'down' as const }];
  it.each([
    ['requested', [1, 1, 1], '0 %', '100 %'],
    ['used', [0, 5, 0], '0 %', '100 %'],
    ['tasks', [0, 5, 10], '0 tasks', '4 tasks'],
    ['imbalance', [-10, 0, 10], '0 tasks', '4 or more'],
  ] as const)('%s', (measure, steps, low, high) => {
    const scale = scaleOf(measure, bars);
    expect(bars.slice(0, 3).map((one) => stepOf(one, scale))).toEqual(steps);
    const legend = legendOf(scale);
    expect([legend.low, legend.high]).toEqual([low, high]);
    expect(legend.steps).toHaveLength(11);
    expect(legend.at(legend.steps[10]!)).toBe(high.replace(' or more', ' tasks'));
  });

  it('without a task, nothing is uneven', () => {
    for (const measure of MEASURES) expect(stepOf(busy(0), scaleOf(measure, [busy(0)]))).toBe(measure === 'requested' ? 1 : 0);
    expect(legendOf(scaleOf('imbalance', [])).mid).toBe('mean 0');
  });
});

describe('a large cluster', () => {
  const brush = { canvas: { width: 700, height: 400 }, clearRect: () => {}, fillRect: () => {}, strokeRect: () => {} } as unknown as CanvasRenderingContext2D;
  const colours = {} as Colours;

  it('of 1,523 nodes only those are read and painted again of which something has changed', () => {
    const [picture, known, painting] = [crowd(1523), new KnownBars(), new HeatPainting()];
    const show = (chosen: readonly string[] = []) => {
      const before = [known.made, painting.painted] as const;
      const scene = nodesScene(picture, known);
      painting.paint(brush, colours, heatPlan(scene.zones, 700, 400), REQUESTED, new Set(chosen), null, '700x400');
      return [known.made - before[0], painting.painted - before[1]];
    };
    expect(show()).toEqual([1523, 1523]);
    expect(show()).toEqual([0, 0]);
    picture.apply([['Pod', 'p-n5', { status: { phase: 'Succeeded' } }], ['Pod', 'new', pod('new', 'n7', 'Pending', '3')], ['Pod', 'waits', pod('waits', '', 'Pending', '3')]]);
    expect(show()).toEqual([2, 2]);
    picture.apply([['memory', 'n9', { usage: [['p', 1, 1]] }]]);
    expect(show()).toEqual([1, 0]);
    picture.apply([['node', 'n9', { state: 'down' }], ['Node', 'n10', { spec: { unschedulable: true } }]]);
    expect(show()).toEqual([2, 2]);
    picture.apply([['Pod', 'new', null]]);
    expect(show()).toEqual([1, 1]);
    expect(show(['n3'])).toEqual([0, 1523]);
  });

  it('what was kept says the same as what is made anew', () => {
    const [picture, known] = [crowd(40), new KnownBars()];
    nodesScene(picture, known);
    picture.apply([['Pod', 'p-n5', null], ['node', 'n6', { state: 'paused' }], ['partition', 'p', { groups: [['n7'], ['n1', 'n2']] }], ['node', 'n3', null]]);
    expect(nodesScene(picture, known)).toEqual(nodesScene(Picture.of(picture.view())));
  });
});

describe('amounts', () => {
  it.each([[4000, '4'], [1500, '1.5'], [250, '0.25'], [12345, '12.3']])('%i m are %s cores', (milli, text) => expect(coresText(milli)).toBe(text));
  it.each([[512, '512Mi'], [2048, '2Gi'], [7680, '7.5Gi']])('%i MiB are %s', (mib, text) => expect(memoryText(mib)).toBe(text));
});
