/** Virtual time along a bar. */
export class TimeScale {
  constructor(
    readonly fromUs: number,
    readonly toUs: number,
    readonly width: number,
  ) {}

  toX(us: number): number {
    return ((us - this.fromUs) / (this.toUs - this.fromUs)) * this.width;
  }

  usAt(x: number): number {
    return this.fromUs + (x / this.width) * (this.toUs - this.fromUs);
  }
}

/** The roundest step (1, 2 or 5 times a power of ten) of which at most `count` fit into a span. */
export function roundStep(spanUs: number, count: number): number {
  const least = spanUs / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least)!;
}

/** As many decimals as tell two neighbouring ticks apart; minutes where the axis reaches ten of them. */
export function tickText(us: number, stepUs: number, axisEndUs = us): string {
  if (axisEndUs >= 600_000_000 && stepUs >= 1_000_000) {
    const s = Math.round(us / 1e6);
    const rest = String(s % 60).padStart(2, '0');
    const minutes = Math.floor(s / 60);
    return minutes >= 60 ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
  }
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(stepUs / 1e6))));
  return (us / 1e6).toFixed(digits);
}
