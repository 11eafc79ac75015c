// Finds terms of art in a sentence, so that each can explain itself where it stands.
import { codes, template, type Part } from './index';

interface Form {
  code: string;
  pattern: string;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The spellings of a term: hyphens may be spaces, and a plural s is allowed. Longest first, so "check quorum" wins over "quorum". */
function forms(): Form[] {
  return codes('term')
    .map((code) => ({ code, pattern: code.split('-').map(escaped).join('[- ]') }))
    .sort((a, b) => b.code.length - a.code.length);
}

let matcher: RegExp | undefined;
let known: Form[] = [];

function termMatcher(): RegExp | undefined {
  if (matcher === undefined) {
    known = forms();
    if (known.length === 0) return undefined;
    matcher = new RegExp(`\\b(?:${known.map((form) => `(${form.pattern}s?)`).join('|')})\\b`, 'gi');
  }
  return matcher;
}

export function definition(code: string): string | undefined {
  return template('term', code);
}

/** Splits plain stretches at their terms; each term is marked once in a sentence. */
export function withTerms(stretches: readonly Part[]): Part[] {
  const pattern = termMatcher();
  if (pattern === undefined) return [...stretches];
  const seen = new Set<string>();
  return stretches.flatMap((part) => (part.strong ? [part] : split(part.text, pattern, seen)));
}

function split(text: string, pattern: RegExp, seen: Set<string>): Part[] {
  const out: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const at = match.slice(1).findIndex((group) => group !== undefined);
    const code = known[at]?.code;
    if (code === undefined || seen.has(code)) continue;
    seen.add(code);
    if (match.index > from) out.push({ text: text.slice(from, match.index), strong: false });
    out.push({ text: match[0], strong: false, term: code });
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ text: text.slice(from), strong: false });
  return out;
}
