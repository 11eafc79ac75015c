import type { AppState } from '../../shell/app.svelte';
import { getJson, runPath } from '../../wire/rest';
import type { ScalePoint, VerdictRow } from './scene';

const VERDICTS_MS = 5_000;
const SCALE_MS = 15_000;

/**
 * What the tiles need and the log does not hold: the checkers' verdicts on this run and the measured curve. Asked for by
 * the page's beat; a server that does not answer leaves what was known.
 */
export class Facts {
  verdicts = $state.raw<readonly VerdictRow[]>([]);
  scale = $state.raw<readonly ScalePoint[]>([]);
  measuring = $state(true);
  #run = '';
  #verdictsMs = -Infinity;
  #scaleMs = -Infinity;
  #complete = false;

  #heard = 0;

  constructor(private app: AppState) {}

  /** Call on every beat. */
  refresh(nowMs: number): void {
    const run = this.app.meta?.run ?? '';
    if (run !== this.#run) {
      this.#run = run;
      this.verdicts = [];
      this.#verdictsMs = -Infinity;
    }
    const heard = this.app.verdictsHeard;
    if (run !== '' && (nowMs - this.#verdictsMs >= VERDICTS_MS || heard !== this.#heard)) {
      this.#verdictsMs = nowMs;
      this.#heard = heard;
      void this.#askVerdicts(run);
    }
    if (!this.#complete && nowMs - this.#scaleMs >= SCALE_MS) {
      this.#scaleMs = nowMs;
      void this.#askScale();
    }
  }

  async #askVerdicts(run: string): Promise<void> {
    const found = await getJson<{ verdicts: VerdictRow[] }>(`${runPath(run)}/verdicts`).catch(() => null);
    if (found !== null && run === this.#run) this.verdicts = found.verdicts;
  }

  async #askScale(): Promise<void> {
    const found = await getJson<{ points: ScalePoint[]; complete: boolean; measuring: boolean }>('/scalability').catch(() => null);
    if (found === null) return;
    this.scale = found.points;
    this.measuring = found.measuring;
    this.#complete = found.complete;
  }
}

const known = new WeakMap<AppState, Facts>();

/** One for each page, whoever asks. */
export function factsOf(app: AppState): Facts {
  let facts = known.get(app);
  if (facts === undefined) known.set(app, (facts = new Facts(app)));
  return facts;
}
