/** Searches and their findings in words, and a finding as a story whose steps are entries of its run. Pure. */
import type { Landmark } from '../../history/types';
import { countText, plural, ui } from '../../words';
import type { VerdictRow } from '../properties/scene';
import type { Finding, Futures, Outcome, Search, Step, Switch } from './api';

/** "312 seeds/s, 14.2 h of virtual time, 28 s left" */
export function progressText(search: Search): string {
  const parts = [ui('search-rate', { rate: countText(Math.round(search.seeds_per_s)) }), ui('search-virtual', { hours: hoursText(search.virtual_h) })];
  if (search.state === 'running' && search.left_s !== null) parts.push(ui('search-left', { span: leftText(search.left_s) }));
  return parts.join(', ');
}

export function hoursText(hours: number): string {
  if (hours >= 100) return countText(Math.round(hours));
  return hours >= 1 ? hours.toFixed(1) : hours.toFixed(2);
}

export function leftText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** "1,240 of 10,000 seeds, 2 violations" */
export function countsText(search: Search): string {
  return ui('search-counts', { done: countText(search.seeds_done), of: countText(search.seeds), violations: plural(search.violations, 'violation') });
}

export function share(done: number, of: number): number {
  return of <= 0 ? 0 : Math.min(1, done / of);
}

/** The words of a switch that match every word of the filter. */
export function matching(switches: readonly Switch[], filter: string): Switch[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return switches.filter((one) => {
    const there = [one.id, one.number ?? '', one.sentence, one.source, one.kind, ...one.caught_by].join(' ').toLowerCase();
    return wanted.every((word) => there.includes(word));
  });
}

/** One moment of a story. `seq` is null where the entry is not known: then the time alone leads there. */
export interface Moment {
  kind: 'begin' | 'act' | 'event' | 'verdict';
  seq: number | null;
  atUs: number;
  text: string;
}

/** What is told between the steps, besides the entries that prove the verdict: who came to lead, who gave up. */
const TOLD = new Set(['leader-ready', 'leader-stepped-down', 'configuration-in-force']);

export interface Material {
  finding: Pick<Finding, 'steps' | 'verdict' | 'sentence' | 'until_us'>;
  landmarks: readonly Landmark[];
  verdict: Pick<VerdictRow, 'seq' | 'proof' | 'sentence'> | undefined;
  /** Entries that prove the verdict, as far as they are here, in words. */
  proof: readonly { seq: number; atUs: number; text: string }[];
  /** A landmark in words. */
  tell: (landmark: Landmark) => string;
}

/** The steps a person would take, what came of them, and the verdict: in the order of the log. */
export function storyOf({ finding, landmarks, verdict, proof, tell }: Material): Moment[] {
  const taken = landmarks.filter((mark) => mark.tag === 'command-taken');
  const acts = actsOf(finding.steps, taken);
  const last = verdict?.seq ?? finding.verdict.seq;
  const said = new Map<number, Moment>();
  for (const one of proof) said.set(one.seq, { kind: 'event', ...one });
  for (const mark of landmarks) {
    if (TOLD.has(mark.tag) && mark.fields.number !== 0 && mark.seq <= last && !said.has(mark.seq)) said.set(mark.seq, { kind: 'event', seq: mark.seq, atUs: mark.atUs, text: tell(mark) });
  }
  for (const act of acts) if (act.seq !== null) said.delete(act.seq);
  said.delete(last);
  const middle = [...acts, ...said.values()].sort((a, b) => a.atUs - b.atUs || (a.seq ?? 0) - (b.seq ?? 0));
  const end: Moment = { kind: 'verdict', seq: last, atUs: endUs(finding, landmarks, proof, last), text: verdict?.sentence ?? finding.sentence };
  return [...middle, end];
}

function endUs(finding: Material['finding'], landmarks: readonly Landmark[], proof: Material['proof'], seq: number): number {
  return proof.find((one) => one.seq === seq)?.atUs ?? landmarks.find((mark) => mark.seq === seq)?.atUs ?? finding.until_us;
}

/** Each step is the first command taken at its time that no earlier step has claimed. */
function actsOf(steps: readonly Step[], taken: readonly Landmark[]): Moment[] {
  const claimed = new Set<number>();
  return steps.map((step) => {
    const entry = taken.find((mark) => !claimed.has(mark.seq) && mark.atUs === step.at_us && sameType(mark, step));
    if (entry !== undefined) claimed.add(entry.seq);
    return { kind: 'act', seq: entry?.seq ?? null, atUs: step.at_us, text: capital(step.sentence) };
  });
}

const capital = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function sameType(mark: Landmark, step: Step): boolean {
  const command = mark.fields.command as { type?: string } | undefined;
  return command?.type === undefined || command.type === step.command.type;
}

/** A future as a cell of the strip: how it ended. */
export type Fate = 'safe' | 'stalled' | 'unsafe';

export function fateOf(outcome: Outcome, stalledAfterS: number): Fate {
  if (outcome.unsafe) return 'unsafe';
  return outcome.stalled_us > stalledAfterS * 1_000_000 ? 'stalled' : 'safe';
}

/** The worst first: unsafe ones, then by how long nothing was decided. */
export function byFate(futures: Pick<Futures, 'outcomes' | 'stalled_after_s'>): { outcome: Outcome; fate: Fate }[] {
  const rank: Readonly<Record<Fate, number>> = { unsafe: 0, stalled: 1, safe: 2 };
  return futures.outcomes
    .map((outcome) => ({ outcome, fate: fateOf(outcome, futures.stalled_after_s) }))
    .sort((a, b) => rank[a.fate] - rank[b.fate] || b.outcome.stalled_us - a.outcome.stalled_us || a.outcome.seed - b.outcome.seed);
}
