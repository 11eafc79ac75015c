/** The article's six properties and load balance, each a figure with its sign and one line. Pure. */
import { countText, plural, spanText, ui } from '../../words';
import { configurationsOf, type Configuration } from '../reading/quorums';
import { hasLeaders, largestSide, markOf, nodesOf, number, type Entities, type Mark } from '../reading/picture';
import { figure } from '../nodes/balance';
import { loadOf } from '../tasks/load';
import { percentile, type WindowStats } from './window';

export type Sign = 'ok' | 'warn' | 'bad' | 'idle';

export type Chart =
  | { kind: 'line'; values: readonly number[]; low: number; high: number }
  | { kind: 'bars'; values: readonly number[] }
  | { kind: 'dots'; dots: readonly { node: string; mark: Mark }[] }
  | { kind: 'tick' }
  | { kind: 'none' };

export interface Tile {
  code: string;
  sign: Sign;
  figure: string;
  unit: string;
  line: string;
  chart: Chart;
}

/** A row of `GET /api/v1/runs/{run}/verdicts`. */
export interface VerdictRow {
  check: string;
  seq: number;
  verdict: 'valid' | 'invalid' | 'unknown';
  sentence: string;
  proof: readonly number[];
  /** What outside the protocol's model explains it, or "". */
  assumption?: string;
}

/** A point of `GET /api/v1/scalability`, measured in the background. */
export interface ScalePoint {
  storage: number;
  compute: number;
  virtual_per_s: number;
}

export interface Reading {
  picture: Entities;
  nowUs: number;
  stats: WindowStats;
  verdicts: readonly VerdictRow[];
  scale: readonly ScalePoint[];
  /** Whether more of the curve is on its way. */
  measuring?: boolean;
}

const NONE: Chart = { kind: 'none' };
const UNKNOWN = '–';
/** What counts as now, in seconds of virtual time. */
const RECENT_S = 3;

function percentText(share: number): string {
  const percent = share * 100;
  if (percent === 100 || percent === 0) return String(percent);
  // 99.96 must not read as 100: something was not served.
  return (Math.min(99.9, Math.max(0.1, percent))).toFixed(1);
}

function rateText(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 10 ? perSecond.toFixed(1) : countText(Math.round(perSecond));
}

function leaderShare(picture: Entities, nowUs: number): number | undefined {
  const tally = picture.get('tally', 'leadership');
  if (tally === undefined || nowUs <= 0) return undefined;
  const since = tally.since_us;
  const led = number(tally.led_us) + (typeof since === 'number' ? Math.max(0, nowUs - since) : 0);
  return Math.min(1, led / nowUs);
}

/** Whether some leader can commit now: a leadership stretch is open. */
function isLed(picture: Entities): boolean {
  return typeof picture.get('tally', 'leadership')?.since_us === 'number';
}

function availability({ picture, nowUs, stats }: Reading): Tile {
  const ops = picture.get('tally', 'ops');
  const served = number(ops?.ok) + number(ops?.failed);
  const ended = served + number(ops?.unknown);
  const led = leaderShare(picture, nowUs);
  // Where nothing ended there is nothing to judge: the line goes on as it was.
  let level = 1;
  const values = stats.bins.served.map((count, bin) => {
    const all = count + (stats.bins.unknown[bin] ?? 0);
    return (level = all === 0 ? level : count / all);
  });
  return {
    code: 'availability',
    sign: ended === 0 ? 'idle' : !isLed(picture) ? 'bad' : stats.unknown > 0 ? 'warn' : 'ok',
    figure: ended === 0 ? UNKNOWN : percentText(served / ended),
    unit: ended === 0 ? '' : '%',
    line: !hasLeaders(picture) ? ui('no-leader-here') : led === undefined ? ui('no-leader-yet') : ui('leader-share', { share: percentText(led) }),
    chart: { kind: 'line', values, low: 0, high: 1 },
  };
}

function performance({ picture, stats }: Reading): Tile {
  const seconds = Math.max(0.001, (stats.toUs - stats.fromUs) / 1_000_000);
  const binSeconds = seconds / Math.max(1, stats.bins.served.length);
  // The newest whole bins: what happens now, not the average of the minute.
  const recent = stats.bins.served.slice(-Math.max(1, Math.min(stats.bins.served.length, Math.ceil(RECENT_S / binSeconds))));
  const rate = recent.reduce((sum, count) => sum + count, 0) / (recent.length * binSeconds);
  const p50 = percentile(stats.commitTookUs, 0.5);
  const p99 = percentile(stats.commitTookUs, 0.99);
  const known = number(picture.get('tally', 'ops')?.invoked) > 0 && seconds >= RECENT_S;
  return {
    code: 'performance',
    sign: !known ? 'idle' : rate === 0 ? 'bad' : 'ok',
    figure: known ? rateText(rate) : UNKNOWN,
    unit: known ? ui('unit-ops') : '',
    line: p50 === undefined || p99 === undefined ? ui('no-commits') : ui('commit-times', { p50: spanText(p50), p99: spanText(p99) }),
    chart: { kind: 'line', values: stats.bins.served, low: 0, high: Math.max(1, ...stats.bins.served) },
  };
}

/** Where an invariant was broken, as far as the cursor has come: the checkers' findings and those of this page. */
export function violations({ stats, verdicts }: Pick<Reading, 'stats' | 'verdicts'>): number[] {
  const proven = verdicts.filter((row) => row.verdict === 'invalid').map((row) => row.seq);
  return [...new Set([...proven, ...stats.differences])].sort((a, b) => a - b);
}

