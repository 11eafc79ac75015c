import { describe, expect, it } from 'vitest';
import { BUFFER_MS, PlayoutClock } from './clock';

/** Frames every 50 ms at `speed`, pictures every 16 ms: the times shown. */
function played(speed: number, jitterMs: (n: number) => number, forMs = 3000): number[] {
  const clock = new PlayoutClock();
  clock.jump(0, 0);
  const shown: number[] = [];
  let frame = 0;
  for (let ms = 0; ms < forMs; ms += 16) {
    while (frame * 50 + jitterMs(frame) <= ms) {
      clock.hear(frame * 50_000 * speed, speed, true, frame * 50 + jitterMs(frame));
      frame++;
    }
    shown.push(clock.at(ms));
  }
  return shown;
}

describe('playout clock', () => {
  it.each([0.05, 1, 10, 100])('at %f times: never falls, and runs at the speed of the run', (speed) => {
    const shown = played(speed, () => 0);
    for (let i = 1; i < shown.length; i++) expect(shown[i]!).toBeGreaterThanOrEqual(shown[i - 1]!);
    const [early, late] = [shown[60]!, shown[180]!];
    expect((late - early) / (120 * 16 * 1000 * speed)).toBeCloseTo(1, 1);
  });

  it('jittering frames do not show: no step is longer than three pictures', () => {
    const shown = played(1, (n) => (n % 3) * 15).slice(30);
    const steps = shown.slice(1).map((us, i) => us - shown[i]!);
    expect(Math.max(...steps)).toBeLessThan(3 * 16_000);
  });

  it('never passes what the server has shown', () => {
    const clock = new PlayoutClock();
    clock.jump(0, 0);
    clock.hear(100_000, 1, true, 0);
    expect(clock.at(10_000)).toBe(100_000);
  });

  it('paused: exactly the head', () => {
    const clock = new PlayoutClock();
    clock.jump(0, 0);
    clock.hear(123_456, 1, false, 10);
    expect(clock.at(12)).toBe(123_456);
  });

  it('stays behind the newest frame, so that messages are seen leaving', () => {
    const shown = played(1, () => 0);
    expect((shown.length - 1) * 16_000 - shown.at(-1)!).toBeGreaterThan((BUFFER_MS - 30) * 1000);
  });
});
