import type { AppState } from '../../shell/app.svelte';
import type { Timeline } from '../../history/timeline';
import { LANDMARKS } from '../../wire/events.gen';
import { glyphOf } from '../events/scene';
import { SHAPES } from './shapes';
import type { Span, Known, Wanted } from './window';
import { wanted } from './window';
import { Weave } from './weave';

const MARKS: ReadonlySet<string> = new Set(LANDMARKS);
const ENTRIES_A_FRAME = 12_000;
const ASK_AGAIN_MS = 4000;

/** Keeps a weave in step with the timeline, and asks the server for what a window lacks. */
export class Loom {
  weave: Weave;
  /** What the window still lacks, for the words on the paper. */
  lacks: Wanted = { state: 'whole' };
  fetching = $state(false);
  #head = -1;
  #asked = new Map<number, number>();
  #checkedMs = 0;

  constructor(private timeline: Timeline) {
    this.weave = this.#fresh();
  }

  /** Take in what has come since. Live, nothing beyond the cursor is shown, as nowhere else on the page. */
  sync(): boolean {
    const { timeline } = this;
    if (timeline.headSeq < this.#head) this.weave = this.#fresh();
    this.#head = timeline.headSeq;
    const last = timeline.live ? timeline.cursorSeq : timeline.headSeq;
    const runs = timeline.runs().filter((run) => run.first <= last).map(({ first, last: end }) => ({ first, last: Math.min(end, last) }));
    return this.weave.sync(runs, (seq) => timeline.entry(seq), ENTRIES_A_FRAME);
  }

  /** Ask for the next stretch that the window lacks; at most a few times a second. */
  ask(span: Span, nowMs: number): void {
    if (nowMs - this.#checkedMs < 250 || this.fetching || this.timeline.loading) return;
    this.#checkedMs = nowMs;
    this.lacks = wanted(span, this.weave.covered(), this.#known());
    if (this.lacks.state !== 'fetch') return;
    const { from, to } = this.lacks;
    if (nowMs - (this.#asked.get(to) ?? -Infinity) < ASK_AGAIN_MS) return;
    this.#asked.set(to, nowMs);
    this.fetching = true;
    this.timeline
      .bring(from, to)
      .catch(() => undefined)
      .finally(() => (this.fetching = false));
  }

  #known(): Known[] {
    const { timeline } = this;
    const known: Known[] = timeline.landmarks.map(({ seq, atUs }) => ({ seq, us: atUs }));
    for (const run of this.weave.covered()) known.push({ seq: run.first, us: run.fromUs }, { seq: run.last, us: run.toUs });
    known.push({ seq: timeline.headSeq, us: timeline.headUs });
    return known.sort((a, b) => a.seq - b.seq);
  }

  #fresh(): Weave {
    const roles = new Map<string, string>();
    const roleOf = (node: string): string => {
      let role = roles.get(node);
      if (role === undefined) {
        role = String(this.timeline.picture.kind('node').get(node)?.role ?? '');
        if (role !== '') roles.set(node, role);
      }
      return role;
    };
    return new Weave(roleOf, (tag) => (MARKS.has(tag) ? SHAPES.indexOf(glyphOf(tag)) + 1 : 0));
  }
}

const looms = new WeakMap<Timeline, Loom>();

/** One for each timeline: coming back to the diagram finds it as it was. */
export function loomOf(app: AppState): Loom {
  const { timeline } = app;
  let loom = looms.get(timeline);
  if (loom === undefined) looms.set(timeline, (loom = new Loom(timeline)));
  return loom;
}
