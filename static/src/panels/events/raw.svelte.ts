import { named } from '../../history/entry';
import type { Named, Wire } from '../../history/types';
import { historyOf } from '../../wire/rest';

const PAGE = 200;
const PAGES_MAX = 40;

/** Entries by seq for the raw list: from memory, else by pages from the server, a bounded number of them kept. */
export class RawPages {
  #pages = new Map<number, readonly Wire[]>();
  #asked = new Set<number>();
  #version = $state(0);

  constructor(
    private run: string | null,
    private inMemory: (seq: number) => Wire | undefined,
  ) {}

  get(seq: number): Named | undefined {
    void this.#version;
    const here = this.inMemory(seq);
    if (here !== undefined) return named(here);
    const page = Math.floor(seq / PAGE);
    const fetched = this.#pages.get(page);
    if (fetched === undefined) void this.#fetch(page);
    const found = fetched?.[seq - page * PAGE];
    return found === undefined ? undefined : named(found);
  }

  async #fetch(page: number): Promise<void> {
    if (this.run === null || this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      this.#pages.set(page, await historyOf(this.run).entries(page * PAGE, page * PAGE + PAGE - 1));
      const oldest = this.#pages.keys().next().value;
      if (this.#pages.size > PAGES_MAX && oldest !== undefined) {
        this.#pages.delete(oldest);
        this.#asked.delete(oldest);
      }
      this.#version += 1;
    } catch {
      this.#asked.delete(page);
    }
  }
}
