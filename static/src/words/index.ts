/**
 * Every sentence a person reads, by code. The sentences are in app/words/en.toml; `en.gen.ts` is made from it.
 *
 * A template names fields as `{field}`; `{field?text}` stands for `text` (with `{}` for the value) when the field is
 * not empty, and for nothing otherwise; `{field=word?text}` for `text` when the field is that word, `{field!=word?text}`
 * when it is another. A number of a field in `_us` is written as a span of time, in `_ppm` in percent.
 */
import { WORDS } from './en.gen';
import { amount, listText, show } from './show';

export * from './show';

export type Section = 'event' | 'refused' | 'term' | 'status' | 'ui' | 'property' | 'command' | 'value' | 'fault';
export type FieldsOf = Readonly<Record<string, unknown>>;

/** A stretch of a sentence; `strong` where a field was filled in. */
export interface Part {
  text: string;
  strong: boolean;
  term?: string;
}

const SLOT = /\{([A-Za-z0-9_]+)(?:(!?=)([a-z0-9-]+))?(?:\?([^{}]*(?:\{\}[^{}]*)*))?\}/g;

export function has(section: Section, code: string): boolean {
  return WORDS[section]?.[code] !== undefined;
}

export function template(section: Section, code: string): string | undefined {
  return WORDS[section]?.[code];
}

export function codes(section: Section): string[] {
  return Object.keys(WORDS[section] ?? {});
}

/** Fills a template into stretches; unknown fields leave their name in braces, so that a slip is seen. */
export function parts(text: string, fields: FieldsOf = {}): Part[] {
  const out: Part[] = [];
  const push = (stretch: string, strong: boolean) => {
    if (stretch !== '') out.push({ text: stretch, strong });
  };
  let from = 0;
  for (const match of text.matchAll(SLOT)) {
    push(text.slice(from, match.index), false);
    from = match.index + match[0].length;
    const [whole, name = '', relation, wanted, wrapped] = match;
    if (!(name in fields)) {
      push(wrapped === undefined ? whole : '', false);
      continue;
    }
    const shown = show(amount(name, fields[name]));
    if (wrapped === undefined) push(shown, true);
    else if (wanted === undefined ? shown !== '' : (shown === wanted) === (relation === '=')) push(wrapped.replace('{}', shown), false);
  }
  push(text.slice(from), false);
  return out;
}

export function fill(text: string, fields: FieldsOf = {}): string {
  return parts(text, fields).map((part) => part.text).join('');
}

/** The filled sentence of a code; a code without words is shown as itself with its fields, never hidden. */
export function word(section: Section, code: string, fields: FieldsOf = {}): string {
  return wordParts(section, code, fields).map((part) => part.text).join('');
}

export function wordParts(section: Section, code: string, fields: FieldsOf = {}): Part[] {
  const text = template(section, code);
  if (text !== undefined) return parts(text, fields);
  const given = Object.entries(fields).map(([name, value]) => `${name} ${show(value)}`);
  return [
    { text: code.replaceAll('-', ' '), strong: true },
    ...(given.length === 0 ? [] : [{ text: `: ${given.join(', ')}`, strong: false }]),
  ];
}

/** Words of the interface itself. */
export function ui(code: string, fields: FieldsOf = {}): string {
  return word('ui', code, fields);
}

/** A command of the log in words: the verb apart, because it is written bold. */
export interface CommandWords {
  verb: string;
  rest: string;
}

/** `["put", "k3", "17"]` -> put, k3 = 17. Arguments are named `{0}`, `{1}` ... in section [value]. */
export function labelWords(label: readonly unknown[]): CommandWords {
  const [code, ...args] = label;
  const text = template('value', String(code));
  if (text === undefined) return { verb: String(code ?? '').replaceAll('-', ' '), rest: args.map(show).join(' ') };
  const filled = fill(text, Object.fromEntries(args.map((arg, at) => [String(at), arg])));
  const space = filled.indexOf('  ');
  if (space >= 0) return { verb: filled.slice(0, space), rest: filled.slice(space + 2) };
  const cut = filled.indexOf(' ');
  return cut < 0 ? { verb: filled, rest: '' } : { verb: filled.slice(0, cut), rest: filled.slice(cut + 1) };
}

/** A refusal as a sentence: the server's own sentence where it sent one. */
export function refusedText(refused: { code?: string; fields?: FieldsOf; sentence?: string }): string {
  if (refused.sentence) return refused.sentence;
  return word('refused', refused.code ?? 'unknown', refused.fields ?? {});
}

export { listText };
