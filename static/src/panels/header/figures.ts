/** The header's figures, read off the picture and the last seconds of the log. */
import { hasLeaders, isUp, isWhole, largestSide, leaderOf, linked, nodesOf, type Entities } from '../reading/picture';
import { attemptsOf, decisionOf, type Attempt } from '../reading/parts';
import { configurationsOf } from '../reading/quorums';
import type { WindowStats } from '../properties/window';
import { percentile } from '../properties/window';
import { ballotText } from '../../words';
import { figure } from '../nodes/balance';
import { loadOf } from '../tasks/load';
import { phasesOf, podsOf } from '../tasks/objects';

export interface Figures {
  leader: { node: string; ballot: string; ready: boolean } | null;
  /** In a protocol without leaders, what is decided and how far each proposer is; null where somebody leads. */
  parts: { decided: string; attempts: Attempt[] } | null;
  storage: { up: number; all: number; reachable: number; quorum: boolean };
  compute: { up: number; all: number; cutOff: number };
  tasks: { running: number; waiting: number };
  /** The article's own measure, of tasks over nodes: `1.20 · 0.98`. */
  balance: { maxMean: string; jain: string };
}

export function figuresOf(picture: Entities): Figures {
  const { members: storage, q1, q2 } = configurationsOf(picture)[0]!;
  const side = largestSide(picture, storage);
  const compute = nodesOf(picture, 'compute');
  const leader = leaderOf(picture);
  const phases = phasesOf(podsOf(picture));
  const load = loadOf(picture);
  return {
    leader: leader === undefined ? null : { node: leader.node, ballot: ballotText(leader.ballot), ready: leader.ready },
    parts: hasLeaders(picture) ? null : { decided: decisionOf(picture), attempts: attemptsOf(picture) },
    storage: {
      up: storage.filter((node) => isUp(picture, node)).length,
      all: storage.length,
      reachable: side.length,
      quorum: side.length >= Math.max(q1, q2),
    },
    compute: {
      up: compute.filter((node) => isUp(picture, node)).length,
      all: compute.length,
      cutOff: isWhole(picture) ? 0 : compute.filter((node) => side.length > 0 && !side.some((other) => linked(picture, node, other))).length,
    },
    tasks: {
      running: phases.Running ?? 0,
      waiting: phases.Pending ?? 0,
    },
    balance: { maxMean: figure(load.imbalance), jain: figure(load.jain) },
  };
}

export interface Rates {
  /** Commits a second over the last seconds, as text; "was" the rate before, when it has more than halved. */
  perSecond: string;
  was: string | null;
  p50: string;
  p99: string;
  unit: 'ms' | 's';
}

/** A shorter stretch of log says nothing about a rate. */
const KNOWN_S = 0.8;

/** Of the last quarter of the window against the three before it. */
export function ratesOf(stats: WindowStats): Rates {
  const { commits } = stats.bins;
  const seconds = (stats.toUs - stats.fromUs) / 1e6;
  const recent = commits.slice(-Math.ceil(commits.length / 4));
  const earlier = commits.slice(0, commits.length - recent.length);
  const rate = (bins: readonly number[]) => bins.reduce((sum, n) => sum + n, 0) / Math.max(0.001, (seconds * bins.length) / commits.length);
  const [now, before] = [rate(recent), rate(earlier)];
  const known = seconds >= KNOWN_S;
  const [p50, p99] = [percentile(stats.commitTookUs, 0.5), percentile(stats.commitTookUs, 0.99)];
  const unit = (p99 ?? 0) >= 10_000_000 ? 's' : 'ms';
  const took = (us: number | undefined) => (us === undefined ? '–' : unit === 's' ? (us / 1e6).toFixed(1) : (us / 1000).toFixed(us < 10_000 ? 1 : 0));
  return { perSecond: known ? rateText(now) : '–', was: known && before >= 0.5 && now < before / 2 ? rateText(before) : null, p50: took(p50), p99: took(p99), unit };
}

export const rateText = (rate: number): string => (rate === 0 ? '0' : rate < 9.95 ? rate.toFixed(1) : Math.round(rate).toString());
