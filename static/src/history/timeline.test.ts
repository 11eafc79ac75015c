import { describe, expect, it } from 'vitest';
import { fold, type Kinds } from './fold';
import { Timeline } from './timeline';
import { ToyRun } from './testing';
import type { HistorySource, View, Wire } from './types';

const SECOND = 1_000_000;

function folded(entries: readonly Wire[], lastSeq: number): View {
  const kinds: Kinds = new Map();
  for (const entry of entries.slice(0, lastSeq + 1)) fold(kinds, entry[4]);
  return Object.fromEntries([...kinds].filter(([, ids]) => ids.size > 0).map(([kind, ids]) => [kind, Object.fromEntries(ids)]));
}

function keyframeAt(run: ToyRun, seq: number) {
  return { seq, at_us: run.entries[seq]?.[1] ?? 0, digest: `d${seq}`, view: folded(run.entries, seq) };
}

/** A timeline that has heard `untilS` seconds of a toy run in frames of 50 ms, and stands live at its end. */
function live(untilS = 20, maxEntries?: number) {
  const run = new ToyRun();
  const asked: string[] = [];
  const source: HistorySource = {
    keyframe: async (at) => {
      asked.push(`keyframe ${JSON.stringify(at)}`);
      const entry = run.entries.findLast((one) => ('seq' in at ? one[0] <= at.seq : one[1] <= at.atUs));
      return keyframeAt(run, Math.floor(entry![0] / 100) * 100);
    },
    entries: async (from, to) => {
      asked.push(`entries ${from}..${to}`);
      return run.entries.slice(from, to + 1);
    },
  };
  const timeline = new Timeline(source, maxEntries);
  timeline.reset({ seq: -1, at_us: 0, digest: '', view: {} }, run.meta(), 0);
  let ms = 0;
  let next = 0;
  while (run.nowUs < untilS * SECOND) {
    ms += 50;
    run.until(run.nowUs + 50_000);
    timeline.receive(run.frame(next), ms);
    next = run.entries.length;
    timeline.advance(ms);
  }
  timeline.receive(run.frame(next, { playing: false }), ms);
  timeline.advance(ms);
  return { run, timeline, asked };
}

describe('the cursor', () => {
  it('live: stands at the head when the run is paused, and the picture is the fold of the log', () => {
    const { run, timeline } = live();
    expect(timeline.live).toBe(true);
    expect(timeline.cursorSeq).toBe(run.entries.length - 1);
    expect(timeline.nowUs).toBe(run.nowUs);
    expect(timeline.picture.view()).toEqual(folded(run.entries, timeline.cursorSeq));
  });

  it.each([0, 1, 17, 400, 1023, 1024, 1025, 1500])('seekSeq(%i): the picture is the fold up to that entry', async (seq) => {
    const { run, timeline } = live(40);
    await timeline.seekSeq(seq);
    expect(timeline.live).toBe(false);
    expect(timeline.cursorSeq).toBe(seq);
    expect(timeline.nowUs).toBe(run.entries[seq]![1]);
    expect(timeline.picture.view()).toEqual(folded(run.entries, seq));
  });

  it('seekUs: the last entry at or before the time, and the time itself', async () => {
    const { run, timeline } = live();
    await timeline.seekUs(7_123_456);
    const expected = run.entries.findLast((entry) => entry[1] <= 7_123_456)!;
    expect(timeline.nowUs).toBe(7_123_456);
    expect(timeline.cursorSeq).toBe(expected[0]);
    expect(timeline.picture.view()).toEqual(folded(run.entries, expected[0]));
  });

  it('walking back and forth gives the same pictures as jumping', async () => {
    const { run, timeline } = live(5);
    await timeline.seekSeq(60);
    for (const by of [1, 1, 1, -1, -1, 1, -1, -1, -1] as const) {
      await timeline.stepEntry(by);
      expect(timeline.picture.view()).toEqual(folded(run.entries, timeline.cursorSeq));
    }
  });

  it('the run goes on while the cursor stands in the past, and goLive catches up', async () => {
    const { run, timeline } = live(5);
    await timeline.seekUs(2 * SECOND);
    const before = timeline.picture.view();
    const next = run.entries.length;
    run.until(8 * SECOND);
    timeline.receive(run.frame(next, { playing: false }), 9000);
    timeline.advance(9000);
    expect(timeline.picture.view()).toEqual(before);
    expect(timeline.headUs).toBe(8 * SECOND);
    timeline.goLive();
    expect(timeline.picture.view()).toEqual(folded(run.entries, run.entries.length - 1));
  });

  it('steps by message stop where a message ends', async () => {
    const { timeline } = live(5);
    await timeline.seekSeq(40);
    await timeline.stepMessage(1);
    expect(timeline.entry(timeline.cursorSeq)![3][0]).toMatch(/^message-(delivered|dropped|held)$/);
    const there = timeline.cursorSeq;
    await timeline.stepMessage(1);
    await timeline.stepMessage(-1);
    expect(timeline.cursorSeq).toBe(there);
  });

  it('replay plays the recording and ends live', async () => {
    const { run, timeline } = live(5);
    await timeline.seekUs(3 * SECOND);
    timeline.replay(true, 10);
    timeline.advance(20_000);
    for (let ms = 20_010; ms < 20_100; ms += 10) timeline.advance(ms);
    expect(timeline.nowUs).toBeGreaterThan(3.8 * SECOND);
    expect(timeline.picture.view()).toEqual(folded(run.entries, timeline.cursorSeq));
    for (let ms = 20_100; ms < 20_400; ms += 10) timeline.advance(ms);
    expect(timeline.live).toBe(true);
  });
});

