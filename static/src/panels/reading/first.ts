/** The first `count` in order, as `toSorted(compare).slice(0, count)` gives them, without sorting all the others. */
export function firstOf<T>(all: readonly T[], count: number, compare: (a: T, b: T) => number): T[] {
  const found: T[] = [];
  for (const one of all) {
    if (found.length === count && (count === 0 || compare(one, found[count - 1]!) >= 0)) continue;
    let low = 0;
    let high = found.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(one, found[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    found.splice(low, 0, one);
    if (found.length > count) found.pop();
  }
  return found;
}
