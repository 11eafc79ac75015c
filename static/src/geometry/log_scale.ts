/** A scale on which equal ways are equal factors. */
export class LogScale {
  constructor(
    readonly low: number,
    readonly high: number,
  ) {}

  /** 0 at `low`, 1 at `high`. */
  toShare(value: number): number {
    const clamped = Math.min(this.high, Math.max(this.low, value));
    return Math.log(clamped / this.low) / Math.log(this.high / this.low);
  }

  toValue(share: number): number {
    return this.low * (this.high / this.low) ** Math.min(1, Math.max(0, share));
  }
}
