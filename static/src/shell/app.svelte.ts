import { getContext, setContext } from 'svelte';
import { Timeline, type StepUnit } from '../history/timeline';
import type { Fields, RunMeta } from '../history/types';
import { historyOf, fetchLandmarks, fetchReigns, fetchRun, openRun, RequestFailed } from '../wire/rest';
import type { Answer, Command, Connection, Pace, Refused, Reset } from '../wire/socket';
import { Live } from '../wire/socket';
import { Toasts } from './toasts.svelte';
import { counterpart } from './undo';
import { ui } from '../words';

export interface Selection {
  /** A kind of the picture: "node", "message", "Pod", "slot", "partition" ... */
  kind: string;
  id: string;
}

export type Theme = 'dark' | 'light';
export type PageView = 'dash' | 'present';

/** What `send` says when a command was taken, and how to take it back. */
export interface Said {
  text?: string;
  icon?: string;
  undo?: { command: () => Command | null | Promise<Command | null>; text?: string };
  /** No toast at all, for callers that answer in place. */
  quiet?: boolean;
  /** Nor one for a refusal, which the caller shows where it belongs. */
  quietRefusal?: boolean;
}

const SLOW_MS = 250;
/** So long what has come is decoded before a picture, and after it until so long after the picture began. */
const INTAKE_MS = 3;
const SPARE_TILL_MS = 11;

/**
 * The one page: a timeline, what is selected, and how the page looks.
 *
 * Reading the run: `tick` counts once per animation frame in which anything moved. Panels that follow every frame read
 * `app.tick` and then the plain `app.timeline`; panels that read one kind of entity use `app.kind('Pod')`, which wakes
 * them only when that kind has changed; slow figures read `app.beat` (4 a second).
 */
export class AppState {
  timeline = $state.raw(new Timeline());
  tick = $state(0);
  beat = $state(0);
  /** Counts up where this viewer has moved the page's time: then nothing waits for its turn. */
  jumps = $state(0);
  nowUs = $state(0);
  live = $state(true);
  playing = $state(false);
  speed = $state(1);
  meta = $state.raw<RunMeta | null>(null);
  connection = $state<Connection>('connecting');
  attempt = $state(0);
  /** When the next try to connect is due, by `performance.now()`. */
  nextTryMs = $state(0);
  driver = $state(false);
  failure = $state<string | null>(null);
  /** How often the server said that a checker came to a verdict. */
  verdictsHeard = $state(0);

  selection = $state.raw<Selection | null>(null);
  /** Machines selected together, for isolate; the selection is among them. */
  group = $state.raw<ReadonlySet<string>>(new Set());
  /** The id under the pointer, lit in every panel. */
  hover = $state<string | null>(null);
  theme = $state<Theme>('dark');
  view = $state<PageView>('dash');
  /** The view in the map's region, and the one beside the inspector (see views.svelte.ts). */
  panel = $state('map');
  side = $state('events');
  inspectorOpen = $state(true);
  stepUnit = $state<StepUnit>('message');
  readonly toasts = new Toasts();

  #line: Live | null = null;
  /** The moment that the address asked for; gone to as soon as the run is here. */
  #wanted: { seq?: number; us?: number } | undefined;
  #versions = $state<Record<string, number>>({});
  #beatMs = 0;
  #unsubscribe: (() => void) | null = null;

  /** A recording: everything can be looked at and nothing done. */
  stored = $derived(this.meta?.state === 'stored');

  /** Commands may be given: connected, at the live end, as a driver. */
  canAct = $derived(this.connection === 'connected' && this.live && this.driver && this.failure === null && !this.stored);

  /** Why not, in a sentence; "" where they may. */
  whyNot = $derived.by(() => {
    if (this.canAct || this.meta === null || this.connection === 'connecting') return '';
    if (this.stored) return ui('acts-off-in-recording');
    if (!this.live) return ui('acts-off-in-past');
    return ui(this.failure !== null ? 'acts-off-failed' : 'watching-only');
  });

  /** The entities of one kind at the cursor. Read in a `$derived`, it wakes when that kind has changed. */
  kind<T = Fields>(name: string): ReadonlyMap<string, T> {
    void this.#versions[name];
    void this.timeline;
    return this.timeline.picture.kind(name) as ReadonlyMap<string, T>;
  }

