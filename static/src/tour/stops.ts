/** The stops of the first visit: a region of the page and one or two sentences. Words are in section [ui]. */
export interface Stop {
  code: string;
  /** Where it points. */
  at: string;
  side: 'top' | 'right' | 'bottom' | 'left';
}

export const STOPS: readonly Stop[] = [
  { code: 'map', at: '.r-map', side: 'right' },
  { code: 'log', at: '.r-log', side: 'left' },
  { code: 'events', at: '.r-events', side: 'left' },
  { code: 'tasks', at: '.r-tasks', side: 'top' },
  { code: 'properties', at: '.r-properties', side: 'top' },
  { code: 'transport', at: '.r-transport', side: 'top' },
];

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 12;

/** Where the card stands beside a region, kept inside the view. */
export function cardAt(region: Box, card: { width: number; height: number }, view: { width: number; height: number }, side: Stop['side']): { left: number; top: number } {
  const middleX = region.left + region.width / 2 - card.width / 2;
  const middleY = region.top + region.height / 2 - card.height / 2;
  const wished = {
    top: { left: middleX, top: region.top - card.height - GAP },
    bottom: { left: middleX, top: region.top + region.height + GAP },
    left: { left: region.left - card.width - GAP, top: middleY },
    right: { left: region.left + region.width + GAP, top: middleY },
  }[side];
  const keep = (value: number, size: number, all: number) => Math.max(GAP, Math.min(value, all - size - GAP));
  return { left: keep(wished.left, card.width, view.width), top: keep(wished.top, card.height, view.height) };
}
