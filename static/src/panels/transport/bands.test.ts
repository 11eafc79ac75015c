import { describe, expect, it } from 'vitest';
import { TimeScale } from '../../geometry/time_scale';
import type { Landmark } from '../../history/types';
import { bandsOf, faultSpans } from './bands';

const mark = (atUs: number, tag: string, fields = {}): Landmark => ({ seq: atUs, atUs, tag, fields });

describe('bands of faults', () => {
  const landmarks = [
    mark(10, 'node-killed', { node: 's1' }), mark(20, 'fault-began', { id: 'slow-disk:s2', fault: 'slow-disk' }), mark(25, 'fault-began', { id: 'bit-rot:s3', fault: 'bit-rot' }),
    mark(25, 'fault-ended', { id: 'bit-rot:s3' }), mark(30, 'node-restarted', { node: 's1' }), mark(50, 'link-cut', { src: 's1', dst: 's2' }),
  ];

  it('from beginning to end, or on while it acts; what passed at once has none', () =>
    expect(faultSpans(landmarks).map(({ fault, fromUs, toUs }) => [fault, fromUs, toUs])).toEqual([['kill', 10, 30], ['slow-disk', 20, Infinity], ['cut-link', 50, Infinity]]));

  it('of a machine that was taken away, until then', () =>
    expect(faultSpans([mark(10, 'node-killed', { node: 'c1' }), mark(40, 'machine-removed', { node: 'c1' })]).map(({ toUs }) => toUs)).toEqual([40]));

  it('two at a time lie above one another, up to the end of the run', () =>
    expect(bandsOf(faultSpans(landmarks), new TimeScale(0, 100, 100), 80).map(({ x, width, lane }) => [x, width, lane])).toEqual([[10, 20, 0], [20, 60, 1], [50, 30, 0]]));

  it('outside the window there is nothing to draw', () =>
    expect(bandsOf(faultSpans(landmarks.slice(0, 5)).slice(0, 1), new TimeScale(40, 100, 100), 80)).toEqual([]));
});