describe('what is not in memory', () => {
  it('is fetched: nearest keyframe and the entries after it', async () => {
    const { run, timeline, asked } = live(60, 500);
    expect(timeline.entry(100)).toBeUndefined();
    await timeline.seekSeq(250);
    expect(asked[0]).toBe('keyframe {"seq":250}');
    expect(timeline.cursorSeq).toBe(250);
    expect(timeline.picture.view()).toEqual(folded(run.entries, 250));
  });

  it('is fetched by time as well', async () => {
    const { run, timeline } = live(60, 500);
    await timeline.seekUs(3 * SECOND);
    expect(timeline.nowUs).toBe(3 * SECOND);
    expect(timeline.picture.view()).toEqual(folded(run.entries, timeline.cursorSeq));
  });

  it('a gap is marked, and the live picture comes from the keyframe after it', () => {
    const { run, timeline } = live(5);
    const head = timeline.headSeq;
    run.until(9 * SECOND);
    const seq = run.entries.length - 1;
    timeline.reset({ ...keyframeAt(run, seq), at_us: run.nowUs, gap: [head + 1, seq] }, null, 9000);
    timeline.advance(9000);
    expect(timeline.gaps).toEqual([[head + 1, seq]]);
    expect(timeline.live).toBe(true);
    expect(timeline.picture.view()).toEqual(folded(run.entries, seq));
  });

  it('a keyframe without a gap says that the past was another: all of it goes', () => {
    const { run, timeline } = live(5);
    timeline.reset({ ...keyframeAt(run, 100) }, run.meta(), 9000);
    expect(timeline.landmarks).toEqual([]);
    expect(timeline.entry(50)).toBeUndefined();
    expect(timeline.cursorSeq).toBe(100);
  });

  it('a failed fetch leaves the cursor where it was and tells the caller', async () => {
    const { run, timeline } = live(60, 500);
    const source = new Timeline(undefined, 10);
    source.reset(keyframeAt(run, 1000), run.meta(), 0);
    await expect(source.seekSeq(5)).rejects.toThrow();
    expect(source.cursorSeq).toBe(1000);
    expect(source.loading).toBe(false);
    expect(timeline.live).toBe(true);
  });
});

