/** The votes that died on their way lately: what each dropped message said stands in the entry that sent it. */
import type { Wire } from '../../history/types';
import { fieldsOf } from '../../history/entry';
import { number, text } from '../reading/picture';
import { sentMessage, type SlotMessage } from './scene';

const known = new WeakMap<Wire, SlotMessage | null>();

function sentBy(drop: Wire, between: (fromUs: number, toUs: number) => readonly Wire[]): SlotMessage | null {
  const fields = fieldsOf(drop[3]);
  const kind = text(fields.kind);
  if (kind !== 'accept' && kind !== 'accepted') return null;
  const sentUs = number(fields.sent_us);
  const id = String(fields.id);
  for (const entry of between(sentUs - 1, sentUs)) {
    if (entry[3][0] === 'message-sent' && entry[4].some(([what, name]) => what === 'message' && name === id)) {
      return sentMessage(entry[4]) ?? null;
    }
  }
  return null;
}

export function lostVotes(drops: readonly Wire[], between: (fromUs: number, toUs: number) => readonly Wire[]): SlotMessage[] {
  const found: SlotMessage[] = [];
  for (const drop of drops) {
    let message = known.get(drop);
    if (message === undefined) known.set(drop, (message = sentBy(drop, between)));
    if (message !== null) found.push(message);
  }
  return found;
}