  entity<T = Fields>(kind: string, id: string): T | undefined {
    return this.kind<T>(kind).get(id);
  }

  select(kind: string | null, id = ''): void {
    this.selection = kind === null ? null : { kind, id };
    this.group = new Set(kind === 'node' ? [id] : []);
    if (kind !== null) this.inspectorOpen = true;
  }

  /** Add a machine to the group, or take it out (shift-click). */
  selectAlso(id: string): void {
    const group = new Set(this.group);
    if (group.has(id)) group.delete(id);
    else group.add(id);
    this.group = group;
    const last = [...group].at(-1);
    this.selection = last === undefined ? null : { kind: 'node', id: last };
  }

  selectAll(ids: readonly string[]): void {
    this.group = new Set(ids);
    this.selection = ids[0] === undefined ? null : { kind: 'node', id: ids[0] };
  }

  /** Show a run: its meta first, then the live line, which joins and joins again by itself. */
  async open(run: string, at?: { seq?: number; us?: number }): Promise<void> {
    this.failure = null;
    try {
      const meta = await fetchRun(run);
      if (meta.state === 'stored') await openRun(run).catch(() => undefined);
      this.#use(new Timeline(historyOf(meta.run)), meta);
      this.#wanted = at;
      this.#connect(meta.run);
    } catch (error) {
      this.failure = error instanceof RequestFailed || error instanceof Error ? error.message : String(error);
    }
  }

  /** For tests and the page alike: show this timeline. */
  use(timeline: Timeline): void {
    this.#use(timeline, timeline.meta);
    this.pulse(0);
  }

  tryNow(): void {
    this.#line?.tryNow();
  }

