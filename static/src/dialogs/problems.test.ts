import { describe, expect, it } from 'vitest';
import { EXAMPLE, manifestProblems } from './problems';

const job = (lines: string) => `apiVersion: batch/v1\nkind: Job\n${lines}`;

describe('a pasted manifest', () => {
  it('the example has no problem', () => expect(manifestProblems(EXAMPLE)).toEqual([]));

  it('two documents are fine', () => expect(manifestProblems(`${EXAMPLE}---\n${EXAMPLE}`)).toEqual([]));

  it.each<[name: string, text: string, line: number, says: RegExp]>([
    ['nothing', '', 1, /empty/],
    ['only a comment', '# hm\n', 1, /empty/],
    ['a list', '- a\n- b\n', 1, /object/],
    ['a bad indent', 'a:\n  b: 1\n c: 2\n', 3, /\.$/],
    ['an open bracket', 'apiVersion: v1\nkind: [Pod\n', 3, /\.$/],
    ['no metadata', job('spec: {}\n'), 1, /metadata/],
    ['the second of two', `${EXAMPLE}---\nkind: Pod\nmetadata: {}\nspec: {}\n`, 20, /apiVersion/],
  ])('%s is told with its line', (_name, text, line, says) => {
    const [first] = manifestProblems(text);
    expect(first?.line).toBe(line);
    expect(first?.sentence).toMatch(says);
  });
});
