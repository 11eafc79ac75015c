/** Which stretch of virtual time the diagram shows, and how it is moved. Pure. */
export interface Span {
  fromUs: number;
  toUs: number;
}

export const SPAN_MIN_US = 40;
/** Two days. */
export const SPAN_MAX_US = 172_800_000_000;
/** Where live stands, as a share of the width: little can be said of what comes. */
export const LIVE_AT = 0.92;

export const widthOf = (span: Span): number => span.toUs - span.fromUs;

/** Whole microseconds, so that a window that moves keeps its width to the last bit. */
const bounded = (us: number): number => Math.round(Math.min(SPAN_MAX_US, Math.max(SPAN_MIN_US, us)));

/** Zoomed by a factor (above 1: nearer) about a time that stays where it is. */
export function zoomed(span: Span, aboutUs: number, factor: number): Span {
  const width = widthOf(span);
  const next = bounded(width / factor);
  const share = width <= 0 ? 0.5 : (aboutUs - span.fromUs) / width;
  return placed(aboutUs - next * share, next);
}

export function panned(span: Span, byUs: number): Span {
  return placed(span.fromUs + byUs, widthOf(span));
}

export function following(span: Span, nowUs: number): Span {
  const width = widthOf(span);
  return placed(nowUs - width * LIVE_AT, width);
}

/** The same, or moved so that the time stands in the middle, when it was not well inside. */
export function holding(span: Span, us: number): Span {
  const share = (us - span.fromUs) / widthOf(span);
  return share >= 0.02 && share <= 0.98 ? span : placed(us - widthOf(span) / 2, widthOf(span));
}

/** A stretch with a little air on both sides. */
export function fitting(fromUs: number, toUs: number): Span {
  const width = bounded(Math.max(1, toUs - fromUs) * 1.08);
  return placed((fromUs + toUs - width) / 2, width);
}

/** Time begins at zero; a little air before it, so that the first entries are seen. */
function placed(fromUs: number, width: number): Span {
  const from = Math.round(Math.max(-width * 0.04, fromUs));
  return { fromUs: from, toUs: from + width };
}

/** A whole number of pixels from zero, so that a picture can be shifted instead of painted again. */
export function aligned(span: Span, widthPx: number): Span {
  const usPerPx = widthOf(span) / Math.max(1, widthPx);
  const fromUs = Math.round(span.fromUs / usPerPx) * usPerPx;
  return { fromUs, toUs: fromUs + widthOf(span) };
}

export interface Known {
  seq: number;
  us: number;
}

/** Of more entries than this the diagram does not ask: they would push one another out of memory. */
export const FETCH_MOST = 40_000;
const PAGE = 5_000;

export type Wanted = { state: 'whole' } | { state: 'fetch'; from: number; to: number } | { state: 'too-many'; entries: number };

/**
 * What of a window is not in memory: the stretch to ask for next, the latest first.
 *
 * runs:  what is in memory, oldest first. known: some entries with their times, in order, of which the head is the last.
 */
export function wanted(
  span: Span, runs: readonly { first: number; last: number; fromUs: number; toUs: number }[], known: readonly Known[],
): Wanted {
  const head = known.at(-1);
  if (head === undefined || head.seq < 0) return { state: 'whole' };
  const firstSeq = Math.max(0, Math.floor(seqAt(known, span.fromUs)));
  const lastSeq = Math.min(head.seq, Math.ceil(seqAt(known, span.toUs)));
  let to = lastSeq;
  for (const run of [...runs].reverse()) {
    // What is on the screen already tells more than an estimate: times within a run are certain.
    if (run.last < firstSeq && run.toUs < span.fromUs) break;
    if (run.first > to + 1 || run.fromUs > span.toUs) continue;
    if (run.last < to && run.toUs < span.toUs) break;
    if (run.fromUs < span.fromUs || run.first === 0) return { state: 'whole' };
    to = run.first - 1;
  }
  const from = Math.min(firstSeq, to);
  const entries = to - from + 1;
  if (to < 0 || entries <= 0) return { state: 'whole' };
  if (entries > FETCH_MOST) return { state: 'too-many', entries };
  return { state: 'fetch', from: Math.max(from, to - PAGE + 1), to };
}

/** The seq that stands at a time, between entries whose times are known. */
export function seqAt(known: readonly Known[], us: number): number {
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle]!.us <= us) low = middle + 1;
    else high = middle;
  }
  const before = known[low - 1] ?? { seq: 0, us: 0 };
  const after = known[low];
  if (after === undefined) return before.seq;
  const share = after.us <= before.us ? 0 : (us - before.us) / (after.us - before.us);
  return before.seq + Math.max(0, share) * (after.seq - before.seq);
}
