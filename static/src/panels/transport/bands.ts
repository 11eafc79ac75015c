/** Faults as bands along the time bar: from the landmarks that began them to those that ended them. Pure. */
import type { TimeScale } from '../../geometry/time_scale';
import type { Fields, Landmark } from '../../history/types';
import { FAULTS } from '../../wire/faults.gen';

export interface FaultSpan {
  fault: string;
  /** Colour token. */
  band: string;
  fromUs: number;
  /** Infinity while it acts. */
  toUs: number;
}

export interface Band {
  x: number;
  width: number;
  lane: number;
  band: string;
  fault: string;
}

export const LANES = 2;

const COLOURS: ReadonlyMap<string, string> = new Map(FAULTS.map((fault) => [fault.name, fault.band]));
/** Faults that have events of their own: what begins one, what ends it, and by which field the two are matched. */
const OWN: readonly { fault: string; begins: string; ends: readonly string[]; by: (fields: Fields) => string }[] = [
  { fault: 'kill', begins: 'node-killed', ends: ['node-restarted', 'machine-removed'], by: (fields) => String(fields.node) },
  { fault: 'pause', begins: 'node-paused', ends: ['node-resumed', 'node-killed', 'machine-removed'], by: (fields) => String(fields.node) },
  { fault: 'partition', begins: 'network-partitioned', ends: ['partition-healed'], by: (fields) => String(fields.partition) },
  { fault: 'cut-link', begins: 'link-cut', ends: ['link-healed'], by: (fields) => `${String(fields.src)}>${String(fields.dst)}` },
];

const TELLING: ReadonlySet<string> = new Set(['fault-began', 'fault-ended', ...OWN.flatMap(({ begins, ends }) => [begins, ...ends])]);

/** Every fault that lasted, in the order in which they began; what passed at once has no length and is left out. */
export function faultSpans(landmarks: readonly Landmark[]): FaultSpan[] {
  const spans: FaultSpan[] = [];
  const open = new Map<string, FaultSpan>();
  const begin = (key: string, fault: string, atUs: number) => {
    const span = { fault, band: COLOURS.get(fault) ?? 'bad', fromUs: atUs, toUs: Infinity };
    open.set(key, span);
    spans.push(span);
  };
  const end = (key: string, atUs: number) => {
    const span = open.get(key);
    if (span === undefined) return;
    span.toUs = atUs;
    open.delete(key);
  };
  for (const { tag, fields, atUs } of landmarks) {
    if (!TELLING.has(tag)) continue;
    if (tag === 'fault-began') begin(`fault ${String(fields.id)}`, String(fields.fault), atUs);
    else if (tag === 'fault-ended') end(`fault ${String(fields.id)}`, atUs);
    else {
      for (const own of OWN) {
        const key = `${own.fault} ${own.by(fields)}`;
        if (own.ends.includes(tag)) end(key, atUs);
        if (own.begins === tag) begin(key, own.fault, atUs);
      }
    }
  }
  return spans.filter((span) => span.toUs > span.fromUs);
}

/** The spans in a window, two of them above one another at most; a third at the same time shares the lower lane. */
export function bandsOf(spans: readonly FaultSpan[], scale: TimeScale, headUs: number): Band[] {
  const bands: Band[] = [];
  const free = Array.from({ length: LANES }, () => -Infinity);
  for (const { fault, band, fromUs, toUs } of spans) {
    const x = Math.max(0, scale.toX(fromUs));
    const right = Math.min(scale.width, scale.toX(Math.min(toUs, headUs)));
    if (right <= 0 || x >= scale.width || right < x) continue;
    const found = free.findIndex((until) => until <= x);
    const lane = found < 0 ? LANES - 1 : found;
    free[lane] = Math.max(free[lane]!, right);
    bands.push({ x, width: Math.max(2, right - x), lane, band, fault });
  }
  return bands;
}

/** The same landmarks give the same spans: worked out anew only when one has been added that tells of a fault. */
export class KnownSpans {
  #landmarks: readonly Landmark[] = [];
  #length = -1;
  #spans: FaultSpan[] = [];

  of(landmarks: readonly Landmark[]): readonly FaultSpan[] {
    const longer = landmarks === this.#landmarks && landmarks.length >= this.#length;
    let telling = !longer;
    for (let at = this.#length; !telling && at < landmarks.length; at++) telling = TELLING.has(landmarks[at]!.tag);
    if (telling) this.#spans = faultSpans(landmarks);
    [this.#landmarks, this.#length] = [landmarks, landmarks.length];
    return this.#spans;
  }
}
