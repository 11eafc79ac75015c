import { getJson, RequestFailed, runPath } from '../../wire/rest';
import { judgedOf, type Judged } from './scene';

const AGAIN_MS = 3000;

/** What the server's checker found for one key of a run; asked again while it is looked at. */
export class Judge {
  judged = $state.raw<Judged | null>(null);
  /** The server does not tell. */
  silent = $state(false);
  #asked = '';
  #askedMs = -Infinity;
  #asking = false;

  /** within: entries to look at, where they are not the last of the log; then nothing is known of what was before. */
  ask(run: string, key: string, within: string, nowMs: number): void {
    const wanted = `${run} ${key} ${within}`;
    if (wanted !== this.#asked) {
      // Another stretch of the same key: what was known stands until the answer is here.
      if (!this.#asked.startsWith(`${run} ${key} `)) this.judged = null;
      this.silent = false;
      this.#askedMs = -Infinity;
    }
    if (this.#asking || nowMs - this.#askedMs < AGAIN_MS) return;
    this.#asked = wanted;
    this.#askedMs = nowMs;
    this.#asking = true;
    getJson<unknown>(`${runPath(run)}/operations?key=${encodeURIComponent(key)}${within}`)
      .then((answer) => {
        if (this.#asked === wanted) this.judged = judgedOf(answer);
        this.silent = false;
      })
      .catch((error: unknown) => {
        this.silent = true;
        // A server that has no such answer will not have it in three seconds.
        if (error instanceof RequestFailed && error.status === 404) this.#askedMs = nowMs + 60_000;
      })
      .finally(() => (this.#asking = false));
  }
}
