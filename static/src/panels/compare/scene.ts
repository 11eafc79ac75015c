/** Two profiles side by side: figures of each, which is better where that can be said, and curves over the same time. Pure. */
import { countText, spanText, ui } from '../../words';
import { byName } from '../reading/picture';

export type Figures = Readonly<Record<string, number>>;

export interface NodeBalance {
  node: string;
  zone: string;
  pods: number;
  tasks: number;
  requested_cpu_milli: number;
  allocatable_cpu_milli: number;
}

export interface Side {
  profile: string;
  at_us: number;
  figures: Figures;
  series: readonly Figures[];
  nodes: readonly NodeBalance[];
  placement: Readonly<Record<string, string>>;
}

export interface Comparison {
  comparison: string;
  state: 'running' | 'done' | 'stopped' | 'failed';
  error: string;
  scenario: string;
  seed: number;
  workload: string;
  until_us: number;
  progress_ppm: number;
  sentence: string;
  same_placement: number;
  other_placement: number;
  sides: readonly Side[];
}

/** How a figure is written; -1 says that there is nothing to say yet. */
type Unit = 'times' | 'share' | 'span' | 'count';

const FIGURES: readonly [code: string, unit: Unit, better: 'less' | 'more' | 'neither'][] = [
  ['mean_tasks_imbalance_milli', 'times', 'less'],
  ['mean_tasks_jain_milli', 'times', 'more'],
  ['mean_cpu_imbalance_milli', 'times', 'less'],
  ['mean_fragmentation_cpu_ppm', 'share', 'less'],
  ['mean_typical_cpu_ppm', 'share', 'less'],
  ['mean_nodes_used', 'count', 'neither'],
  ['waited_p50_us', 'span', 'less'],
  ['waited_p95_us', 'span', 'less'],
  ['waited_max_us', 'span', 'less'],
  ['waiting', 'count', 'less'],
  ['bound', 'count', 'more'],
  ['preempted', 'count', 'neither'],
];

export const CURVES: readonly [code: string, unit: Unit][] = [
  ['tasks_imbalance_milli', 'times'],
  ['tasks_jain_milli', 'times'],
  ['fragmentation_cpu_ppm', 'share'],
  ['waiting', 'count'],
];

export function figureText(value: number | undefined, unit: Unit): string {
  if (value === undefined || value < 0) return '–';
  if (unit === 'times') return (value / 1000).toFixed(2);
  if (unit === 'share') return `${(value / 10_000).toFixed(1)} %`;
  return unit === 'span' ? spanText(value) : countText(value);
}

export interface FigureRow {
  code: string;
  label: string;
  values: string[];
  /** The side that is better by this figure; undefined when equal, unknown or a matter of taste. */
  better: number | undefined;
}

export function figureRows(sides: readonly Side[]): FigureRow[] {
  return FIGURES.map(([code, unit, wanted]) => {
    const raw = sides.map((side) => side.figures[code]);
    const [a, b] = raw;
    const values = raw.map((value) => figureText(value, unit));
    // What reads the same is no better.
    const known = a !== undefined && b !== undefined && a >= 0 && b >= 0 && values[0] !== values[1] && wanted !== 'neither';
    return { code, label: ui(`figure-${code.replace(/_(milli|ppm|us)$/, '').replaceAll('_', '-')}`), values, better: known ? Number((a > b) === (wanted === 'less')) : undefined };
  });
}

export interface Curve {
  code: string;
  label: string;
  /** A path for each side, within 0..width and 0..height. */
  paths: string[];
  top: string;
}

/** Both sides over the same time and to the same scale; samples with nothing to say leave a gap. */
export function curves(comparison: Comparison, width: number, height: number): Curve[] {
  return CURVES.map(([code, unit]) => {
    const known = comparison.sides.flatMap((side) => side.series.map((at) => at[code] ?? -1)).filter((value) => value >= 0);
    const most = Math.max(unit === 'count' ? 1 : 1000, ...known);
    const paths = comparison.sides.map((side) => {
      let pen = 'M';
      const steps = side.series.map((at) => {
        const value = at[code] ?? -1;
        if (value < 0) return ((pen = 'M'), '');
        const [x, y] = [(width * (at.at_us ?? 0)) / Math.max(1, comparison.until_us), height - 1 - ((height - 2) * value) / most];
        const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
        pen = 'L';
        return step;
      });
      return steps.join('');
    });
    return { code, label: ui(`figure-${code.replace(/_(milli|ppm|us)$/, '').replaceAll('_', '-')}`), paths, top: figureText(most, unit) };
  });
}

/** The fullest nodes of either side, by name. */
export function nodeRows(sides: readonly Side[], most: number): { node: string; pods: number[]; shares: number[] }[] {
  const first = [...(sides[0]?.nodes ?? [])].sort((a, b) => byName(a.node, b.node));
  const rows = first.map(({ node }) => {
    const found = sides.map((side) => side.nodes.find((one) => one.node === node));
    return { node, pods: found.map((one) => one?.pods ?? 0), shares: found.map((one) => (one === undefined || one.allocatable_cpu_milli <= 0 ? 0 : Math.min(1, one.requested_cpu_milli / one.allocatable_cpu_milli))) };
  });
  if (rows.length <= most) return rows;
  const kept = new Set([...rows].sort((a, b) => Math.max(...b.shares) - Math.max(...a.shares)).slice(0, most));
  return rows.filter((row) => kept.has(row));
}