  /** Give a command to the run. A refusal is always shown. */
  async send(command: Command, said: Said = {}): Promise<Answer> {
    if (this.stored) return this.#refuse({ code: 'recorded', fields: {}, sentence: this.whyNot });
    if (!this.live) return this.#refuse({ code: 'cursor-in-past', fields: {} });
    if (this.#line === null || this.connection !== 'connected') return this.#refuse({ code: 'not-connected', fields: {} });
    try {
      const answer = await this.#line.command(command);
      if (!answer.ok) return said.quietRefusal ? answer : this.#refuse(answer.refused);
      if (!said.quiet) this.toasts.taken(this, command, answer, said);
      return answer;
    } catch {
      return this.#refuse({ code: 'no-answer', fields: {} });
    }
  }

  /** Several commands that are one deed: one toast, and one Undo that takes all of them back. */
  async sendAll(commands: readonly Command[], said: Said): Promise<void> {
    const back: (() => Command | null | Promise<Command | null>)[] = [];
    for (const command of commands) {
      const answer = await this.send(command, { ...said, quiet: true });
      if (!answer.ok) break;
      const undo = counterpart(command, answer.seq, this.timeline);
      if (undo !== null) back.unshift(undo);
    }
    if (back.length === 0) return;
    const undo = async () => {
      for (const one of back) {
        const command = await one();
        if (command !== null) await this.send(command, { quiet: true });
      }
    };
    this.toasts.add({ text: said.text ?? '', icon: said.icon, tone: 'done', undo });
  }

  async pace(pace: Pace): Promise<void> {
    const settle = this.timeline.intend(pace);
    this.jumps++;
    this.pulse(performance.now());
    try {
      const answer = await this.#line?.pace(pace);
      settle(answer?.run);
      if (answer?.ok === false && answer.refused !== undefined) this.toasts.refused(answer.refused);
    } catch {
      settle();
      this.toasts.refused({ code: 'no-answer', fields: {} });
    }
  }

  /** Run a movement of the cursor and show its result at once; while time is `dragged`, what stands in words follows as it can. */
  async seek(move: () => Promise<void> | void, dragged = () => false): Promise<void> {
    try {
      await move();
    } catch (error) {
      this.toasts.error(error instanceof Error ? error.message : String(error));
    }
    if (!dragged()) this.jumps++;
    this.pulse(performance.now());
  }

  /** Once per animation frame: let time go on and wake those whose part of the picture has changed. */
  pulse(realMs: number): void {
    const timeline = this.timeline;
    this.#digest(performance.now() + INTAKE_MS);
    if (this.connection === 'connected' || !timeline.live || this.connection === 'connecting') timeline.advance(realMs);
    if (realMs - this.#beatMs >= SLOW_MS || realMs < this.#beatMs) {
      this.#beatMs = realMs;
      this.beat++;
    }
    if (timeline.revision === this.#seen) return;
    this.#seen = timeline.revision;
    this.tick++;
    this.nowUs = timeline.nowUs;
    this.live = timeline.live;
    this.playing = timeline.playing;
    this.speed = timeline.speed;
    // Also the kinds that this moment has none of: what another moment showed of them must go.
    for (const kind of new Set([...timeline.picture.kinds, ...this.#kindsSeen])) {
      const version = timeline.picture.version(kind);
      if (this.#versions[kind] === version) continue;
      this.#versions[kind] = version;
      this.#kindsSeen.add(kind);
    }
  }
  #seen = -1;
  #kindsSeen = new Set<string>();

  /** Once after each picture: what is left of its time goes to what still waits. */
  spare(realMs: number): void {
    this.#digest(realMs + SPARE_TILL_MS);
  }

  /** Decode what has come, a little in each picture. */
  #digest(endMs: number): void {
    const intake = this.#line?.intake;
    if (intake === undefined || intake.size === 0 || performance.now() >= endMs) return;
    intake.digest(() => performance.now() > endMs);
  }

  close(): void {
    this.#line?.close();
    this.#unsubscribe?.();
  }

  #use(timeline: Timeline, meta: RunMeta | null): void {
    this.timeline = timeline;
    this.meta = timeline.meta = meta;
    this.selection = null;
    this.group = new Set();
    this.#versions = {};
    this.#kindsSeen.clear();
    this.#seen = -1;
  }

  #refuse(refused: Refused): Answer {
    this.toasts.refused(refused);
    return { ok: false, refused };
  }

  #connect(run: string): void {
    this.#line ??= new Live({
      connection: (state, attempt, waitMs) => {
        this.connection = state;
        this.attempt = attempt;
        this.nextTryMs = performance.now() + waitMs;
      },
      joined: (meta, driver) => {
        this.meta = this.timeline.meta = meta;
        this.driver = driver;
      },
      refused: (refused) => this.toasts.refused(refused),
      reset: (reset) => this.#onReset(reset),
      frame: (frame) => this.timeline.receive(frame, performance.now()),
      stopped: (_run, error) => {
        this.failure = typeof error === 'string' ? error : JSON.stringify(error);
      },
      verdict: () => void this.verdictsHeard++,
      position: () => {
        const { headSeq, digest } = this.timeline;
        return { after_seq: headSeq < 0 ? null : headSeq, digest };
      },
    });
    this.#line.open(run);
  }

  #onReset(reset: Reset): void {
    const { timeline } = this;
    timeline.reset(reset, reset.meta ?? this.meta, performance.now());
    void this.#learnPast(timeline, reset.run);
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted?.seq !== undefined) void this.seek(() => timeline.seekSeq(wanted.seq!));
    else if (wanted?.us !== undefined) void this.seek(() => timeline.seekUs(wanted.us!));
  }

  /** The beginning and gaps have landmarks that were never streamed. One request at a time, however many gaps there are. */
  async #learnPast(timeline: Timeline, run: string): Promise<void> {
    this.#unlearnt = { timeline, run };
    if (this.#learning) return;
    this.#learning = true;
    while (this.#unlearnt !== null) {
      const { timeline, run } = this.#unlearnt;
      this.#unlearnt = null;
      try {
        timeline.knowPast(...(await Promise.all([fetchLandmarks(run), fetchReigns(run)])));
      } catch (error) {
        this.toasts.error(error instanceof Error ? error.message : String(error));
      }
    }
    this.#learning = false;
  }
  #learning = false;
  #unlearnt: { timeline: Timeline; run: string } | null = null;
}

const APP = Symbol('app');

export function provideApp(app: AppState): AppState {
  return setContext(APP, app);
}

export function useApp(): AppState {
  return getContext<AppState>(APP);
}

/** `render(Panel, { context: appContext(app) })` in tests. */
export function appContext(app: AppState): Map<unknown, unknown> {
  return new Map([[APP, app]]);
}

