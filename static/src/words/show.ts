// How plain values of the log are written for people: ballots, lists of names, times, counts.

export type Ballot = readonly [round: number, node: string];

export function isBallot(value: unknown): value is Ballot {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'string';
}

/** `7.s4`, or `none` for round 0, as the core writes it. */
export function ballotText(value: unknown): string {
  if (!isBallot(value)) return 'none';
  return value[0] === 0 ? 'none' : `${value[0]}.${value[1]}`;
}

/** Ordered by round, then by node: negative when `a` is lower. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
}

/** `s1, s2 and s3`. */
export function listText(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

const thousands = new Intl.NumberFormat('en-US');

export function countText(value: number): string {
  return thousands.format(value);
}

/** `1 slot`, `2 slots`; the plural is given where it is not the singular with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** A virtual instant as the time bar writes it: `12.540`, from the hour on `1:02:03.4`. */
export function instantText(us: number): string {
  const seconds = us / 1_000_000;
  if (seconds < 3_600) return seconds.toFixed(3);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return `${hours}:${String(minutes).padStart(2, '0')}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
}

/** A span of virtual time in the unit that reads best: `80 ms`, `1.9 s`, `3 min 5 s`. */
export function spanText(us: number): string {
  const span = Math.max(0, us);
  if (span < 1_000) return `${Math.round(span)} µs`;
  if (span < 999_500) return `${Math.round(span / 1_000)} ms`;
  if (span < 9_950_000) return `${(span / 1_000_000).toFixed(1)} s`;
  const seconds = Math.round(span / 1_000_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A number with the unit that its field's name says, as people write it: `30 %` for 300,000 ppm, `1.0 s` for a million µs. */
export function amount(name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isNaN(value)) return value;
  if (name.endsWith('_ppm')) return `${Number((value / 10_000).toFixed(4))} %`;
  if (name.endsWith('_us')) return value < 0 ? `-${spanText(-value)}` : spanText(value);
  return value;
}

/** What a computation answers: `{pi, samples}`, `{primes, upto}`, `{words, distinct, top}`. */
interface Answer {
  pi?: unknown;
  primes?: unknown;
  upto?: unknown;
  words?: unknown;
  top?: readonly (readonly [word: string, count: number])[];
}

function answerText(answer: Answer): string | undefined {
  if (answer.pi !== undefined) return `π ≈ ${show(answer.pi)}`;
  if (answer.primes !== undefined) return `${show(answer.primes)} primes up to ${show(answer.upto)}`;
  if (typeof answer.words !== 'number') return undefined;
  const most = answer.top?.[0];
  return most === undefined ? plural(answer.words, 'word') : `${plural(answer.words, 'word')}, "${most[0]}" ${most[1]} times`;
}

/** Any plain value of an event's field. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Math.abs(value) >= 10_000 ? countText(value) : String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isBallot(value)) return ballotText(value);
  // The label of a single operation: `propose blue`.
  if (Array.isArray(value) && value.length === 1 && Array.isArray(value[0]) && !isBallot(value[0])) return value[0].map(show).join(' ');
  if (Array.isArray(value)) return listText(value.map(show));
  if (typeof value === 'object') return answerText(value as Answer) ?? JSON.stringify(value);
  // Keys of Kubernetes' default namespace are shown as kubectl shows them, by their bare names.
  return String(value).replace(/^default\//, '');
}
