/** The causal past and future of an entry, as far as the weave knows them. Pure. */
import { CHUNK, Kind, type Weave } from './weave';

export interface Cone {
  seq: number;
  /** From the entry to its cause, and its cause ... */
  past: readonly number[];
  /** What it caused, and what that caused ... nearest first. */
  future: readonly number[];
  /** The chain of causes goes on before what is in memory. */
  older: boolean;
  /** There is more that it caused than is told. */
  more: boolean;
}

const PAST_MOST = 400;
const FUTURE_MOST = 1500;

export function coneOf(weave: Weave, seq: number): Cone {
  const past: number[] = [];
  let older = false;
  for (let at = causeOf(weave, seq); at >= 0; at = causeOf(weave, at)) {
    if (!weave.has(at) || past.length >= PAST_MOST) {
      older = true;
      break;
    }
    past.push(at);
  }
  const future: number[] = [];
  const waiting = [seq];
  let more = false;
  for (let i = 0; i < waiting.length && !more; i++) {
    for (let child = firstChildOf(weave, waiting[i]!); child >= 0; child = nextChildOf(weave, child)) {
      if (future.length >= FUTURE_MOST) {
        more = true;
        break;
      }
      future.push(child);
      waiting.push(child);
    }
  }
  return { seq, past, future, older, more };
}

export function causeOf(weave: Weave, seq: number): number {
  return weave.chunks.get(Math.floor(seq / CHUNK))?.cause[seq % CHUNK] ?? -1;
}

function firstChildOf(weave: Weave, seq: number): number {
  return weave.chunks.get(Math.floor(seq / CHUNK))?.firstChild[seq % CHUNK] ?? -1;
}

function nextChildOf(weave: Weave, seq: number): number {
  return weave.chunks.get(Math.floor(seq / CHUNK))?.nextChild[seq % CHUNK] ?? -1;
}

export interface Step {
  fromUs: number;
  fromNode: number;
  toUs: number;
  toNode: number;
  /** It is a message's way, and not a machine's own doing. */
  flight: boolean;
}

/** The way from each entry's cause to the entry, for those that both have a place on a lane. */
export function stepsOf(weave: Weave, seqs: readonly number[]): Step[] {
  const steps: Step[] = [];
  for (const seq of seqs) {
    const cause = causeOf(weave, seq);
    if (cause < 0 || !weave.has(cause)) continue;
    const [to, from] = [placeOf(weave, seq), placeOf(weave, cause)];
    if (to === null || from === null) continue;
    const kind = weave.chunks.get(Math.floor(seq / CHUNK))!.kind[seq % CHUNK];
    steps.push({ fromUs: from.us, fromNode: from.node, toUs: to.us, toNode: to.node, flight: kind === Kind.Ended });
  }
  return steps;
}

export function placeOf(weave: Weave, seq: number): { us: number; node: number } | null {
  const chunk = weave.chunks.get(Math.floor(seq / CHUNK));
  const at = seq % CHUNK;
  if (chunk === undefined || chunk.kind[at] === Kind.None || chunk.place[at]! < 0) return null;
  return { us: chunk.atUs[at]!, node: chunk.place[at]! };
}
