import { describe, expect, it } from 'vitest';
import { Lookback } from './lookback';

function timeline(fail = false) {
  const asked: [number, number][] = [];
  const bring = async (from: number, to: number) => {
    asked.push([from, to]);
    if (fail) throw new Error('no');
  };
  return { asked, bring };
}

const settle = () => new Promise((done) => setTimeout(done));

describe('looking back', () => {
  it('asks for the stretch before what is here, one at a time', async () => {
    const line = timeline();
    const back = new Lookback(line);
    back.want(8000);
    back.want(3000);
    expect(line.asked).toEqual([[3000, 7999]]);
    await settle();
    back.want(3000);
    expect(line.asked.at(-1)).toEqual([0, 2999]);
  });

  it('asks for nothing twice, unless it failed', async () => {
    const line = timeline();
    const back = new Lookback(line);
    back.want(10);
    await settle();
    back.want(10);
    expect(line.asked).toHaveLength(1);
    const broken = timeline(true);
    const again = new Lookback(broken);
    again.want(10);
    await settle();
    again.want(10);
    expect(broken.asked).toHaveLength(2);
  });

  it('asks for nothing before the beginning', () => {
    const line = timeline();
    new Lookback(line).want(0);
    expect(line.asked).toEqual([]);
  });
});
