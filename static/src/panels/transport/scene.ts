/** The time bar: reigns, landmarks and ticks of a window of virtual time, laid out so that no two words touch. */
import { duration } from '../../geometry/time_text';
import { roundStep, tickText, TimeScale } from '../../geometry/time_scale';
import { UNKNOWN_LEADER } from '../../history/timeline';
import type { Landmark, Reign } from '../../history/types';

export interface Span {
  fromUs: number;
  toUs: number;
  /** "" while nobody could commit. */
  leader: string;
}

export type Tone = 'bad' | 'accent' | 'plain' | 'faint';

export interface Mark {
  x: number;
  tone: Tone;
  seq: number;
}

export interface Word {
  text: string;
  x: number;
  width: number;
  tone: Tone;
  row: 'above' | 'below';
}

export interface Block {
  x: number;
  width: number;
  kind: 'led' | 'now' | 'leaderless';
  /** After the cursor: known, but not yet at this moment. */
  ahead: boolean;
}

export interface BarScene {
  blocks: Block[];
  marks: Mark[];
  words: Word[];
  cursorX: number;
  live: boolean;
}

export interface BarInput {
  scale: TimeScale;
  nowUs: number;
  headUs: number;
  live: boolean;
  reigns: readonly Reign[];
  landmarks: readonly Landmark[];
  /** Short words for a landmark, "" for a tick without words. */
  name: (landmark: Landmark) => string;
  /** Of a text in the bar's font, px. */
  measure: (text: string) => number;
}

/** Two labels are never closer than this. */
export const APART = 6;
const MARKS_MAX = 400;
const WORDED_MAX = 60;

/** Reigns as spans from the beginning of the run to its end. */
export function spansOf(reigns: readonly Reign[], headUs: number): Span[] {
  const spans: Span[] = [];
  let open: Span = { fromUs: 0, toUs: headUs, leader: '' };
  for (const { atUs, leader } of reigns) {
    if (leader === open.leader) continue;
    if (atUs > open.fromUs) spans.push({ ...open, toUs: atUs });
    open = { fromUs: atUs, toUs: headUs, leader };
  }
  spans.push({ ...open, toUs: Math.max(headUs, open.fromUs) });
  return spans;
}

export function barScene(input: BarInput): BarScene {
  const { scale, nowUs, live } = input;
  const spans = spansOf(input.reigns, input.headUs);
  const taken: Word[] = [];
  const { marks, words } = marksOf(input, taken);
  const gaps = leaderlessWords(input, spans, taken);
  return {
    blocks: spans.flatMap((span) => blocksOf(span, scale, nowUs)),
    marks,
    words: [...words, ...gaps, ...ticksOf(input, taken)],
    cursorX: scale.toX(nowUs),
    live,
  };
}

/** A span up to the cursor, and what of it lies ahead. The reign of now is gold. */
function blocksOf(span: Span, scale: TimeScale, nowUs: number): Block[] {
  const current = span.leader !== '' && span.leader !== UNKNOWN_LEADER && span.fromUs <= nowUs && nowUs <= span.toUs;
  const kind = span.leader === '' ? 'leaderless' : current ? 'now' : 'led';
  const parts: Block[] = [];
  const add = (fromUs: number, toUs: number, ahead: boolean) => {
    const x = Math.max(0, scale.toX(fromUs));
    const width = Math.min(scale.width, scale.toX(toUs)) - x;
    if (width > 0.25) parts.push({ x, width, kind: ahead && kind === 'now' ? 'led' : kind, ahead });
  };
  if (span.fromUs < nowUs) add(span.fromUs, Math.min(span.toUs, nowUs), false);
  if (span.toUs > nowUs) add(Math.max(span.fromUs, nowUs), span.toUs, true);
  return parts;
}

const BAD = new Set(['node-killed', 'network-partitioned', 'link-cut', 'leader-stepped-down', 'handler-failed', 'message-refused', 'conflicting-accept-seen', 'fault-began']);
const WEIGHT: Readonly<Record<string, number>> = {
  'node-killed': 9, 'network-partitioned': 9, 'leader-ready': 8, 'link-cut': 8, 'partition-healed': 7, 'node-restarted': 7,
  'fault-began': 6, 'node-paused': 7, 'node-resumed': 6, 'campaign-started': 5, 'leader-elected': 4,
};

