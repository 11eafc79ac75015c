import { describe, expect, it } from 'vitest';
import { LogScale } from './log_scale';
import { roundStep, tickText, TimeScale } from './time_scale';
import { duration, seconds, speedText } from './time_text';

describe('scales', () => {
  it('time to pixels and back', () => {
    const scale = new TimeScale(10_000_000, 20_000_000, 500);
    expect(scale.toX(15_000_000)).toBe(250);
    expect(scale.usAt(scale.toX(12_345_678))).toBeCloseTo(12_345_678, 3);
  });

  it('speeds: the same way is the same factor, and the ends hold', () => {
    const speeds = new LogScale(0.05, 100);
    expect([speeds.toShare(0.05), speeds.toShare(100), speeds.toShare(1e9)]).toEqual([0, 1, 1]);
    expect(speeds.toValue(speeds.toShare(7))).toBeCloseTo(7, 9);
    expect(speeds.toShare(10) - speeds.toShare(1)).toBeCloseTo(speeds.toShare(100) - speeds.toShare(10), 9);
  });

  it.each([
    [40_000_000, 8, 5_000_000],
    [360_000, 8, 50_000],
    [2_000_000, 4, 500_000],
  ])('a span of %i us in at most %i steps: every %i', (span, count, step) => expect(roundStep(span, count)).toBeCloseTo(step, 6));
});

describe('texts', () => {
  it.each([
    [12_540_000, 50_000, '12.54'],
    [12_000_000, 5_000_000, '12'],
    [605_000_000, 5_000_000, '10:05'],
    [3_725_000_000, 5_000_000, '1:02:05'],
  ])('tick at %i us, every %i: %s', (us, step, text) => expect(tickText(us, step)).toBe(text));

  it.each([
    [230_000, '230 ms'],
    [4_240, '4.2 ms'],
    [4_244_000, '4.24 s'],
    [122_000_000, '2 min 02 s'],
  ])('%i us are %s', (us, text) => expect(duration(us)).toBe(text));

  it.each([[0.05, '0.05×'], [1, '1×'], [2.5, '2.5×'], [37.4, '37×']])('speed %d is %s', (speed, text) => expect(speedText(speed)).toBe(text));

  it('seconds keep their decimals', () => expect(seconds(12_500_000)).toBe('12.500'));
});
