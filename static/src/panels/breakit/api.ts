/** What the server says of planted bugs, searches, findings and futures. */
import type { Fields } from '../../history/types';
import { deleteJson, getJson, postJson, runPath } from '../../wire/rest';

export interface Switch {
  id: string;
  /** Its number in the literature's list, where it has one. */
  number?: string | null;
  sentence: string;
  source: string;
  caught_by: readonly string[];
  kind: string;
  /** A shrunk counterexample is shipped with the project. */
  trace: boolean;
}

export interface FindingRow {
  finding: string;
  seed: number;
  check: string;
  code: string;
  sentence: string;
  steps: number;
  /** Steps after shrinking; null while it is not done. */
  shrunk: number | null;
}

export type SearchState = 'queued' | 'running' | 'done' | 'stopped' | 'failed';

export interface Search {
  search: string;
  state: SearchState;
  scenario: string;
  switch: string | null;
  seeds: number;
  seeds_done: number;
  violations: number;
  seeds_per_s: number;
  virtual_h: number;
  left_s: number | null;
  findings: readonly FindingRow[];
  error?: string;
}

export interface Step {
  at_us: number;
  command: Readonly<{ type: string } & Fields>;
  sentence: string;
}

export interface Finding {
  finding?: string;
  scenario: string;
  switch: string | null;
  seed: number;
  until_us: number;
  verdict: { check: string; code: string; fields: Fields; seq: number; assumption?: string; entries?: readonly number[] };
  sentence: string;
  command_line: string;
  steps: readonly Step[];
}

export interface Futures {
  futures: string;
  state: SearchState;
  of: number;
  done: number;
  unsafe: number;
  stalled: number;
  stalled_after_s: number;
  worst_seed: number | null;
  sentence: string;
  error?: string;
  outcomes: readonly Outcome[];
}

export interface Outcome {
  seed: number;
  unsafe: boolean | number | string | null;
  stalled_us: number;
  decided: number;
}

export const fetchSwitches = (): Promise<Switch[]> => listOf<Switch>('/switches', 'switches');
/** The latest searches, and how many processes one may ask for. */
export const fetchSearches = (): Promise<{ searches: Search[]; workers_max: number }> => getJson('/searches');
export const fetchTraces = (): Promise<Finding[]> => listOf<Finding>('/traces', 'traces');
export const fetchSearch = (search: string): Promise<Search> => getJson(`/searches/${encodeURIComponent(search)}`);
export const fetchFinding = (finding: string): Promise<Finding> => getJson(`/findings/${encodeURIComponent(finding)}`);
export const fetchFutures = (futures: string): Promise<Futures> => getJson(`/futures/${encodeURIComponent(futures)}`);

export interface SearchWish {
  switch: string | null;
  seeds: number;
  until_found: boolean;
  /** Processes; null: as many as the server takes by itself. */
  workers: number | null;
  scenario?: string;
}

export const startSearch = (wish: SearchWish): Promise<{ search: string }> => postJson('/searches', wish);
export const stopSearch = (search: string): Promise<unknown> => deleteJson(`/searches/${encodeURIComponent(search)}`);
export const openFinding = (finding: string): Promise<{ run: string }> => postJson(`/findings/${encodeURIComponent(finding)}/open`);
export const openTrace = (id: string): Promise<{ run: string }> => postJson(`/traces/${encodeURIComponent(id)}/open`);
export const startFutures = (run: string, wish: { at_seq: number | null; count: number; horizon_s: number }): Promise<{ futures: string }> =>
  postJson(`${runPath(run)}/futures`, wish);
export const openFuture = (futures: string, seed: number): Promise<{ run: string }> => postJson(`/futures/${encodeURIComponent(futures)}/open`, { seed });

/** A list may come bare or under its name. */
async function listOf<T>(path: string, name: string): Promise<T[]> {
  const found = await getJson<T[] | Record<string, T[]>>(path);
  return Array.isArray(found) ? found : (found[name] ?? []);
}
