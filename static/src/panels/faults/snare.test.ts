import { describe, expect, it } from 'vitest';
import type { Wire } from '../../history/types';
import { Snare } from './snare';

const sent = (seq: number, id: number, kind: string, arrivesUs: number, dst = 's1'): Wire => [seq, seq * 10, null, ['message-sent', id, kind, 's4', dst, seq * 10, arrivesUs, [kind]], []];

describe('a hand that came too late', () => {
  const missed = { kind: 'accept', src: 's4', dst: 's1' };
  const log = [sent(5, 50, 'accept', 900), sent(6, 60, 'nack', 900), sent(7, 70, 'accept', 900, 's2'), sent(8, 80, 'accept', 130), sent(9, 90, 'accept', 900)];
  const entryOf = (seq: number) => log.find((entry) => entry[0] === seq);

  it('closes on the next of the kind on the link, if it flies for long enough', () => {
    const snare = new Snare(missed, 5, 60);
    expect(snare.read(7, 70, 40, entryOf)).toBeNull();
    expect(snare.read(9, 100, 40, entryOf)?.id).toBe('90');
  });

  it('closes empty in the end', () => expect(new Snare(missed, 9, 60).read(9, 7_000_000, 40, entryOf)).toBeUndefined());
});
