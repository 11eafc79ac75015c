import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import type { Frame, Wire } from '../history/types';
import { Intake } from './intake';

/** Entries as the server packs them: long enough that they are not worth decoding at once. */
function packed(from: number, to: number): Frame {
  const parts: number[] = [];
  for (let seq = from; seq <= to; seq++) parts.push(...encode([seq, seq * 10, null, ['message-sent', 'x'.repeat(100)], []]));
  return {
    run: 'r', first_seq: from, head_seq: to, head_us: to * 10 + 5, speed: 5, playing: true, true_speed: 1, viewers: 1, digest: `d${to}`,
    entries: new Uint8Array(parts) as unknown as readonly Wire[],
  };
}

function intake() {
  const heard: { seqs: number[]; headUs: number; digest: string | undefined; playing: boolean; whole: boolean }[] = [];
  const taken = new Intake(({ entries, head_us: headUs, digest, playing }, whole) => heard.push({ seqs: entries.map(([seq]) => seq), headUs, digest, playing, whole }));
  return { heard, taken };
}

/** So many portions, and no more. */
const portions = (most: number) => () => --most < 0;

describe('frames that wait', () => {
  it('are decoded a portion at a time, whole and in order in the end; only the last part says how far the run has come', () => {
    const { heard, taken } = intake();
    taken.push(packed(0, 199));
    taken.push(packed(200, 299));
    expect(heard).toEqual([]);
    taken.digest(portions(1));
    expect(heard[0]!.seqs.length).toBeLessThan(100);
    expect(heard[0]).toMatchObject({ headUs: heard[0]!.seqs.at(-1)! * 10, digest: '', whole: false });
    while (taken.size > 0) taken.digest(portions(1));
    expect(heard.flatMap(({ seqs }) => seqs)).toEqual(Array.from({ length: 300 }, (_, seq) => seq));
    expect(heard.filter(({ whole }) => whole).map(({ headUs, digest }) => [headUs, digest])).toEqual([[1995, 'd199'], [2995, 'd299']]);
  });

  it('a small one, alone, is not kept waiting', () => {
    const { heard, taken } = intake();
    taken.push(packed(0, 9));
    expect(heard.map(({ seqs }) => seqs.length)).toEqual([10]);
  });

  it('a pause is heard before all that waits, and what waits says nothing else', () => {
    const { heard, taken } = intake();
    taken.push(packed(0, 199));
    taken.push(packed(200, 399));
    taken.push({ ...packed(400, 400), playing: false });
    expect(heard).toEqual([{ seqs: [], headUs: 0, digest: '', playing: false, whole: false }]);
    taken.digest(() => false);
    expect(heard.every(({ playing }) => !playing)).toBe(true);
    expect(heard.at(-1)).toMatchObject({ seqs: [400], headUs: 4005, whole: true });
  });
});
