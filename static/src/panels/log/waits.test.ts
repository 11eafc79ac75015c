import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import { waitOf, waitText } from './waits';

const deferred = (node: string, atUs: number, rest_us: number) => ({ seq: atUs, atUs, tag: 'prepare-deferred', fields: { node, ballot: [2, 's2'], holder: [1, 's1'], rest_us } });
const up = { s2: { role: 'storage', state: 'up' }, s3: { role: 'storage', state: 'up' }, s4: { role: 'storage', state: 'down' } };
const marks = [deferred('s3', 1_000_000, 500_000), deferred('s2', 1_200_000, 1_000_000), deferred('s4', 1_200_000, 9_000_000)];

describe('why an election waits', () => {
  it.each<[when: string, nowUs: number, nodes: string[] | undefined]>([
    ['before anybody said so', 900_000, undefined],
    ['while one lease is in force', 1_100_000, ['s3']],
    ['while two are, and one that is down has a third', 1_300_000, ['s2', 's3']],
    ['when the first has ended', 1_600_000, ['s2']],
    ['when all have', 2_300_000, undefined],
  ])('%s', (_when, nowUs, nodes) => {
    expect(waitOf(pictureOf({ node: up }), marks, nowUs)?.nodes).toEqual(nodes);
  });

  it('is nobody\'s concern while somebody leads', () => {
    const led = pictureOf({ node: up, memory: { s2: { role: 'leader', ballot: [2, 's2'], leading: true } } });
    expect(waitOf(led, marks, 1_300_000)).toBeNull();
  });

  it('says who and for how long', () => {
    const wait = waitOf(pictureOf({ node: up }), marks, 1_300_000)!;
    expect(waitText(wait, 1_300_000)).toMatch(/s2 and s3 promise nothing for 900 ms more/);
  });
});
