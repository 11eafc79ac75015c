import type { AppState } from '../../shell/app.svelte';
import * as api from './api';
import { story } from './story.svelte';

const POLL_MS = 700;
const IDLE_MS = 6_000;

/** Everything of the Break-it panel that outlives it: the bugs, the searches that run, the futures, the shipped stories. */
class Desk {
  switches = $state.raw<readonly api.Switch[]>([]);
  searches = $state.raw<readonly api.Search[]>([]);
  /** The most processes that a search may ask for. */
  workersMax = $state(1);
  traces = $state.raw<readonly api.Finding[]>([]);
  futures = $state.raw<api.Futures | null>(null);
  /** Somebody asked for the futures elsewhere on the page: their form comes into view. */
  aimed = $state(false);
  failure = $state<string | null>(null);
  /** What is being opened, by its key; one at a time. */
  opening = $state<string | null>(null);
  #asked = false;

  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const [switches, listed] = await Promise.all([api.fetchSwitches(), api.fetchSearches()]);
      [this.switches, this.searches, this.workersMax] = [switches, listed.searches, listed.workers_max];
      this.failure = null;
    } catch (error) {
      this.failure = sentence(error);
      this.#asked = false;
    }
    this.traces = await api.fetchTraces().catch(() => []);
  }

  /** Follow what runs until the returned function is called; the panel does while it is shown. */
  watch(): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      await this.#refresh();
      timer = setTimeout(() => void look(), this.#busy ? POLL_MS : IDLE_MS);
    };
    timer = setTimeout(() => void look(), POLL_MS);
    return () => clearTimeout(timer);
  }

  get #busy(): boolean {
    return this.searches.some(running) || (this.futures !== null && running(this.futures));
  }

  async #refresh(): Promise<void> {
    if (this.failure === null) this.searches = (await api.fetchSearches().catch(() => this)).searches as readonly api.Search[];
    const futures = this.futures;
    if (futures !== null && running(futures)) this.futures = await api.fetchFutures(futures.futures).catch(() => futures);
  }

  async search(app: AppState, wish: api.SearchWish): Promise<void> {
    await this.#try(app, 'search', async () => {
      const { search } = await api.startSearch(wish);
      this.searches = [await api.fetchSearch(search), ...this.searches.filter((one) => one.search !== search)];
    });
  }

  async stop(app: AppState, search: string): Promise<void> {
    await this.#try(app, search, async () => {
      await api.stopSearch(search);
      await this.#refresh();
    });
  }

  async openFinding(app: AppState, id: string): Promise<void> {
    await this.#try(app, id, async () => {
      const [finding, { run }] = await Promise.all([api.fetchFinding(id), api.openFinding(id)]);
      await this.#show(app, run, finding);
    });
  }

  async openTrace(app: AppState, id: string): Promise<void> {
    await this.#try(app, id, async () => {
      if (this.traces.length === 0) this.traces = await api.fetchTraces();
      const finding = this.traces.find((trace) => trace.switch === id);
      const { run } = await api.openTrace(id);
      if (finding !== undefined) await this.#show(app, run, finding);
      else await goToRun(app, run);
    });
  }

  async #show(app: AppState, run: string, finding: api.Finding): Promise<void> {
    await goToRun(app, run);
    const title = this.switches.find((one) => one.id === finding.switch)?.sentence ?? finding.sentence;
    await story.tell(app, run, title, finding);
  }

  async startFutures(app: AppState, wish: { at_seq: number | null; count: number; horizon_s: number }): Promise<void> {
    const run = app.meta?.run;
    if (run === undefined) return;
    await this.#try(app, 'futures', async () => {
      const { futures } = await api.startFutures(run, wish);
      this.futures = await api.fetchFutures(futures);
    });
  }

  async openFuture(app: AppState, futures: string, seed: number): Promise<void> {
    await this.#try(app, `${futures}/${seed}`, async () => {
      const { run } = await api.openFuture(futures, seed);
      story.close();
      await goToRun(app, run);
    });
  }

  async #try(app: AppState, key: string, work: () => Promise<void>): Promise<void> {
    if (this.opening !== null) return;
    this.opening = key;
    try {
      await work();
    } catch (error) {
      app.toasts.error(sentence(error));
    } finally {
      this.opening = null;
    }
  }
}

export const running = (one: { state: api.SearchState }): boolean => one.state === 'running' || one.state === 'queued';

/** The page shows that run from now on, and the browser's Back leads back to this one. */
async function goToRun(app: AppState, run: string): Promise<void> {
  const address = new URL(location.href);
  address.pathname = `/r/${encodeURIComponent(run)}`;
  for (const name of ['at', 'at_us']) address.searchParams.delete(name);
  history.pushState(null, '', address);
  await app.open(run);
  await settled(app);
}

/** Until the run's log is here: the first keyframe has come. */
function settled(app: AppState): Promise<void> {
  const { timeline } = app;
  if (timeline.headSeq >= 0) return Promise.resolve();
  return new Promise((done) => {
    const off = timeline.subscribe(() => {
      if (timeline.headSeq < 0) return;
      off();
      done();
    });
  });
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const desk = new Desk();
