import { describe, expect, it } from 'vitest';
import type { Landmark, Named, Wire } from '../../history/types';
import { Announcer } from './announce';
import { walk } from './chain';
import { becauseText, eventRows, glyphOf, matches, rawText, rowOf, sentenceOf } from './scene';
import { sightOf, TALLEST_PX } from './window';

const mark = (seq: number, tag: string, fields: Landmark['fields'] = {}): Landmark => ({ seq, atUs: seq * 1000, tag, fields });

const MARKS = [
  mark(3, 'node-killed', { node: 's2' }),
  mark(9, 'node-restarted', { node: 's2' }),
  mark(12, 'node-killed', { node: 's4' }),
];

describe('rows', () => {
  it('are sentences with the fields strong', () => {
    const row = rowOf(MARKS[0]!);
    expect(row.said).toBe('s2 was killed');
    expect(row.parts[0]).toEqual({ text: 's2', strong: true });
    expect(row.node).toBe('s2');
  });

  it('come newest first, and none from after the cursor', () => {
    expect(eventRows(MARKS, 11, '', 10).map((row) => row.seq)).toEqual([9, 3]);
    expect(eventRows(MARKS, 99, '', 2).map((row) => row.seq)).toEqual([12, 9]);
  });

  it.each([
    ['killed', [12, 3]],
    ['S2', [9, 3]],
    ['s2 killed', [3]],
    ['node-restarted', [9]],
    ['nothing', []],
  ])('filter "%s"', (filter, seqs) => expect(eventRows(MARKS, 99, filter, 10).map((row) => row.seq)).toEqual(seqs));

  it('matches all rows with an empty filter', () => expect(matches(rowOf(MARKS[0]!), '  ')).toBe(true));

  it.each([
    ['leader-elected', 'leader'],
    ['job-completed', 'done'],
    ['pod-evicted', 'refused'],
    ['pod-bound', 'work'],
    ['never-heard-of', 'dot'],
  ])('%s has the glyph %s', (tag, glyph) => expect(glyphOf(tag)).toBe(glyph));
});

describe('causes', () => {
  const wires: Wire[] = [
    [0, 0, null, ['run-started'], []],
    [1, 5, null, ['command-taken', 1, { type: 'kill-node', node: 's2' }], []],
    [2, 5, 1, ['node-killed', 's2', 5, 0], []],
    [3, 9, 2, ['timer-fired', 's4', 'election'], []],
  ];
  const source = async (seq: number) => wires[seq];

  it('walk down to the command', async () => {
    const chain = await walk(3, source, 20);
    expect(chain.links.map((link) => link.tag)).toEqual(['timer-fired', 'node-killed', 'command-taken']);
    expect(chain.next).toBeNull();
  });

  it('stop at the limit and say where to go on', async () => {
    const chain = await walk(3, source, 2);
    expect(chain.links).toHaveLength(2);
    expect(chain.next).toBe(1);
  });

  it('stop where an entry cannot be had', async () => {
    const chain = await walk(3, async (seq) => (seq === 2 ? undefined : wires[seq]), 20);
    expect(chain.links.map((link) => link.seq)).toEqual([3]);
    expect(chain.next).toBe(2);
  });

  const cause = (tag: string, fields: Named['fields']): Named => ({ seq: 11845, atUs: 1, cause: null, tag, fields });

  it('are told in one line', () => {
    expect(becauseText(cause('node-killed', { node: 's2' }))).toBe('s2 was killed, #11,845');
    expect(becauseText(cause('run-started', { scenario: 'classroom', seed: 42 }))).toBe(
      'the run classroom began with seed 42, #11,845',
    );
    expect(becauseText(cause('value-chosen', { slot: 1, ballot: [1, 's4'], value: [] }))).toMatch(/^slot 1 /);
    expect(becauseText(cause('command-taken', { number: 18 }))).toBe('command 18, #11,845');
  });

  it('end in the command as it was given', () => {
    const said = sentenceOf(cause('command-taken', { number: 18, command: { type: 'kill-node', node: 's2' } }));
    expect(said.map((part) => part.text).join('')).toBe('Command 18: kill s2');
  });

  it('show raw fields by name', () => {
    expect(rawText(cause('x', { node: 's1', ballot: [7, 's4'], deep: { a: 1 } }))).toBe('node=s1 ballot=7.s4 deep={"a":1}');
  });
});

describe('the polite voice', () => {
  it('speaks at most once in two seconds, and then the newest', () => {
    const voice = new Announcer(2000);
    voice.offer('a');
    expect(voice.take(0)).toBe('a');
    voice.offer('b');
    voice.offer('c');
    expect(voice.take(1999)).toBeNull();
    expect(voice.take(2000)).toBe('c');
    expect(voice.take(9000)).toBeNull();
  });
});

describe('rows in sight', () => {
  it.each([
    ['the top', 1000, 0, { first: 0, last: 18, offsetPx: 0, heightPx: 20000 }],
    ['the middle', 1000, 10000, { first: 492, last: 518, offsetPx: 9840, heightPx: 20000 }],
    ['the end', 1000, 19800, { first: 982, last: 1000, offsetPx: 19640, heightPx: 20000 }],
    ['few rows', 3, 0, { first: 0, last: 3, offsetPx: 0, heightPx: 60 }],
    ['none', 0, 0, { first: 0, last: 0, offsetPx: 0, heightPx: 0 }],
  ])('%s', (_name, count, scroll, sight) => expect(sightOf(count, 20, scroll, 200)).toEqual(sight));

  it('never grows taller than a browser can scroll', () => {
    expect(sightOf(10_000_000, 20, 0, 200).heightPx).toBeLessThanOrEqual(TALLEST_PX);
  });
});