function consistency({ stats, verdicts }: Reading): Tile {
  const broken = violations({ stats, verdicts }).length;
  const proven = verdicts.find((row) => row.verdict === 'invalid');
  const unsure = verdicts.filter((row) => row.verdict === 'unknown').length;
  const equal = stats.equalAt;
  const line =
    proven !== undefined
      ? proven.sentence
      : equal === undefined
        ? ui('nothing-applied')
        : ui(equal.equal ? 'replicas-equal' : 'replicas-differ', { slot: equal.slot, replicas: equal.replicas });
  return {
    code: 'consistency',
    sign: broken > 0 ? 'bad' : unsure > 0 ? 'warn' : 'ok',
    figure: countText(broken),
    unit: broken === 1 ? ui('unit-violation') : ui('unit-violations'),
    line,
    chart: broken > 0 ? NONE : { kind: 'tick' },
  };
}

function faultTolerance({ picture }: Reading): Tile {
  const [{ members: nodes, q1, q2 }] = configurationsOf(picture) as [Configuration];
  // Before the first picture has come nothing is lost.
  if (nodes.length === 0) return { code: 'fault-tolerance', sign: 'idle', figure: UNKNOWN, unit: '', line: ui('no-failure-yet'), chart: NONE };
  const side = largestSide(picture, nodes);
  const needed = Math.max(q1, q2);
  const spare = side.length - needed;
  const recovered = number(picture.get('tally', 'leadership')?.recovered_us);
  return {
    code: 'fault-tolerance',
    sign: spare < 0 ? 'bad' : spare < nodes.length - needed ? 'warn' : 'ok',
    figure: countText(Math.max(0, spare)),
    unit: ui('unit-may-fail'),
    line:
      spare < 0
        ? ui('majority-lost', { missing: plural(-spare, 'replica') })
        : recovered > 0
          ? ui('recovered-in', { span: spanText(recovered) })
          : ui('no-failure-yet'),
    chart: { kind: 'dots', dots: nodes.map((node) => ({ node, mark: markOf(picture, node, side) })) },
  };
}

/** `1,937 with 3, 1,955 with 7` */
function ends(curve: readonly ScalePoint[]): string {
  const [first, last] = [curve[0], curve[curve.length - 1]];
  return [first, last].map((point) => ui('scale-point', { rate: rateText(point?.virtual_per_s ?? 0), storage: point?.storage })).join(', ');
}

/** All that was measured, for the definition of the tile. */
export function curveText(scale: readonly ScalePoint[]): string {
  return scale
    .map((point) => ui('scale-full', { rate: rateText(point.virtual_per_s), storage: point.storage, compute: point.compute }))
    .join('; ');
}

/** The curve over the number of replicas, at the fewest compute nodes measured; the figure is that of this cluster's size. */
function scalability({ picture, scale, measuring = true }: Reading): Tile {
  const fewest = Math.min(...scale.map((point) => point.compute));
  const curve = scale.filter((point) => point.compute === fewest).sort((a, b) => a.storage - b.storage);
  const here = nodesOf(picture, 'storage').length;
  const mine = curve.find((point) => point.storage === here) ?? curve[0];
  if (mine === undefined) {
    return { code: 'scalability', sign: 'idle', figure: UNKNOWN, unit: '', line: ui(measuring ? 'being-measured' : 'not-measured'), chart: NONE };
  }
  const rates = curve.map((point) => point.virtual_per_s);
  return {
    code: 'scalability',
    sign: 'ok',
    figure: rateText(mine.virtual_per_s),
    unit: ui('unit-ops-at', { storage: mine.storage }),
    line: curve.length < 2 ? ui('being-measured') : ends(curve),
    chart: { kind: 'line', values: rates, low: 0, high: Math.max(...rates) },
  };
}

function security({ picture, stats }: Reading): Tile {
  let refused = 0;
  for (const node of picture.kind('node').values()) refused += number(node.refused);
  return {
    code: 'security',
    sign: 'ok',
    figure: countText(refused),
    unit: ui('unit-refused'),
    line: stats.messages === 0 ? ui('no-messages') : ui('of-messages', { count: countText(stats.messages) }),
    chart: { kind: 'tick' },
  };
}

function loadBalance({ picture }: Reading): Tile {
  const load = loadOf(picture);
  const uneven = load.imbalance !== undefined && load.tasks >= 2 * load.nodes.length && load.imbalance > 2;
  return {
    code: 'load-balance',
    sign: load.imbalance === undefined ? 'idle' : uneven ? 'warn' : 'ok',
    figure: load.imbalance === undefined ? UNKNOWN : load.imbalance.toFixed(2),
    unit: load.imbalance === undefined ? '' : ui('unit-max-mean'),
    line: load.tasks === 0 ? ui('no-tasks-run') : ui('tasks-on-nodes', { tasks: plural(load.tasks, 'task'), nodes: load.nodes.length, jain: figure(load.jain) }),
    chart: load.nodes.length === 0 ? NONE : { kind: 'bars', values: load.nodes.map((node) => node.tasks) },
  };
}

export function tiles(reading: Reading): Tile[] {
  return [availability, performance, consistency, faultTolerance, scalability, security, loadBalance].map((tile) => tile(reading));
}

/** The tile in one sentence, for those who hear it. */
export function spokenTile(tile: Tile): string {
  const sign = tile.sign === 'warn' || tile.sign === 'bad' ? `, ${ui(`sign-${tile.sign}`)}` : '';
  return `${ui(`property-${tile.code}`)}: ${tile.figure} ${tile.unit}, ${tile.line}${sign}`;
}

