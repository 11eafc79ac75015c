import { decode } from '@msgpack/msgpack';
import { fieldsOf } from '../history/entry';
import type { Fields, HistorySource, Keyframe, Landmark, Reign, RunMeta, Wire } from '../history/types';
import { token } from './session';

const BASE = '/api/v1';

/** A request that the server answered with a sentence. */
export class RequestFailed extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    sentence: string,
    readonly fields: Fields = {},
  ) {
    super(sentence);
  }
}

interface Failure {
  error?: { code: string; sentence: string; fields?: Fields };
  refused?: { code: string; sentence: string; fields?: Fields };
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const known = token();
  if (known !== null) headers.set('Authorization', `Bearer ${known}`);
  const response = await fetch(BASE + path, { ...init, headers });
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as Failure;
  const said = body.error ?? body.refused;
  throw new RequestFailed(
    response.status,
    said?.code ?? 'http',
    said?.sentence ?? `The server answered ${response.status} ${response.statusText}.`,
    said?.fields,
  );
}

export async function getJson<T>(path: string): Promise<T> {
  return (await (await ask(path, { headers: { Accept: 'application/json' } })).json()) as T;
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return (await (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as T;
}

export async function deleteJson<T>(path: string): Promise<T | undefined> {
  const response = await ask(path, { method: 'DELETE', headers: { Accept: 'application/json' } });
  return response.status === 204 ? undefined : ((await response.json()) as T);
}

export async function postForm<T>(path: string, form: FormData): Promise<T> {
  return (await (await ask(path, { method: 'POST', body: form })).json()) as T;
}

async function getPacked<T>(path: string): Promise<T> {
  const response = await ask(path, { headers: { Accept: 'application/msgpack' } });
  return decode(new Uint8Array(await response.arrayBuffer())) as T;
}

export const runPath = (run: string): string => `/runs/${encodeURIComponent(run)}`;

export const fetchRuns = async (): Promise<RunMeta[]> => (await getJson<{ runs: RunMeta[] }>('/runs')).runs;

/** The run that `/` shows. */
export const defaultRun = async (): Promise<string> => (await getJson<{ default: string }>('/runs')).default;

export interface ScenarioRow {
  name: string;
  about: string;
  /** How many of its machines run tasks. */
  compute: number;
}

export const fetchScenarios = async (): Promise<ScenarioRow[]> => (await getJson<{ scenarios: ScenarioRow[] }>('/scenarios')).scenarios;

export interface Verification {
  identical: boolean;
  entries: number;
  first_difference?: { seq: number } | null;
}

/** Execute the run again on the server and compare every entry. */
export const verifyRun = (run: string): Promise<Verification> => postJson(`${runPath(run)}/verify`);

export const fetchRun = (run: string): Promise<RunMeta> => getJson(runPath(run));

export const createRun = (wish: { scenario?: string; scenario_yaml?: string; seed?: number }): Promise<{ run: string }> =>
  postJson('/runs', wish);

export const openRun = (run: string): Promise<unknown> => postJson(`${runPath(run)}/open`);

type LandmarkRow = readonly [seq: number, atUs: number, tag: string, fields: Fields | unknown[]];

export async function fetchLandmarks(run: string): Promise<Landmark[]> {
  const found = await getJson<LandmarkRow[] | { landmarks: LandmarkRow[] }>(`${runPath(run)}/landmarks`);
  const rows = Array.isArray(found) ? found : found.landmarks;
  return rows.map(([seq, atUs, tag, fields]) => ({
    seq,
    atUs,
    tag,
    fields: Array.isArray(fields) ? fieldsOf([tag, ...fields]) : fields,
  }));
}

interface NamedRow {
  seq: number;
  at_us: number;
  leader: string;
}

/** Every gain and loss of a leader that could commit. */
export async function fetchReigns(run: string): Promise<Reign[]> {
  const found = await getJson<{ entries: NamedRow[] }>(`${runPath(run)}/entries?type=leadership-tallied&limit=5000`);
  return found.entries.map((row) => ({ seq: row.seq, atUs: row.at_us, leader: row.leader }));
}

/** The recorded history of a run, as the timeline asks for it. */
export function historyOf(run: string): HistorySource {
  return {
    keyframe: (at) => {
      const query = 'seq' in at ? `seq=${at.seq}` : `at_us=${at.atUs}`;
      return getPacked<Keyframe>(`${runPath(run)}/keyframe?${query}`);
    },
    entries: (from, to) => {
      const limit = Math.min(5000, to - from + 1);
      return getPacked<Wire[]>(`${runPath(run)}/entries?from_seq=${from}&to_seq=${to}&limit=${limit}`);
    },
  };
}
