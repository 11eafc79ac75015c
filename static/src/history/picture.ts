import { fold, type Kinds } from './fold';
import type { Change, Fields, View } from './types';

const NOTHING: ReadonlyMap<string, Fields> = new Map();

let lastVersion = 0;

/**
 * The cluster at one position of the log: kind -> id -> fields.
 *
 * `snapshot()` costs next to nothing: both sides go on sharing the entities of a kind until one of them changes it.
 */
export class Picture {
  #kinds: Kinds = new Map();
  #shared = new Set<string>();
  #versions = new Map<string, number>();

  static of(view: View): Picture {
    const picture = new Picture();
    for (const [kind, entities] of Object.entries(view)) {
      picture.#kinds.set(kind, new Map(Object.entries(entities)));
      picture.#versions.set(kind, ++lastVersion);
    }
    return picture;
  }

  kind(name: string): ReadonlyMap<string, Fields> {
    return this.#kinds.get(name) ?? NOTHING;
  }

  /** The entity, typed as the caller knows it (see entities.ts). */
  get<T = Fields>(kind: string, id: string): T | undefined {
    return this.#kinds.get(kind)?.get(id) as T | undefined;
  }

  /** Equal numbers mean equal content, in this picture and any other; 0 for a kind without entities so far. */
  version(kind: string): number {
    return this.#versions.get(kind) ?? 0;
  }

  /** How many entities there are. */
  get size(): number {
    let size = 0;
    for (const entities of this.#kinds.values()) size += entities.size;
    return size;
  }

  get kinds(): IterableIterator<string> {
    return this.#kinds.keys();
  }

  apply(changes: readonly Change[]): void {
    for (const [kind] of changes) {
      if (this.#shared.delete(kind)) this.#kinds.set(kind, new Map(this.#kinds.get(kind)));
      this.#versions.set(kind, ++lastVersion);
    }
    fold(this.#kinds, changes);
  }

  snapshot(): Picture {
    const copy = new Picture();
    copy.#kinds = new Map(this.#kinds);
    copy.#versions = new Map(this.#versions);
    for (const kind of this.#kinds.keys()) {
      this.#shared.add(kind);
      copy.#shared.add(kind);
    }
    return copy;
  }

  /** As a keyframe would carry it: for tests that hold the fold against `world.view()`. */
  view(): View {
    const view: View = {};
    for (const [kind, entities] of this.#kinds) if (entities.size > 0) view[kind] = Object.fromEntries(entities);
    return view;
  }
}
