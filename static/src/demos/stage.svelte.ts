import type { AppState } from '../shell/app.svelte';
import { parts, refusedText, ui, type Part } from '../words';
import { hasLeaders } from '../panels/reading/picture';
import { openNew } from '../panels/transport/keys';
import { getJson } from '../wire/rest';
import type { Command } from '../wire/socket';
import { Player, type Order, type Place } from './play';
import { parseDemo, type Demo } from './schema';

/** How long the last sentence of a demo stays, in real time. */
const LINGER_MS = 6_000;
/** A page that is loaded anew goes on with the demo that it played. */
const KEPT = 'synod-demo';

interface Kept {
  run: string;
  demo: string;
  place: Place;
  caption: readonly Part[] | null;
}

/** The stage on which one demo plays at a time. Its caption stands in for the latest landmark. */
class Stage {
  demos = $state.raw<readonly Demo[]>([]);
  player = $state.raw<Player | null>(null);
  caption = $state.raw<readonly Part[] | null>(null);
  share = $state(0);
  /** A demo was asked for and its run is not open yet. */
  beginning = $state(false);
  #asked = false;
  #giving: Promise<void> = Promise.resolve();
  #linger: ReturnType<typeof setTimeout> | undefined;
  /** The run that the demo plays on. */
  #run = '';
  #kept = '';

  /** The shipped demos, asked for once; a file that is unsound is left out and named in the console. */
  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const { demos } = await getJson<{ demos: unknown[] }>('/demos');
      this.demos = demos.flatMap((file) => {
        try {
          return [parseDemo(file)];
        } catch (error) {
          console.error(error);
          return [];
        }
      });
    } catch {
      this.#asked = false;
    }
  }

  /** Those that the open run can play. */
  offered(app: AppState): Demo[] {
    if (app.stored) return [];
    const led = hasLeaders(app.timeline.picture);
    return this.demos.filter((demo) => (demo.scenario === '' ? led : app.meta !== null && [demo.scenario, demo.from].includes(app.meta.scenario)));
  }

  get running(): boolean {
    return this.player !== null;
  }

  /** Plays a demo on the open run, from a whole cluster at 1x: what is cut is healed and what is down started first. */
  async play(app: AppState, demo: Demo): Promise<void> {
    if (this.beginning) return;
    this.stop();
    this.beginning = true;
    try {
      if (!(await begun(app, demo))) return;
    } finally {
      this.beginning = false;
    }
    if (!app.live) app.timeline.goLive();
    await app.pace({ playing: true, speed: 1 });
    const picture = app.timeline.picture;
    if (picture.kind('partition').size + picture.kind('cut').size > 0) await app.send({ type: 'heal-network' }, { quiet: true });
    for (const [node, fields] of picture.kind('node')) {
      if (fields.state === 'down') await app.send({ type: 'restart-node', node }, { quiet: true });
      if (fields.state === 'paused') await app.send({ type: 'resume-node', node }, { quiet: true });
    }
    this.#run = app.meta?.run ?? '';
    this.share = 0;
    this.player = new Player(demo);
    this.caption = parts(ui('demo-begins', { title: demo.title }));
  }

  /** Goes on where this page was when it was loaded anew. Asked for again and again until run and demos are known. */
  resume(app: AppState): void {
    if (this.player !== null || this.demos.length === 0 || app.meta === null) return;
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Kept | null;
    sessionStorage.removeItem(KEPT);
    const demo = this.demos.find((one) => one.id === kept?.demo);
    if (kept === null || kept.run !== app.meta.run || demo === undefined || !app.driver) return;
    this.#run = kept.run;
    this.player = new Player(demo, kept.place);
    this.caption = kept.caption;
    this.share = this.player.share;
  }

  /** Once per change of the picture. */
  look(app: AppState): void {
    const player = this.player;
    if (player === null) return;
    if (app.meta !== null && app.meta.run !== this.#run) return this.stop();
    // Without the server nothing moves, and a command would be refused: the demo goes on when it is back.
    const orders = app.live && app.connection === 'connected' ? player.look(app.timeline.picture, app.timeline.nowUs) : [];
    for (const order of orders) this.#obey(app, player, order);
    if (this.share !== player.share) this.share = player.share;
    if (player.ending !== null) this.#end(app, player);
    else this.#keep(player);
  }

  /** Written when a step has gone further, not with every picture. */
  #keep(player: Player): void {
    const { place } = player;
    const stamp = `${this.#run} ${player.demo.id} ${place.at} ${place.phase}`;
    if (stamp === this.#kept) return;
    this.#kept = stamp;
    const kept: Kept = { run: this.#run, demo: player.demo.id, place, caption: this.caption };
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  }

  #forget(): void {
    this.#kept = '';
    sessionStorage.removeItem(KEPT);
  }

  stop(): void {
    clearTimeout(this.#linger);
    if (this.player !== null) this.#forget();
    this.player?.stop();
    this.player = null;
    this.caption = null;
  }

  #obey(app: AppState, player: Player, order: Order): void {
    if (order.kind === 'say') this.caption = parts(order.text);
    else this.#giving = this.#giving.then(() => this.#give(app, player, order.command));
  }

  async #give(app: AppState, player: Player, command: Command): Promise<void> {
    if (player.ending !== null) return;
    const answer = await app.send(command, { quiet: true, quietRefusal: true });
    player.answered(answer.ok ? null : refusedText(answer.refused));
  }

  #end(app: AppState, player: Player): void {
    this.player = null;
    this.#forget();
    if (player.ending?.kind === 'failed') {
      this.caption = null;
      app.toasts.error(ui('demo-failed', { title: player.demo.title, sentence: player.ending.sentence }));
      return;
    }
    this.#linger = setTimeout(() => (this.caption = null), LINGER_MS);
  }
}

/** A demo of a scenario needs a run of it in which nobody has asked for anything yet; where there is none, it begins one. */
async function begun(app: AppState, demo: Demo): Promise<boolean> {
  const { landmarks, picture } = app.timeline;
  const other = demo.scenario === '' ? !hasLeaders(picture) : demo.scenario !== app.meta?.scenario || landmarks.some((mark) => mark.tag === 'command-taken');
  return !other || openNew(app, { scenario: demo.scenario || 'classroom', seed: app.meta?.seed ?? 42 });
}

export const stage = new Stage();
