/** From an entry to its cause, and its cause, down to the command or the beginning of the run. */
import { named } from '../../history/entry';
import type { Named, Wire } from '../../history/types';

export interface Chain {
  links: Named[];
  /** It ends at a command or at entry 0; otherwise the next cause to ask for. */
  next: number | null;
}

/** Follows the causes from `seq`, at most `most` links; an entry that cannot be had ends the walk where it is. */
export async function walk(
  seq: number,
  entryOf: (seq: number) => Promise<Wire | undefined>,
  most: number,
): Promise<Chain> {
  const links: Named[] = [];
  let next: number | null = seq;
  while (next !== null && links.length < most) {
    const entry: Wire | undefined = await entryOf(next);
    if (entry === undefined) break;
    links.push(named(entry));
    next = entry[2];
  }
  return { links, next };
}
