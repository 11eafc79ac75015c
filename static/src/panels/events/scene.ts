/** The landmarks of a run as sentences, newest first. Pure: landmarks in, rows out. */
import type { Fields, Landmark, Named } from '../../history/types';
import { countText, wordParts, type Part } from '../../words';
import { toldParts } from '../../words/faults';
import { list, text } from '../reading/picture';

export interface EventRow {
  seq: number;
  atUs: number;
  tag: string;
  parts: readonly Part[];
  said: string;
  /** The node it is about, to be selected with it; "" for the network and the run. */
  node: string;
  glyph: Glyph;
}

/** What stands before the sentence; the shapes are those of the map. */
export type Glyph = 'leader' | 'campaign' | 'down' | 'up' | 'paused' | 'cut' | 'heal' | 'refused' | 'work' | 'done' | 'bad' | 'dot';

const GLYPHS: Readonly<Record<string, Glyph>> = {
  'leader-elected': 'leader',
  'leader-ready': 'leader',
  'leader-stepped-down': 'refused',
  'campaign-started': 'campaign',
  'node-killed': 'down',
  'node-restarted': 'up',
  'node-paused': 'paused',
  'node-resumed': 'up',
  'network-partitioned': 'cut',
  'link-cut': 'cut',
  'partition-healed': 'heal',
  'link-healed': 'heal',
  'message-refused': 'refused',
  'handler-failed': 'bad',
  'conflicting-accept-seen': 'bad',
  'pod-bound': 'work',
};

const DONE = /(complete|finished|succeeded|answered|computed)/;
const TROUBLE = /(fail|evict|lost|lapsed|unreachable|violat|taint)/;
const WORK = /(pod|job|task|node-ready|object)/;

export function glyphOf(tag: string): Glyph {
  const known = GLYPHS[tag];
  if (known !== undefined) return known;
  if (TROUBLE.test(tag)) return 'refused';
  if (DONE.test(tag)) return 'done';
  return WORK.test(tag) ? 'work' : 'dot';
}

/** Fields as the sentence wants them: an empty label leaves no hole, groups read as lists. */
export function nodeOf(fields: Fields): string {
  for (const name of ['node', 'dst', 'leader', 'src']) {
    const value = text(fields[name]);
    if (value !== '') return value;
  }
  return '';
}

const rows = new WeakMap<Landmark, EventRow>();

export function rowOf(landmark: Landmark): EventRow {
  const known = rows.get(landmark);
  if (known !== undefined) return known;
  const parts = toldParts(landmark.tag, landmark.fields);
  const row: EventRow = {
    seq: landmark.seq,
    atUs: landmark.atUs,
    tag: landmark.tag,
    parts,
    said: parts.map((part) => part.text).join(''),
    node: nodeOf(landmark.fields),
    glyph: glyphOf(landmark.tag),
  };
  rows.set(landmark, row);
  return row;
}

/** Every word of the filter must be in the sentence, its kind or its node. */
export function matches(row: EventRow, filter: string): boolean {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const there = `${row.said} ${row.tag} ${row.node}`.toLowerCase();
  return wanted.every((one) => there.includes(one));
}

/** Up to the cursor, newest first, at most `limit`. */
export function eventRows(landmarks: readonly Landmark[], cursorSeq: number, filter: string, limit: number): EventRow[] {
  const found: EventRow[] = [];
  for (let at = landmarks.length - 1; at >= 0 && found.length < limit; at -= 1) {
    const landmark = landmarks[at];
    if (landmark === undefined || landmark.seq > cursorSeq) continue;
    const row = rowOf(landmark);
    if (filter === '' || matches(row, filter)) found.push(row);
  }
  return found;
}

/** One entry of a causal chain, or of the raw log, as a sentence. */
export function sentenceOf(entry: Named): readonly Part[] {
  if (entry.tag !== 'command-taken') return toldParts(entry.tag, entry.fields);
  const command = entry.fields.command as Fields | undefined;
  const asked = wordParts('command', text(command?.type), command ?? {});
  return [...wordParts('event', 'command-taken', entry.fields), { text: ': ', strong: false }, ...asked];
}

/** `because s1 received a promise from s3, #11,845`. */
export function becauseText(cause: Named): string {
  const said =
    cause.tag === 'command-taken'
      ? wordParts('ui', 'because-command', { number: cause.fields.number })
      : toldParts(cause.tag, cause.fields);
  const sentence = said.map((part) => part.text).join('');
  // A name keeps its spelling; a plain first word goes on in the middle of the line.
  const joined = said[0]?.strong === true ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
  return `${joined}, #${countText(cause.seq)}`;
}

/** An entry of the raw log in one line: what the sentence does not say. */
export function rawText(entry: Named): string {
  return Object.entries(entry.fields)
    .map(([name, value]) => `${name}=${rawValue(value)}`)
    .join(' ');
}

/** The same without the names, for narrow rows. */
export function rawShort(entry: Named): string {
  return Object.values(entry.fields).map(rawValue).join(' ');
}

function rawValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && list(value).every((part) => typeof part !== 'object')) return value.join('.');
  return JSON.stringify(value) ?? '';
}