describe('frames', () => {
  it('entries heard twice count once', () => {
    const { run, timeline } = live(3);
    const before = timeline.picture.view();
    timeline.receive({ ...run.frame(10), playing: false }, 10_000);
    timeline.advance(10_000);
    expect(timeline.picture.view()).toEqual(before);
  });

  it('landmarks of the server and of frames meet without repeats', () => {
    const { run, timeline } = live(3);
    const own = [...timeline.landmarks];
    timeline.knowPast(own.slice(0, 1), []);
    expect(timeline.landmarks).toEqual(own);
    run.kill('s2');
    const from = timeline.headSeq + 1;
    timeline.receive(run.frame(from), 5000);
    expect(timeline.landmarks.map((mark) => mark.tag)).toContain('node-killed');
  });

  it('landmarks that the server knows before they are streamed come once', () => {
    const { run, timeline } = live(3);
    const own = [...timeline.landmarks];
    timeline.knowPast([...own, { seq: timeline.headSeq + 5, atUs: run.nowUs, tag: 'node-killed', fields: { node: 's2' } }], []);
    expect(timeline.landmarks).toEqual(own);
  });

  it('drops of the last moments, newest first', () => {
    const { run, timeline } = live(3);
    const from = timeline.headSeq + 1;
    run.until(run.nowUs + 120_000);
    run.cutZone('b');
    timeline.receive(run.frame(from, { playing: false }), 10_000);
    timeline.advance(10_000);
    const drops = timeline.recentDrops(timeline.nowUs, 600_000);
    expect(drops.length).toBeGreaterThan(0);
    expect(drops.every((entry) => entry[3][0] === 'message-dropped')).toBe(true);
  });
});

describe('what this viewer asks for', () => {
  /** A timeline that is still 40 seconds of log behind its head. */
  function flooded() {
    const run = new ToyRun();
    const timeline = new Timeline();
    timeline.reset({ seq: -1, at_us: 0, digest: '', view: {} }, run.meta(), 0);
    run.until(60 * SECOND);
    timeline.receive(run.frame(0, { playing: true, speed: 5, true_speed: 5 }), 100);
    timeline.advance(200);
    return { run, timeline, before: timeline.nowUs };
  }

  it('a pause stops time at once, however much of the log is still to come; answered, the page catches up with the run', () => {
    const { run, timeline, before } = flooded();
    const settle = timeline.intend({ playing: false });
    expect(timeline.playing).toBe(false);
    for (let ms = 216; ms < 3000; ms += 16) timeline.advance(ms);
    expect(timeline.nowUs).toBe(before);
    timeline.receive({ ...run.frame(0, { playing: true }), entries: [] }, 3000);
    expect(timeline.playing).toBe(false);
    settle({ playing: false, speed: 5 });
    for (let ms = 3016; ms < 4000; ms += 16) timeline.advance(ms);
    expect([timeline.playing, timeline.nowUs, timeline.cursorSeq]).toEqual([false, 60 * SECOND, run.entries.length - 1]);
    expect(timeline.picture.view()).toEqual(folded(run.entries, timeline.cursorSeq));
  });

  it('refused, all is as the run has it', () => {
    const { timeline } = flooded();
    const settle = timeline.intend({ playing: false, speed: 100 });
    settle();
    expect([timeline.playing, timeline.speed]).toEqual([true, 5]);
  });

  it('of two wishes the later one counts, whatever is said to the first', () => {
    const { timeline } = flooded();
    const first = timeline.intend({ playing: false });
    const second = timeline.intend({ playing: true });
    first({ playing: false, speed: 5 });
    expect(timeline.playing).toBe(true);
    second({ playing: true, speed: 5 });
    expect(timeline.playing).toBe(true);
  });
});

describe('a flood', () => {
  it('is folded a part at a time, and the time shown is that of what has been folded', () => {
    const run = new ToyRun();
    const timeline = new Timeline();
    timeline.reset({ seq: -1, at_us: 0, digest: '', view: {} }, run.meta(), 0);
    run.until(200 * SECOND);
    timeline.receive(run.frame(0, { playing: false }), 0);
    const seqs: number[] = [];
    for (let ms = 1; timeline.cursorSeq < run.entries.length - 1 && ms < 2000; ms++) {
      timeline.advance(ms);
      seqs.push(timeline.cursorSeq);
      expect(timeline.nowUs).toBe(timeline.cursorSeq === run.entries.length - 1 ? 200 * SECOND : run.entries[timeline.cursorSeq]![1]);
    }
    expect(seqs.length).toBeGreaterThan(2);
    expect(Math.max(...seqs.map((seq, at) => seq - (seqs[at - 1] ?? -1)))).toBe(1500);
    expect(timeline.picture.view()).toEqual(folded(run.entries, run.entries.length - 1));
  });
});
