/** The picture is a fold of the log: these lines and `app/world/picture.py` are the same in two languages. */
import type { Change, Fields } from './types';

export type Kinds = Map<string, Map<string, Fields>>;

export function fold(kinds: Kinds, changes: readonly Change[]): void {
  for (const [kind, id, fields] of changes) {
    let entities = kinds.get(kind);
    if (entities === undefined) kinds.set(kind, (entities = new Map()));
    if (fields === null) {
      entities.delete(id);
      continue;
    }
    const before = entities.get(id);
    entities.set(id, before === undefined ? fields : { ...before, ...fields });
  }
}
