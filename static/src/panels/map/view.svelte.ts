import { untrack } from 'svelte';
import type { AppState } from '../../shell/app.svelte';
import { labelWords } from '../../words';
import type { Paced } from '../reading/paced.svelte';
import { byName, passes } from '../reading/picture';
import { cutViews, nodeViews, oneWayCuts, type NodeView } from './cluster';
import type { Family } from './kinds';
import { layoutOf, type Machine } from './layout';
import { boundaryOf, Paths } from './paths';
import { DEATH_MS, movingScene, type Moving } from './scene';
import { badgePlace, type StaticScene } from './paint_static';
import { chipsOf, troublesOf } from './troubles';

/** From here on the still layer takes its turn with the panels rather than following every change. */
const LARGE = 300;

/** What the map shows of an app's timeline, at a size; shared by the dashboard and the presenter mode. */
export class MapView {
  width = $state(0);
  height = $state(0);
  hidden = $state.raw<ReadonlySet<Family>>(new Set());
  reducedMotion = $state(false);

  constructor(
    private app: AppState,
    private labelled: boolean,
    private turns?: Paced,
  ) {}

  #machines = $derived.by(() => machinesOf(this.app));
  #signature = $derived(this.#machines.map((one) => `${one.id}/${one.role}/${one.zone}`).join());
  large = $derived(this.#machines.length > LARGE);

  layout = $derived.by(() => {
    void this.#signature;
    return layoutOf(untrack(() => this.#machines), this.width, this.height);
  });
  paths = $derived(new Paths(this.layout));

  nodes = $derived.by((): ReadonlyMap<string, NodeView> => {
    const { app } = this;
    void app.timeline;
    if (this.large) void (this.turns?.stamp ?? app.beat);
    else for (const kind of ['node', 'memory', 'Pod', 'partition', 'cut', 'fault']) app.kind(kind);
    return untrack(() => nodeViews(app.timeline.picture));
  });

  cuts = $derived.by(() => {
    this.app.kind('partition');
    this.app.kind('node');
    const { layout } = this;
    return untrack(() => cutViews(this.app.timeline.picture)).map((view) => ({ view, boundary: boundaryOf(layout, view.minor) }));
  });

  still = $derived.by((): StaticScene => {
    const { app } = this;
    app.kind('cut');
    app.kind('fault');
    const { picture } = app.timeline;
    return {
      layout: this.layout,
      nodes: this.nodes,
      cuts: this.cuts,
      oneWay: oneWayCuts(picture),
      troubles: troublesOf(picture),
      selected: app.group,
      hover: app.hover,
      passes: (src, dst) => passes(picture, src, dst),
    };
  });

  #badges = $derived.by(() => {
    const { unit } = this.layout;
    return this.cuts.flatMap(({ view, boundary }) =>
      boundary === null ? [] : [badgePlace(this.layout, boundary, (view.title.length * 7.6 + 43) * unit)],
    );
  });

  /** About where the words of faults stand: their exact width is known to the canvas alone. */
  #chips = $derived(chipsOf(this.still.troubles, this.layout, (text) => text.length * 7 * this.layout.unit));

  /** Not derived: asked once per animation frame. */
  moving(): Moving {
    const { timeline, hover } = this.app;
    const goesOn = timeline.live ? timeline.playing : timeline.replaying;
    const speed = timeline.live ? timeline.speed : timeline.replaySpeed;
    const pace = Math.max(0.05, Math.min(speed, 20));
    return movingScene(
      this.paths,
      timeline.picture.kind('message'),
      timeline.recentDrops(timeline.nowUs, (this.reducedMotion ? 1000 : DEATH_MS) * 1000 * pace),
      {
        nowUs: timeline.nowUs,
        speed: goesOn ? speed : 0,
        pace,
        hidden: this.hidden,
        reducedMotion: this.reducedMotion,
        labels: this.labelled || !goesOn || speed <= 0.1,
        keepClear: [...this.#badges, ...this.#chips],
        labelText,
        hover,
      },
    );
  }

  toggle(family: Family): void {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(family)) hidden.add(family);
    this.hidden = hidden;
  }
}

function machinesOf(app: AppState): Machine[] {
  const found = [...app.kind('node')].map(([id, fields]) => ({ id, role: String(fields.role), zone: String(fields.zone ?? '') }));
  return found.sort((a, b) => byName(a.id, b.id));
}

export function labelText(label: readonly unknown[]): string {
  const { verb, rest } = labelWords(label);
  return rest === '' ? verb : `${verb} ${rest}`;
}
