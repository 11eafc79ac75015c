/** What the forms allow, as `app/orchestration/admission.py` and `computation.py` do; the server has the last word. */
export const LIMITS = {
  count: { low: 1, high: 1_000 },
  cpu_milli: { low: 1, high: 1_000_000 },
  memory_mib: { low: 1, high: 16 * 1024 * 1024 },
  duration_ms: { low: 1, high: 3_600_000 },
  priority: { low: -1_000_000_000, high: 1_000_000_000 },
  pieces: { low: 1, high: 64 },
  primes: { low: 1, high: 10_000_000 },
  pi: { low: 1, high: 2_000_000 },
  text: { low: 1, high: 20_000 },
} as const;
