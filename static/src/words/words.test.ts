import { describe, expect, it, vi } from 'vitest';

vi.mock('./en.gen', () => ({
  WORDS: {
    value: { put: 'put {0} = {1}', 'no-op': 'no-op', cas: 'compare and set  {0}' },
    event: { 'node-killed': '{node} was killed{why?, {}}' },
    term: { quorum: 'Q.', 'check-quorum': 'CQ.', slot: 'S.' },
  },
}));

const { fill, labelWords, parts, refusedText, spanText, instantText, show, word, compareBallots, listText } = await import('./index');
const { withTerms } = await import('./terms');

describe('filling', () => {
  it.each<[template: string, fields: Record<string, unknown>, text: string]>([
    ['{node} was killed', { node: 's1' }, 's1 was killed'],
    ['leads {ballot}, promised by {by}', { ballot: [7, 's4'], by: ['s4', 's5', 's3'] }, 'leads 7.s4, promised by s4, s5 and s3'],
    ['cut{label?: {}}', { label: 'zone b' }, 'cut: zone b'],
    ['cut{label?: {}}', { label: '' }, 'cut'],
    ['for {rest_us} more', { rest_us: 1_900_000 }, 'for 1.9 s more'],
    ['off by {offset_us}', { offset_us: -250_000 }, 'off by -250 ms'],
    ['{loss_ppm} are lost', { loss_ppm: 300_000 }, '30 % are lost'],
    ['{holder=none?nobody}{holder!=none?the leader of {}}', { holder: [0, 's1'] }, 'nobody'],
    ['{holder=none?nobody}{holder!=none?the leader of {}}', { holder: [3, 's1'] }, 'the leader of 3.s1'],
    ['a slip {nod}', { node: 's1' }, 'a slip {nod}'],
    ['{n} and {flag}', { n: 12345, flag: true }, '12,345 and yes'],
  ])('%s', (template, fields, text) => expect(fill(template, fields)).toBe(text));

  it('makes filled fields strong', () => {
    expect(parts('{node} was killed', { node: 's1' })).toEqual([
      { text: 's1', strong: true },
      { text: ' was killed', strong: false },
    ]);
  });

  it('shows a code without words as itself', () => {
    expect(word('event', 'something-new', { node: 's1' })).toBe('something new: node s1');
  });

  it('prefers the sentence of the server for a refusal', () => {
    expect(refusedText({ code: 'x', sentence: 'No.' })).toBe('No.');
    expect(refusedText({ code: 'node-up', fields: { node: 's1' } })).toBe('node up: node s1');
  });
});

describe('labels', () => {
  it.each([
    [['put', 'k3', '17'], { verb: 'put', rest: 'k3 = 17' }],
    [['no-op'], { verb: 'no-op', rest: '' }],
    [['cas', 'k3'], { verb: 'compare and set', rest: 'k3' }],
    [['brand-new', 'a', 3], { verb: 'brand new', rest: 'a 3' }],
  ])('%j', (label, words) => expect(labelWords(label)).toEqual(words));
});

describe('terms', () => {
  it('marks each term once, the longer first, and never inside a field', () => {
    const marked = withTerms([
      { text: 'Slots', strong: true },
      { text: ' of slots: check quorum, a quorum, another quorum', strong: false },
    ]);
    expect(marked.filter((part) => part.term).map((part) => [part.term, part.text])).toEqual([
      ['slot', 'slots'],
      ['check-quorum', 'check quorum'],
      ['quorum', 'quorum'],
    ]);
    expect(marked.map((part) => part.text).join('')).toBe('Slots of slots: check quorum, a quorum, another quorum');
  });
});

describe('values', () => {
  it.each([
    [850, '850 µs'],
    [80_000, '80 ms'],
    [1_900_000, '1.9 s'],
    [12_000_000, '12 s'],
    [185_000_000, '3 min 5 s'],
    [120_000_000, '2 min'],
    [7_500_000_000, '2 h 5 min'],
  ])('a span of %i µs is %s', (us, text) => expect(spanText(us)).toBe(text));

  it.each([
    [12_540_000, '12.540'],
    [0, '0.000'],
    [3_723_400_000, '1:02:03.4'],
  ])('the instant %i µs is %s', (us, text) => expect(instantText(us)).toBe(text));

  it.each([
    [[7, 's4'], '7.s4'],
    [[0, ''], 'none'],
    [['s1'], 's1'],
    [[['s1', 's2'], ['s3']], 's1 and s2 and s3'],
    [{ primes: 168, upto: 1000 }, '168 primes up to 1000'],
    [{ pi: '3.141592', inside: 1, samples: 2 }, 'π ≈ 3.141592'],
    [{ words: 15, distinct: 2, top: [['the', 12], ['a', 3]] }, '15 words, "the" 12 times'],
    [{ words: 0, distinct: 0, top: [] }, '0 words'],
    [{ other: 1 }, '{"other":1}'],
    [null, ''],
    ['default/words-5', 'words-5'],
    ['other/words-5', 'other/words-5'],
    [18204, '18,204'],
  ])('shows %j as %s', (value, text) => expect(show(value)).toBe(text));

  it('orders ballots by round, then node', () => {
    const sorted = [[7, 's4'], [6, 's5'], [7, 's1']] as [number, string][];
    expect(sorted.sort(compareBallots)).toEqual([[6, 's5'], [7, 's1'], [7, 's4']]);
  });

  it('lists names', () => expect(listText(['a', 'b'])).toBe('a and b'));
});
