import { FIELDS } from '../wire/events.gen';
import type { Fields, Landmark, Named, Wire, WireEvent } from './types';

/** The fields of an event by name. A tag that this page does not know (a newer server's) gives f0, f1 ... */
export function fieldsOf(event: WireEvent): Fields {
  const names: readonly string[] | undefined = (FIELDS as Record<string, readonly string[]>)[event[0]];
  const fields: Record<string, unknown> = {};
  for (let i = 1; i < event.length; i++) fields[names?.[i - 1] ?? `f${i - 1}`] = event[i];
  return fields;
}

export function named(entry: Wire): Named {
  const [seq, atUs, cause, event] = entry;
  return { seq, atUs, cause, tag: event[0], fields: fieldsOf(event) };
}

export function landmarkOf(entry: Wire): Landmark {
  return { seq: entry[0], atUs: entry[1], tag: entry[3][0], fields: fieldsOf(entry[3]) };
}
