/** What would have to change for a pending pod: asked of the server, once for each attempt to place it. */
import { getJson, runPath } from '../../wire/rest';
import type { Suggestion } from './remedy';

interface Answer {
  seq: number;
  at_us: number;
  suggestions: Suggestion[];
}

interface Wish {
  key: string;
  pod: string;
  path: string;
}

/** The server folds a whole picture for an answer: one question at a time, and a pause between them. */
const PAUSE_MS = 1_500;

export class Advice {
  state = $state<'idle' | 'asking' | 'told' | 'failed'>('idle');
  suggestions = $state.raw<readonly Suggestion[]>([]);
  problem = $state('');
  /** The moment that it is about, by the server. */
  atUs = $state(0);
  #asked = '';
  #about = '';
  #wish: Wish | undefined;
  #busy = false;

  /** `seq` undefined: now. `attempt`: the last one; the same one is not asked about twice. An older answer stays until the next. */
  ask(run: string, pod: string, seq: number | undefined, attempt: number): void {
    const key = `${run} ${pod} ${attempt}`;
    if (key === this.#asked) return;
    this.#asked = key;
    if (this.#about !== `${run} ${pod}`) {
      this.#about = `${run} ${pod}`;
      this.suggestions = [];
      this.state = 'asking';
    }
    const name = pod.split('/').map(encodeURIComponent).join('/');
    this.#wish = { key, pod, path: `${runPath(run)}/pods/${name}/why${seq === undefined ? '' : `?seq=${seq}`}` };
    if (!this.#busy) void this.#answer();
  }

  forget(): void {
    this.#asked = this.#about = '';
    this.#wish = undefined;
    this.state = 'idle';
    this.suggestions = [];
  }

  async #answer(): Promise<void> {
    this.#busy = true;
    for (let wish = this.#wish; wish !== undefined; wish = this.#wish) {
      this.#wish = undefined;
      try {
        const { suggestions, at_us } = await getJson<Answer>(wish.path);
        if (wish.key === this.#asked) this.atUs = at_us;
        // The same thing may help by several nodes: it is said once.
        if (wish.key === this.#asked) this.#tell('told', [...new Map(suggestions.map((one) => [one.sentence, one])).values()]);
      } catch (error) {
        if (wish.key === this.#asked) this.#tell('failed', [], error instanceof Error ? error.message : String(error));
      }
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    this.#busy = false;
  }

  #tell(state: 'told' | 'failed', suggestions: readonly Suggestion[], problem = ''): void {
    this.state = state;
    this.suggestions = suggestions;
    this.problem = problem;
  }
}