/** Ticks of all landmarks in the window; words for the weightiest, then the latest, as far as there is room. */
function marksOf(input: BarInput, taken: Word[]): { marks: Mark[]; words: Word[] } {
  const { scale, nowUs } = input;
  const seen = visible(input.landmarks, scale);
  const lastLead = seen.findLast((mark) => mark.tag === 'leader-ready' && mark.atUs <= nowUs)?.seq;
  const toneOf = (mark: Landmark): Tone =>
    BAD.has(mark.tag) ? 'bad' : mark.seq === lastLead ? 'accent' : (WEIGHT[mark.tag] ?? 0) > 0 ? 'plain' : 'faint';
  const marks = thinned(seen.map((mark) => ({ x: scale.toX(mark.atUs), tone: toneOf(mark), seq: mark.seq })));
  const words: Word[] = [];
  for (const mark of ranked(seen)) {
    const text = input.name(mark);
    if (text === '') continue;
    const width = input.measure(text);
    const x = Math.min(scale.width - width, Math.max(0, scale.toX(mark.atUs) - (toneOf(mark) === 'plain' ? width / 2 : 1)));
    place({ text, x, width, tone: toneOf(mark), row: 'above' }, taken, words);
  }
  return { marks, words };
}

/** Those that may have words: the weightiest, then the latest. Most of very many weigh nothing, and need no sorting. */
function ranked(seen: readonly Landmark[]): Landmark[] {
  const weightOf = (mark: Landmark) => WEIGHT[mark.tag] ?? 0;
  const found = seen.filter((mark) => weightOf(mark) > 0).sort((a, b) => weightOf(b) - weightOf(a) || b.seq - a.seq);
  for (let at = seen.length - 1; at >= 0 && found.length < WORDED_MAX; at--) if (weightOf(seen[at]!) === 0) found.push(seen[at]!);
  return found.slice(0, WORDED_MAX);
}

function visible(landmarks: readonly Landmark[], scale: TimeScale): Landmark[] {
  let low = 0;
  let high = landmarks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (landmarks[middle]!.atUs < scale.fromUs) low = middle + 1;
    else high = middle;
  }
  const found: Landmark[] = [];
  for (let i = low; i < landmarks.length && landmarks[i]!.atUs <= scale.toUs; i++) found.push(landmarks[i]!);
  return found.slice(-4 * MARKS_MAX);
}

/** One tick a pixel, the worst news winning. */
function thinned(marks: readonly Mark[]): Mark[] {
  const byPixel = new Map<number, Mark>();
  const rank: Record<Tone, number> = { bad: 3, accent: 2, plain: 1, faint: 0 };
  for (const mark of marks) {
    const pixel = Math.round(mark.x / 2);
    const known = byPixel.get(pixel);
    if (known === undefined || rank[mark.tone] > rank[known.tone]) byPixel.set(pixel, mark);
  }
  return [...byPixel.values()].slice(-MARKS_MAX);
}

function leaderlessWords(input: BarInput, spans: readonly Span[], taken: Word[]): Word[] {
  const words: Word[] = [];
  for (const span of spans.toReversed()) {
    if (span.leader !== '') continue;
    const toUs = Math.min(span.toUs, input.live ? span.toUs : Math.max(input.nowUs, span.toUs));
    const x0 = Math.max(0, input.scale.toX(span.fromUs));
    const x1 = Math.min(input.scale.width, input.scale.toX(toUs));
    const text = `no leader for ${duration(toUs - span.fromUs)}`;
    const width = input.measure(text);
    if (x1 - x0 < 12 || x1 <= 0 || x0 >= input.scale.width) continue;
    const x = Math.min(input.scale.width - width, Math.max(0, (x0 + x1 - width) / 2));
    place({ text, x, width, tone: 'bad', row: 'below' }, taken, words);
  }
  return words;
}

function ticksOf(input: BarInput, taken: Word[]): Word[] {
  const { scale } = input;
  const words: Word[] = [];
  const step = roundStep(scale.usAt(scale.width) - scale.fromUs, Math.min(8, scale.width / 90));
  for (let us = Math.ceil(scale.fromUs / step) * step; us <= scale.toUs; us += step) {
    const text = tickText(us, step, scale.toUs);
    const width = input.measure(text);
    const x = scale.toX(us) - width / 2;
    if (x < 0 || x + width > scale.width) continue;
    place({ text, x, width, tone: 'faint', row: 'below' }, taken, words);
  }
  return words;
}

function place(word: Word, taken: Word[], words: Word[]): void {
  if (word.x < 0) return;
  const touches = (other: Word) =>
    other.row === word.row && word.x < other.x + other.width + APART && other.x < word.x + word.width + APART;
  if (taken.some(touches)) return;
  taken.push(word);
  words.push(word);
}
