import { describe, expect, it } from 'vitest';
import { has } from '../words';
import { cardAt, STOPS } from './stops';

const VIEW = { width: 1440, height: 900 };
const CARD = { width: 300, height: 120 };

describe('the card of the tour', () => {
  it.each<['top' | 'right' | 'bottom' | 'left', { left: number; top: number }]>([
    ['right', { left: 532, top: 250 }],
    ['left', { left: 12, top: 250 }],
    ['top', { left: 210, top: 88 }],
    ['bottom', { left: 210, top: 412 }],
  ])('stands at the %s of its region', (side, at) => {
    expect(cardAt({ left: 200, top: 220, width: 320, height: 180 }, CARD, VIEW, side)).toEqual(at);
  });

  it('never leaves the view', () => {
    expect(cardAt({ left: 1300, top: 850, width: 140, height: 50 }, CARD, VIEW, 'right')).toEqual({ left: 1128, top: 768 });
  });

  it('has words at every stop', () => {
    for (const stop of STOPS) expect([stop.code, has('ui', `tour-${stop.code}`)]).toEqual([stop.code, true]);
  });
});
