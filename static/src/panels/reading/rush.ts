/** So long after its last look a rush is not over: to turn the rows back costs as much as many looks. */
const CALM_MS = 1500;

/** Whether so much comes that nobody can read it: look after look more than `most`. What comes at once, as a run is opened, is none. */
export class Rush {
  #before = 0;
  #looks = 0;
  #sinceMs = -Infinity;

  constructor(private most: number) {}

  /** `count`: of all that has come so far. */
  look(count: number, nowMs: number): boolean {
    this.#looks = count - this.#before > this.most ? this.#looks + 1 : 0;
    this.#before = count;
    if (this.#looks > 1) this.#sinceMs = nowMs;
    return nowMs - this.#sinceMs < CALM_MS;
  }
}
