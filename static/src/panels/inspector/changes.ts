/**
 * Which fields of the inspected thing have just changed, and from what.
 *
 * While time runs a change is marked for a moment; when the cursor stands, it stays marked until the cursor moves on.
 */
export interface FieldRow {
  name: string;
  value: string;
}

interface Mark {
  was: string;
  atMs: number;
}

export class ChangeMarks {
  #subject = '';
  #values = new Map<string, string>();
  #marks = new Map<string, Mark>();

  constructor(private holdMs = 1500) {}

  /** The previous value of each field that counts as changed now. */
  update(subject: string, rows: readonly FieldRow[], nowMs: number, running: boolean, moved: boolean): Map<string, string> {
    if (subject !== this.#subject) {
      this.#subject = subject;
      this.#marks.clear();
      this.#values = new Map(rows.map((row) => [row.name, row.value]));
      return new Map();
    }
    if (!running && moved) this.#marks.clear();
    for (const row of rows) {
      const before = this.#values.get(row.name);
      if (before !== undefined && before !== row.value) {
        const standing = this.#marks.get(row.name);
        const fresh = standing !== undefined && running && nowMs - standing.atMs < this.holdMs;
        this.#marks.set(row.name, { was: fresh ? standing.was : before, atMs: nowMs });
      }
      this.#values.set(row.name, row.value);
    }
    if (running) {
      for (const [name, mark] of this.#marks) if (nowMs - mark.atMs >= this.holdMs) this.#marks.delete(name);
    }
    return new Map([...this.#marks].map(([name, mark]) => [name, mark.was]));
  }
}
