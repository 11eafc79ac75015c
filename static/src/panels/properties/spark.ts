/** The small charts of the tiles, as SVG paths in a box of 58 x 22. Pure. */
export const SPARK = { width: 58, height: 22, top: 2, bottom: 20 } as const;

/** Values become a line from left to right; `low` and `high` are the bottom and the top of the box. */
export function linePath(values: readonly number[], low: number, high: number): string {
  if (values.length < 2) return '';
  const step = (SPARK.width - 4) / (values.length - 1);
  return values
    .map((value, at) => `${at === 0 ? 'M' : 'L'}${round(2 + at * step)} ${round(yOf(value, low, high))}`)
    .join('');
}

export function yOf(value: number, low: number, high: number): number {
  const share = high > low ? (value - low) / (high - low) : 0;
  return SPARK.bottom - Math.min(1, Math.max(0, share)) * (SPARK.bottom - SPARK.top);
}

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** More than these cannot be told apart; then a bar is the highest of several neighbours. */
const BARS_MAX = SPARK.width / 2;

function told(values: readonly number[]): readonly number[] {
  if (values.length <= BARS_MAX) return values;
  const highest: number[] = Array.from({ length: BARS_MAX }, () => 0);
  values.forEach((value, at) => {
    const bar = Math.floor((at / values.length) * BARS_MAX);
    highest[bar] = Math.max(highest[bar]!, value);
  });
  return highest;
}

/** One bar a value, as far as there is room, and the height of the mean. At least a pixel, so that a zero is seen. */
export function bars(values: readonly number[]): { bars: Bar[]; meanY: number } {
  const shown = told(values);
  const high = Math.max(1, ...shown);
  const pitch = SPARK.width / Math.max(1, shown.length);
  const width = Math.max(1, Math.min(7, pitch - (pitch > 4 ? 3 : 1)));
  const drawn = shown.map((value, at) => {
    const y = Math.min(SPARK.height - 1, yOf(value, 0, high));
    return { x: round(at * pitch), y: round(y), width: round(width), height: round(SPARK.height - y) };
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { bars: drawn, meanY: round(yOf(mean, 0, high)) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
