/** The comparison that is looked at; it goes on when the dialog closes, and is found again when it opens. */
import { deleteJson, getJson, postJson } from '../../wire/rest';
import type { RunMeta } from '../../history/types';
import type { Comparison } from './scene';

const EVERY_MS = 600;

export interface Named {
  name: string;
  about: string;
  until_s?: number;
}

export interface Wish {
  scenario: string;
  seed: number;
  until_s: number;
  profiles: [string, string];
  workload: string;
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class Desk {
  profiles = $state.raw<readonly Named[]>([]);
  workloads = $state.raw<readonly Named[]>([]);
  comparison = $state.raw<Comparison | null>(null);
  problem = $state('');
  asking = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  async learn(): Promise<void> {
    try {
      const [profiles, workloads] = await Promise.all([getJson<{ profiles: Named[] }>('/profiles'), getJson<{ workloads: Named[] }>('/workloads')]);
      this.profiles = profiles.profiles;
      this.workloads = workloads.workloads;
    } catch (error) {
      this.problem = message(error);
    }
  }

  async begin(wish: Wish): Promise<void> {
    this.asking = true;
    this.problem = '';
    try {
      this.comparison = await postJson<Comparison>('/comparisons', wish);
      this.#wait();
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
    } catch (error) {
      this.problem = message(error);
      return;
    }
    this.#wait();
  }
}

export const desk = new Desk();
