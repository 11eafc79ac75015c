import { describe, expect, it } from 'vitest';
import { TimeScale } from '../../geometry/time_scale';
import type { Landmark, Reign } from '../../history/types';
import { APART, barScene, spansOf, type BarInput } from './scene';
import { heldWindow, LIVE_AT, liveWindow, spanUs, zoomed } from './window';

const S = 1_000_000;
const reigns: Reign[] = [
  { seq: 5, atUs: 4 * S, leader: 's2' },
  { seq: 90, atUs: 12.3 * S, leader: '' },
  { seq: 140, atUs: 17 * S, leader: 's4' },
];
const mark = (seq: number, atS: number, tag: string, fields = {}): Landmark => ({ seq, atUs: atS * S, tag, fields });
const landmarks = [
  mark(4, 4, 'leader-ready', { node: 's2' }),
  mark(89, 12.3, 'node-killed', { node: 's2' }),
  mark(120, 16.2, 'campaign-started', { node: 's4' }),
  mark(139, 17, 'leader-ready', { node: 's4' }),
  mark(150, 17.4, 'network-partitioned', { label: 'zone b' }),
];
const input = (over: Partial<BarInput> = {}): BarInput => ({
  scale: new TimeScale(0, 40 * S, 1000), nowUs: 20 * S, headUs: 20 * S, live: true, reigns, landmarks,
  name: (one) => `${Object.values(one.fields).join()} ${one.tag}`, measure: (text) => text.length * 7, ...over,
});

describe('reigns', () => {
  it('the run is told without gaps', () => {
    expect(spansOf(reigns, 20 * S)).toEqual([
      { fromUs: 0, toUs: 4 * S, leader: '' },
      { fromUs: 4 * S, toUs: 12.3 * S, leader: 's2' },
      { fromUs: 12.3 * S, toUs: 17 * S, leader: '' },
      { fromUs: 17 * S, toUs: 20 * S, leader: 's4' },
    ]);
  });

  it('nobody has led yet', () => expect(spansOf([], S)).toEqual([{ fromUs: 0, toUs: S, leader: '' }]));

  it('only the reign of now is gold', () => {
    const kinds = barScene(input()).blocks.map((block) => block.kind);
    expect(kinds).toEqual(['leaderless', 'led', 'leaderless', 'now']);
  });

  it('in the past: what lies ahead of the cursor is told apart, and the reign of then is gold', () => {
    const { blocks, cursorX, live } = barScene(input({ nowUs: 8 * S, live: false }));
    expect(blocks.filter((block) => block.kind === 'now')).toMatchObject([{ ahead: false, x: 100, width: 100 }]);
    expect(blocks.filter((block) => block.ahead).map((block) => block.kind)).toEqual(['led', 'leaderless', 'led']);
    expect([cursorX, live]).toEqual([200, false]);
  });
});

describe('words', () => {
  it('no two are ever closer than 6 px, at any width', () => {
    for (let width = 120; width <= 1400; width += 37) {
      const { words } = barScene(input({ scale: new TimeScale(0, 24 * S, width) }));
      for (const [i, a] of words.entries()) {
        expect(a.x).toBeGreaterThanOrEqual(0);
        for (const b of words.slice(i + 1)) {
          if (a.row !== b.row) continue;
          expect(a.x + a.width + APART <= b.x || b.x + b.width + APART <= a.x, `${a.text} | ${b.text} at ${width}`).toBe(true);
        }
      }
    }
  });

  it('where there is no room the weightiest stays', () => {
    const { words } = barScene(input({ scale: new TimeScale(16 * S, 18 * S, 200), landmarks: landmarks.slice(2) }));
    expect(words.filter((word) => word.row === 'above').map((word) => word.text)).toEqual(['zone b network-partitioned']);
  });

  it('a gap in leadership says how long it was', () =>
    expect(barScene(input()).words.map((word) => word.text)).toContain('no leader for 4.70 s'));

  it('ticks of one pixel are one tick, the worst news winning', () => {
    const { marks } = barScene(input({ landmarks: [mark(1, 5, 'pod-bound'), mark(2, 5, 'node-killed'), mark(3, 5.001, 'pod-bound')] }));
    expect(marks).toMatchObject([{ tone: 'bad', seq: 2 }]);
  });
});

describe('the window', () => {
  it('live: the cursor stands at its place, except near the beginning of the run', () => {
    const span = spanUs(1, 1);
    const window = liveWindow(100 * S, span);
    expect((100 * S - window.fromUs) / span).toBeCloseTo(LIVE_AT, 9);
    expect(liveWindow(3 * S, span).fromUs).toBe(0);
  });

  it('in the past it stands still while the cursor is inside, and follows when it leaves', () => {
    const window = { fromUs: 0, toUs: 40 * S };
    expect(heldWindow(window, 12 * S, 40 * S)).toBe(window);
    expect(heldWindow(window, 90 * S, 40 * S)).toEqual({ fromUs: 70 * S, toUs: 110 * S });
  });

  it('zooms about the pointer', () => {
    const window = zoomed({ fromUs: 0, toUs: 40 * S }, 10 * S, 20 * S);
    expect(window).toEqual({ fromUs: 5 * S, toUs: 25 * S });
  });

  it.each([[0.05, 2 * S], [1, 40 * S], [10, 400 * S], [100, 1000 * S]])('at %d times it holds %i us', (speed, span) =>
    expect(spanUs(speed, 1)).toBe(span));
});
