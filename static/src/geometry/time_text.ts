/** Virtual times and rates as people read them; figures that stand still: always the same number of decimals. */

export function seconds(us: number, digits = 3): string {
  return (us / 1_000_000).toFixed(digits);
}

/** `230 ms`, `4.2 s`, `3 min 05 s`. */
export function duration(us: number): string {
  const ms = us / 1000;
  if (ms < 1) return `${us.toFixed(0)} µs`;
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const s = Math.floor(ms / 1000);
  return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
}

/** `0.05×`, `1×`, `12×`. */
export function speedText(speed: number): string {
  const digits = speed < 0.995 ? 2 : speed < 9.95 ? 1 : 0;
  return `${speed.toFixed(digits).replace(/\.0$/, '')}×`;
}
