/** What would have to change for a pending pod: asked of the server, once for each attempt to place it. */
import { getJson, runPath } from '../../wire/rest';

export interface Suggestion {
  code: string;
  sentence: string;
}

interface Answer {
  seq: number;
  suggestions: Suggestion[];
}

export class Advice {
  state = $state<'idle' | 'asking' | 'told' | 'failed'>('idle');
  suggestions = $state.raw<readonly Suggestion[]>([]);
  problem = $state('');
  #asked = '';

  /** `seq` undefined: now. `about` names the attempt: the same one is not asked about twice. */
  async ask(run: string, pod: string, seq: number | undefined, about: string): Promise<void> {
    const key = `${run} ${pod} ${about}`;
    if (key === this.#asked) return;
    this.#asked = key;
    this.state = 'asking';
    this.suggestions = [];
    try {
      const path = pod.split('/').map(encodeURIComponent).join('/');
      const answer = await getJson<Answer>(`${runPath(run)}/pods/${path}/why${seq === undefined ? '' : `?seq=${seq}`}`);
      if (key !== this.#asked) return;
      // The same thing may help by several nodes: it is said once.
      this.suggestions = [...new Map(answer.suggestions.map((one) => [one.sentence, one])).values()];
      this.state = 'told';
    } catch (error) {
      if (key !== this.#asked) return;
      this.state = 'failed';
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  forget(): void {
    this.#asked = '';
    this.state = 'idle';
    this.suggestions = [];
  }
}
