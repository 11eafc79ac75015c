import { describe, expect, it } from 'vitest';
import { ToyRun } from '../../history/testing';
import { Picture } from '../../history/picture';
import type { WindowStats } from '../properties/window';
import { figuresOf, rateText, ratesOf } from './figures';

function pictureAfter(script: (run: ToyRun) => void): Picture {
  const run = new ToyRun();
  script(run);
  const picture = new Picture();
  for (const entry of run.entries) picture.apply(entry[4]);
  return picture;
}

const stats = (commits: number[], tookUs: number[], seconds = 12): WindowStats =>
  ({ fromUs: 0, toUs: seconds * 1e6, bins: { commits, served: [], unknown: [], running: [] }, commitTookUs: tookUs }) as unknown as WindowStats;

describe('figures', () => {
  it('all well', () => {
    expect(figuresOf(pictureAfter((run) => void run.until(2_000_000)))).toMatchObject({
      leader: { node: 's2', ballot: '6.s2' }, storage: { up: 5, all: 5, reachable: 5, quorum: true }, compute: { up: 6, cutOff: 0 },
    });
  });

  it('a killed leader, and a zone cut off: who is up, who is reached, who leads', () => {
    const picture = pictureAfter((run) => (run.until(2_000_000), run.kill('s2'), run.cutZone('b')));
    expect(figuresOf(picture)).toMatchObject({
      leader: null, storage: { up: 4, reachable: 3, quorum: true }, compute: { up: 6, all: 6, cutOff: 2 },
    });
  });
});

describe('rates', () => {
  it('the last quarter of the window, and what it was when it has more than halved', () => {
    const steady = Array.from({ length: 12 }, () => 4);
    expect(ratesOf(stats(steady, [500_000]))).toMatchObject({ perSecond: '4.0', was: null, p50: '500' });
    expect(ratesOf(stats([...steady.slice(0, 9), 0, 0, 0], []))).toMatchObject({ perSecond: '0', was: '4.0', p50: '–' });
  });

  it('too short a stretch claims no rate', () => expect(ratesOf(stats([0, 0, 0, 1], [], 0.5)).perSecond).toBe('–'));

  it('slow commits are told in seconds', () => expect(ratesOf(stats([1], [12_000_000]))).toMatchObject({ p99: '12.0', unit: 's' }));

  it.each([[0, '0'], [0.25, '0.3'], [9.94, '9.9'], [37.6, '38']])('%d reads %s', (rate, text) => expect(rateText(rate)).toBe(text));
});
