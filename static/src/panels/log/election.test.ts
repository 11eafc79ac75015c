import { describe, expect, it } from 'vitest';
import type { Fields } from '../reading/picture';
import { pictureOf } from '../reading/fixture';
import { electionOf, electionText } from './election';

type Ballot = [number, string];
const node = (promised: Ballot): Fields => ({ role: 'storage', state: 'up', promised });
const NODES = { s1: node([6, 's2']), s2: node([7, 's4']), s3: node([6, 's2']), s4: node([7, 's4']), s5: node([7, 's5']) };
const election = (memory: Record<string, Fields>, more: Record<string, Record<string, Fields>> = {}) =>
  electionOf(pictureOf({ node: NODES, memory, ...more }));

describe('an election', () => {
  it.each<[string, Record<string, Fields>]>([
    ['nobody campaigns', { s1: { role: 'follower', ballot: [7, 's4'] } }],
    ['a leader that leads', { s4: { role: 'leader', leading: true, ballot: [7, 's4'] } }],
    ['a candidate that asks around before it has a ballot of its own', { s4: { role: 'candidate', ballot: [6, 's2'] } }],
  ])('%s: none', (_, memory) => expect(election(memory)).toBeUndefined());

  it('counts the promises that are on disks, and tells who was asked', () => {
    const flying = { 9: { kind: 'prepare', src: 's4', dst: 's1', label: ['prepare', '7.s4'] }, 8: { kind: 'prepare', src: 's4', dst: 's3', label: ['prepare', '6.s4'] } };
    const found = election({ s4: { role: 'candidate', ballot: [7, 's4'] } }, { message: flying })!;
    expect(found.promisers.map((one) => one.state)).toEqual(['asked', 'given', 'none', 'given', 'none']);
    expect(electionText(found)).toBe('s4 asks for promises under 7.s4: 2 of 5 given, 3 needed');
  });

  it('of two campaigns the higher ballot is told; the winner until it leads', () => {
    const found = election({ s4: { role: 'candidate', ballot: [7, 's4'] }, s5: { role: 'leader', leading: false, ballot: [7, 's5'] } })!;
    expect(found).toMatchObject({ node: 's5', won: true, given: 1 });
  });

  it('needs what the configuration says', () =>
    expect(election({ s4: { role: 'candidate', ballot: [7, 's4'] } }, { configuration: { current: { members: ['s1', 's2', 's4', 's5'], q1: 2, q2: 3 } } }))
      .toMatchObject({ needed: 2, given: 2, promisers: { length: 4 } }));
});
