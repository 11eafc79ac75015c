import { TimeScale } from '../../geometry/time_scale';
import { duration } from '../../geometry/time_text';
import type { AppState } from '../../shell/app.svelte';
import { countText, ui } from '../../words';
import { hasLeaders } from '../reading/picture';
import { spansOf } from '../transport/scene';
import { UNKNOWN_LEADER } from '../../history/timeline';
import { bandsOf, bandsWithin, packed, type Band, type Row } from './bands';
import { coneOf, placeOf, stepsOf } from './causal';
import { lanesOf, type Lanes } from './lanes';
import type { Loom } from './loom.svelte';
import { AXIS, ROW, type Blank, type Reigning } from './paint_ground';
import type { Lit } from './paint_top';
import { arrowOf, viewOf, type View } from './scene';
import { CHUNK, type Weave } from './weave';
import { aligned, type Span } from './window';

/** What is pointed at: an entry, or a message by its position in the weave. */
export type Target = { seq: number } | { message: number };

const ROWS = 3;
export const TOP = ROWS * ROW + 2;

/** The parts of the diagram's picture, each remembered as long as what it is made of stays the same. */
export class ChartModel {
  #bands: { landmarks: readonly unknown[]; count: number; bands: Band[] } = { landmarks: [], count: -1, bands: [] };
  #lanes: { key: unknown; height: number; lanes: Lanes } | null = null;

  constructor(private app: AppState) {}

  lanes(height: number): Lanes {
    const nodes = this.app.timeline.picture.kind('node');
    const key = nodes.size;
    const inner = Math.max(60, height - TOP - AXIS);
    if (this.#lanes === null || this.#lanes.key !== key || this.#lanes.height !== inner) {
      this.#lanes = { key, height: inner, lanes: lanesOf(nodes, inner) };
    }
    return this.#lanes.lanes;
  }

  view(weave: Weave, span: Span, width: number, lanes: Lanes, hidden: ReadonlySet<string>, ratio: number): View {
    const at = aligned(span, width * ratio);
    return viewOf(weave, new TimeScale(at.fromUs, at.toUs, width), lanes, hidden);
  }

  bands(): readonly Band[] {
    const { landmarks } = this.app.timeline;
    const known = this.#bands;
    if (known.landmarks !== landmarks || known.count !== landmarks.length) {
      this.#bands = { landmarks, count: landmarks.length, bands: bandsOf(landmarks) };
    }
    return this.#bands.bands;
  }

  rows(span: Span): Row<Band>[] {
    const { timeline } = this.app;
    // Where nobody ever leads, nobody is missing.
    const spans = hasLeaders(timeline.picture) ? spansOf(timeline.reigns, timeline.headUs) : [];
    const leaderless = spans
      .filter((one) => one.leader === '')
      .map((one): Band => ({
        id: `leaderless ${one.fromUs}`, title: ui('band-no-leader', { span: duration(one.toUs - one.fromUs) }), fromUs: one.fromUs, toUs: one.toUs,
        nodes: [], links: [], manner: 'apart', outside: false, seq: -1,
      }));
    const all = [...leaderless, ...this.bands()].sort((a, b) => a.fromUs - b.fromUs);
    return packed(bandsWithin(all, span.fromUs, span.toUs), ROWS);
  }

  /** The fault in a row above the lanes at a share of the width. */
  bandAt(span: Span, share: number, row: number): Band | null {
    const us = span.fromUs + share * (span.toUs - span.fromUs);
    const slack = (span.toUs - span.fromUs) / 300;
    return this.rows(span).findLast(({ item, row: at }) => at === row && item.fromUs - slack <= us && us <= item.toUs + slack)?.item ?? null;
  }

  leads(node: string): boolean {
    const { timeline } = this.app;
    return timeline.reigns.findLast((reign) => reign.atUs <= timeline.nowUs)?.leader === node;
  }

  reigns(lanes: Lanes): Reigning[] {
    const { timeline } = this.app;
    return spansOf(timeline.reigns, timeline.headUs).flatMap(({ leader, fromUs, toUs }) => {
      const lane = lanes.of.get(leader);
      if (lane === undefined || leader === '' || leader === UNKNOWN_LEADER) return [];
      return [{ lane, fromUs, toUs, now: fromUs <= timeline.nowUs && timeline.nowUs <= toUs }];
    });
  }

  /** Where no entries are: before what is here, or between. */
  blanks(loom: Loom, span: Span): Blank[] {
    const { timeline } = this.app;
    if (timeline.headSeq < 0) return [];
    const says = loom.lacks.state === 'too-many' ? ui('diagram-too-many', { entries: countText(loom.lacks.entries) }) : ui('diagram-fetching');
    const blanks: Blank[] = [];
    const runs = loom.weave.covered();
    let next = Math.max(0, span.fromUs);
    for (const run of runs) {
      if (run.toUs < span.fromUs || run.fromUs > span.toUs) continue;
      if (run.first > 0 && run.fromUs > next) blanks.push({ fromUs: next, toUs: run.fromUs, says });
      // The last run goes on to the end of the log, even where that is silent.
      next = run === runs.at(-1) ? Infinity : Math.max(next, run.toUs);
    }
    const toUs = Math.min(span.toUs, runs.at(-1)?.fromUs ?? timeline.headUs);
    if (next < toUs) blanks.push({ fromUs: next, toUs, says });
    return blanks.filter((blank) => blank.toUs - blank.fromUs > (span.toUs - span.fromUs) / 400);
  }

}

export function seqOf(weave: Weave, target: Target): number {
  if ('seq' in target) return target.seq;
  return weave.chunkOf(target.message)?.sentSeq[target.message % CHUNK] ?? -1;
}

/** A target with its causal past and future, on paper. */
export function litOf(weave: Weave, view: View, target: Target, withCone: boolean): Lit | null {
  const seq = seqOf(weave, target);
  if (seq < 0) return null;
  const cone = withCone ? coneOf(weave, seq) : { past: [], future: [] };
  const arrows = 'message' in target ? [target.message].flatMap((position) => arrowsAt(weave, view, position)) : [];
  const place = 'seq' in target ? placeOf(weave, seq) : null;
  return {
    past: stepsOf(weave, [seq, ...cone.past]),
    future: stepsOf(weave, cone.future),
    arrows,
    spots: place === null ? [] : [{ x: view.scale.toX(place.us), lane: view.laneOf[place.node] ?? -1 }],
  };
}

function arrowsAt(weave: Weave, view: View, position: number) {
  const chunk = weave.chunkOf(position);
  const arrow = chunk === undefined ? null : arrowOf(view, chunk, position % CHUNK);
  return arrow === null ? [] : [arrow];
}

/** Entries about a slot, and the messages that brought them: what the log's row is made of. */
export function litSlot(weave: Weave, view: View, seqs: readonly number[]): Lit {
  const arrows = seqs.flatMap((seq) => {
    const cause = weave.chunks.get(Math.floor(seq / CHUNK))?.cause[seq % CHUNK] ?? -1;
    const position = cause < 0 ? -1 : (weave.chunks.get(Math.floor(cause / CHUNK))?.message[cause % CHUNK] ?? -1);
    return position < 0 ? [] : arrowsAt(weave, view, position);
  });
  const spots = seqs.flatMap((seq) => {
    const place = placeOf(weave, seq);
    return place === null ? [] : [{ x: view.scale.toX(place.us), lane: view.laneOf[place.node] ?? -1 }];
  });
  return { past: [], future: [], arrows, spots };
}
