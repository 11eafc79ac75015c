/** The words that the log, the wire and the panels share. Virtual times are integer microseconds. */

export type Fields = Readonly<Record<string, unknown>>;

/** `[kind, id, fields]` merges fields into an entity of the picture; `null` removes the entity. */
export type Change = readonly [kind: string, id: string, fields: Fields | null];

/** An event as it travels: its tag, then its fields in the order in which `FIELDS[tag]` names them. */
export type WireEvent = readonly [tag: string, ...fields: unknown[]];

/** One entry of the log. `cause` is the seq of the entry that led to it; null for entry 0 and commands. */
export type Wire = readonly [
  seq: number,
  atUs: number,
  cause: number | null,
  event: WireEvent,
  changes: readonly Change[],
];

/** kind -> id -> fields, as a keyframe carries it. */
export type View = Record<string, Record<string, Fields>>;

/** The state after entry `seq`. */
export interface Keyframe {
  seq: number;
  at_us: number;
  digest: string;
  view: View;
}

/** What a run says of itself (`GET /api/v1/runs/{run}`). */
export interface RunMeta {
  run: string;
  scenario: string;
  seed: number;
  head_seq: number;
  now_us: number;
  playing: boolean;
  speed: number;
  true_speed: number;
  state: 'live' | 'stored' | 'failed';
  digest?: string;
  core_version?: string;
  created_at?: string;
  reached_us?: number;
}

/** What the server sends some twenty times a second. Without entries when only time went on. */
export interface Frame {
  run: string;
  first_seq: number;
  head_seq: number;
  head_us: number;
  speed: number;
  playing: boolean;
  true_speed: number;
  viewers: number;
  gap?: readonly [from: number, to: number] | null;
  digest?: string;
  entries: readonly Wire[];
}

/** An entry that a person would look for. */
export interface Landmark {
  seq: number;
  atUs: number;
  tag: string;
  fields: Fields;
}

/** From this moment on `leader` led and could commit; nobody did if it is "". */
export interface Reign {
  seq: number;
  atUs: number;
  leader: string;
}

/** An entry with its fields by name. */
export interface Named {
  seq: number;
  atUs: number;
  cause: number | null;
  tag: string;
  fields: Fields;
}

/** Where the parts of the log come from that are no longer, or were never, in memory. */
export interface HistorySource {
  /** The nearest keyframe at or before a position. */
  keyframe(at: { seq: number } | { atUs: number }): Promise<Keyframe>;
  /** Entries `from` to `to`, both included; may return fewer, from the front, when there are many. */
  entries(from: number, to: number): Promise<Wire[]>;
}

/** How a viewer wants time to go on. */
export interface Wish {
  playing?: boolean | undefined;
  speed?: number | undefined;
}
