/**
 * How even a placement is: the article's own measure, tasks over nodes.
 *
 * Max over mean: 1 is even, n is all on one node. Jain's fairness index, (sum x)^2 / (n * sum x^2): 1 is even, 1/n is all on one node
 * (Jain, Chiu, Hawe, DEC-TR-301, 1984). Both undefined of nothing but zeros.
 */
export interface Evenness {
  maxMean: number | undefined;
  jain: number | undefined;
}

export function evenness(values: readonly number[]): Evenness {
  let [sum, squares, most] = [0, 0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
    most = Math.max(most, value);
  }
  if (sum === 0) return { maxMean: undefined, jain: undefined };
  return { maxMean: (most * values.length) / sum, jain: (sum * sum) / (values.length * squares) };
}

export const figure = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));
