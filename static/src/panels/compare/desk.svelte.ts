/** The comparison that is looked at; it goes on when the dialog closes, and is found again when it opens. */
import { deleteJson, getJson, postJson, RequestFailed } from '../../wire/rest';
import { ui } from '../../words';
import type { RunMeta } from '../../history/types';
import type { Comparison } from './scene';

const EVERY_MS = 600;

/** The comparison that this tab looked at last; a reload finds it again. */
const KEPT = 'synod-comparison';

export interface Named {
  name: string;
  about: string;
  until_s?: number;
  document?: unknown;
}

/** One's own profile beside the shipped ones: a KubeSchedulerConfiguration as text. */
export interface OwnProfile {
  name: string;
  yaml: string;
}

export interface Wish {
  scenario: string;
  seed: number;
  until_s: number;
  profiles: [string | OwnProfile, string | OwnProfile];
  workload: string;
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class Desk {
  profiles = $state.raw<readonly Named[]>([]);
  workloads = $state.raw<readonly Named[]>([]);
  comparison = $state.raw<Comparison | null>(null);
  problem = $state('');
  asking = $state(false);
  #unheard = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  async learn(): Promise<void> {
    try {
      const [profiles, workloads] = await Promise.all([getJson<{ profiles: Named[] }>('/profiles'), getJson<{ workloads: Named[] }>('/workloads')]);
      this.profiles = profiles.profiles;
      this.workloads = workloads.workloads;
      await this.#findAgain();
    } catch (error) {
      this.problem = message(error);
    }
  }

  async begin(wish: Wish): Promise<void> {
    this.asking = true;
    this.problem = '';
    try {
      this.#show(await postJson<Comparison>('/comparisons', wish));
    } catch (error) {
      this.problem = message(error);
    }
    this.asking = false;
  }

  async stop(): Promise<void> {
    if (this.comparison === null) return;
    try {
      this.comparison = (await deleteJson<Comparison>(`/comparisons/${this.comparison.comparison}`)) ?? this.comparison;
    } catch (error) {
      this.problem = message(error);
    }
  }

  /** The run that one side opens as; undefined with the problem said. */
  async open(side: number): Promise<string | undefined> {
    if (this.comparison === null) return undefined;
    this.asking = true;
    try {
      return (await postJson<RunMeta>(`/comparisons/${this.comparison.comparison}/open`, { side })).run;
    } catch (error) {
      this.problem = message(error);
      return undefined;
    } finally {
      this.asking = false;
    }
  }

  /** After a reload: the one looked at before, or one that is under way. */
  async #findAgain(): Promise<void> {
    if (this.comparison !== null) return;
    const { comparisons } = await getJson<{ comparisons: { comparison: string; state: string }[] }>('/comparisons');
    const kept = globalThis.sessionStorage?.getItem(KEPT);
    const found = comparisons.find((one) => one.comparison === kept) ?? comparisons.find((one) => one.state === 'running');
    if (found !== undefined) this.#show(await getJson<Comparison>(`/comparisons/${found.comparison}`));
  }

  #show(comparison: Comparison): void {
    this.comparison = comparison;
    globalThis.sessionStorage?.setItem(KEPT, comparison.comparison);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.comparison?.state !== 'running') return;
    this.#timer = setTimeout(() => void this.#look(), EVERY_MS);
  }

  async #look(): Promise<void> {
    const looked = this.comparison?.comparison;
    if (looked === undefined) return;
    try {
      const found = await getJson<Comparison>(`/comparisons/${looked}`);
      if (this.comparison?.comparison === looked && this.comparison.state === 'running') this.comparison = found;
      if (this.#unheard) this.problem = '';
      this.#unheard = false;
    } catch (error) {
      this.problem = message(error);
      // The server may be away for a moment; what it refuses, it will refuse again.
      if (error instanceof RequestFailed) return;
      this.problem = ui('compare-unheard');
      this.#unheard = true;
    }
    this.#wait();
  }
}

export const desk = new Desk();
