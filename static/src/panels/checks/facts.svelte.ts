import type { AppState } from '../../shell/app.svelte';
import { getJson } from '../../wire/rest';
import type { Check, InvariantRow } from './scene';

/** The table of rules, asked for once; `failure` says why it is not there. */
class CheckTable {
  checks = $state.raw<readonly Check[]>([]);
  invariants = $state.raw<readonly InvariantRow[]>([]);
  failure = $state<string | null>(null);
  #asked = false;

  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const found = await getJson<{ checks: Check[]; invariants: InvariantRow[] }>('/checks');
      [this.checks, this.invariants, this.failure] = [found.checks, found.invariants, null];
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.#asked = false;
    }
  }
}

export const checkTable = new CheckTable();

/** A violation's banner that was put away, by run and entry. */
class Alarms {
  #away = $state.raw<ReadonlySet<string>>(new Set());

  isAway(run: string, seq: number): boolean {
    return this.#away.has(`${run}/${seq}`);
  }

  putAway(run: string, seq: number): void {
    this.#away = new Set([...this.#away, `${run}/${seq}`]);
  }
}

export const alarms = new Alarms();

/** Lead to an entry: the cursor goes there, the machine that it is about is selected. */
export async function goTo(app: AppState, seq: number, node = ''): Promise<void> {
  if (node !== '' && app.kind('node').has(node)) app.select('node', node);
  await app.seek(() => app.timeline.seekSeq(seq));
}
