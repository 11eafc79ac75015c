/** Faults in words: their titles, and what they do with the numbers of their forms. */
import { fill, has, template, word, wordParts, type FieldsOf, type Part } from '.';
import { show } from './show';

export function faultTitle(fault: string): string {
  return has('fault', fault) ? word('fault', fault) : capital(fault.replaceAll('-', ' '));
}

/** A switch that was turned says which way. */
export function turnedTitle(fault: string, detail: FieldsOf): string {
  const title = faultTitle(fault);
  return typeof detail.on === 'boolean' ? `${title} ${detail.on ? 'on' : 'off'}` : title;
}

/** What it does, with what the form says; "" where the core has no sentence for it. */
export function faultSentence(fault: string, values: FieldsOf): string {
  return has('fault', `${fault}-sentence`) ? word('fault', `${fault}-sentence`, values) : '';
}

/** The sentence of an event; that of a fault is made of the fault's own words. */
export function toldParts(tag: string, fields: FieldsOf): Part[] {
  if (tag !== 'fault-began' && tag !== 'fault-ended') return wordParts('event', tag, fields);
  const fault = show(fields.fault);
  const detail = (fields.detail ?? {}) as FieldsOf;
  const title = turnedTitle(fault, detail);
  const nodes = Array.isArray(fields.nodes) ? fields.nodes : [];
  const does = tag === 'fault-began' ? fill(faultSentence(fault, { node: nodes[0] ?? '', ...detail })) : '';
  if (does === '' || template('fault', `${fault}-sentence`) === undefined) return wordParts('event', tag, { ...fields, fault: title });
  return [{ text: title, strong: true }, { text: `: ${lower(does)}`, strong: false }];
}

export function told(tag: string, fields: FieldsOf): string {
  return toldParts(tag, fields).map((part) => part.text).join('');
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
const lower = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);
