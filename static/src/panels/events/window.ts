/** Which rows of a long list of equal rows are in sight. Pure. */
export interface Sight {
  first: number;
  last: number;
  /** Height of the whole list. */
  heightPx: number;
  /** Where the first row in sight stands. */
  offsetPx: number;
}

/** Taller than this and browsers lose pixels; older rows are then reached through the time bar. */
export const TALLEST_PX = 8_000_000;

export function sightOf(count: number, rowPx: number, scrollPx: number, viewPx: number, spare = 8): Sight {
  const shown = Math.min(count, Math.floor(TALLEST_PX / rowPx));
  const first = Math.max(0, Math.min(shown, Math.floor(scrollPx / rowPx) - spare));
  const last = Math.min(shown, Math.ceil((scrollPx + viewPx) / rowPx) + spare);
  return { first, last, heightPx: shown * rowPx, offsetPx: first * rowPx };
}
