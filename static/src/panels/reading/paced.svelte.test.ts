import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppState } from '../../shell/app.svelte';
import { Paced } from './paced.svelte';

/** What happened after the picture, called by hand. */
const painted = vi.hoisted(() => ({ jobs: [] as ((atMs: number) => void)[] }));
vi.mock('../../shell/after', () => ({ afterPicture: (job: (atMs: number) => void) => painted.jobs.push(job) }));

let nowMs = 0;
let app: AppState;
let stop: () => void;

class Page {
  tick = $state(0);
  jumps = $state(0);
  timeline = {};
}

/** Panels of a page, each due again after so many ms. */
function panels(...everyMs: number[]): Paced[] {
  let made: Paced[] = [];
  stop = $effect.root(() => {
    made = everyMs.map((every) => new Paced(app, every));
  });
  flushSync();
  return made;
}

/** A picture that takes so long, `ms` after the one before. Which panels had their turn in it. */
function picture(all: readonly Paced[], ms = 16, takes = 0): number[] {
  nowMs += ms;
  const before = all.map((panel) => panel.stamp);
  (app as unknown as Page).tick += 1;
  flushSync();
  nowMs += takes;
  for (const job of painted.jobs.splice(0)) job(nowMs);
  return all.flatMap((panel, at) => (panel.stamp === before[at] ? [] : [at]));
}

beforeEach(() => {
  vi.useFakeTimers();
  nowMs = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  app = new Page() as unknown as AppState;
  painted.jobs = [];
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('turns of panels', () => {
  it('one in each picture, whoever waits longest first', () => {
    const all = panels(0, 0, 0);
    for (const job of painted.jobs.splice(0)) job(nowMs);
    const seen = [1, 2, 3, 4, 5, 6].flatMap(() => picture(all));
    expect(seen).toHaveLength(6);
    expect(new Set(seen.slice(0, 3))).toEqual(new Set([0, 1, 2]));
    expect(seen.slice(3)).toEqual(seen.slice(0, 3));
  });

  it('not before it is due again', () => {
    const all = panels(100);
    for (const job of painted.jobs.splice(0)) job(nowMs);
    const turns = Array.from({ length: 20 }, () => picture(all, 20).length);
    expect(turns.reduce((sum, one) => sum + one)).toBe(4);
  });

  it('after a dear one all rest for a while', () => {
    const all = panels(0, 0);
    for (const job of painted.jobs.splice(0)) job(nowMs);
    expect(picture(all, 16, 30)).toHaveLength(1);
    expect(picture(all, 16)).toEqual([]);
    expect(picture(all, 16)).toEqual([]);
    const [next] = picture(all, 64);
    expect(next).toBeDefined();
    expect(picture(all, 16)).not.toEqual([next]);
  });

  it('come without pictures too: what the last one changed is told', () => {
    const all = panels(100, 100);
    vi.advanceTimersByTime(200);
    for (const job of painted.jobs.splice(0)) job(nowMs);
    const before = all.map((panel) => panel.stamp);
    nowMs += 50;
    (app as unknown as Page).tick += 1;
    flushSync();
    for (let step = 0; step < 40; step++) {
      nowMs += 20;
      vi.advanceTimersByTime(20);
    }
    expect(all.map((panel, at) => panel.stamp > before[at]!)).toEqual([true, true]);
  });

  it('when time is moved by hand, all at once', () => {
    const all = panels(1000, 1000, 1000);
    vi.advanceTimersByTime(200);
    picture(all);
    for (let move = 0; move < 3; move++) {
      (app as unknown as Page).jumps++;
      expect(picture(all)).toEqual([0, 1, 2]);
      expect(picture(all)).toEqual([]);
    }
  });

  it('and soon once more: a run that is paused stops a little later', () => {
    const all = panels(1000);
    vi.advanceTimersByTime(200);
    picture(all);
    (app as unknown as Page).jumps++;
    expect(picture(all)).toEqual([0]);
    expect(picture(all, 100)).toEqual([]);
    expect(picture(all, 100)).toEqual([0]);
    expect(picture(all, 500)).toEqual([]);
  });
});
