import type { AppState } from '../../shell/app.svelte';
import { fitting, following, holding, LIVE_AT, panned, SPAN_MIN_US, widthOf, zoomed, type Span } from './window';

const FIRST_US = 12_000_000;

/** The stretch of time that the space-time diagram and the operations show together; one for each page. */
export class TimeAxis {
  span = $state.raw<Span>({ fromUs: 0, toUs: FIRST_US });
  /** Move along with live. */
  follow = $state(true);
  #cursorUs = -1;
  #live = true;
  #begun = false;

  constructor(private app: AppState) {}

  /** Once per picture: follow live, or keep the cursor in sight when something else has moved it. */
  tick(): void {
    const { timeline } = this.app;
    const { nowUs, live } = timeline;
    if (!this.#begun && timeline.headSeq >= 0) {
      this.#begun = true;
      const pace = timeline.live ? Math.max(1, Math.min(timeline.speed, 25)) : 1;
      // A run that stands and is short, as a counterexample is, is shown whole.
      const short = !timeline.playing && timeline.headUs < FIRST_US / 2;
      this.span = short ? fitting(0, Math.max(timeline.headUs, SPAN_MIN_US)) : holding({ fromUs: 0, toUs: FIRST_US * pace }, nowUs);
    }
    if (live && !this.#live) this.follow = true;
    this.#live = live;
    const moved = live ? (this.follow ? following(this.span, nowUs) : this.span) : nowUs === this.#cursorUs ? this.span : holding(this.span, nowUs);
    if (moved.fromUs !== this.span.fromUs || moved.toUs !== this.span.toUs) this.span = moved;
    this.#cursorUs = nowUs;
  }

  /** About a share of the width; while following, live stays where it is. */
  zoom(factor: number, share: number): void {
    const { live, nowUs } = this.app.timeline;
    const about = live && this.follow ? nowUs : this.span.fromUs + widthOf(this.span) * share;
    const next = zoomed(this.span, about, factor);
    this.span = live && this.follow ? following(next, nowUs) : next;
  }

  pan(byUs: number): void {
    this.span = panned(this.span, byUs);
    this.follow = false;
  }

  /** Show a stretch, at least a readable one. */
  fit(fromUs: number, toUs: number): void {
    this.span = fitting(fromUs, Math.max(toUs, fromUs + SPAN_MIN_US));
    this.follow = false;
  }

  /** Bring a time into sight without moving the cursor. */
  look(us: number): void {
    const moved = holding(this.span, us);
    if (moved !== this.span) this.follow = false;
    this.span = moved;
  }

  /** The whole run. */
  all(): void {
    const { live, headUs, nowUs } = this.app.timeline;
    this.follow = live;
    this.span = live ? following({ fromUs: 0, toUs: Math.max(1_000_000, (nowUs * 1.03) / LIVE_AT) }, nowUs) : fitting(0, Math.max(1_000_000, headUs));
  }
}

const axes = new WeakMap<AppState, TimeAxis>();

export function axisOf(app: AppState): TimeAxis {
  let axis = axes.get(app);
  if (axis === undefined) axes.set(app, (axis = new TimeAxis(app)));
  return axis;
}
