import type { PageView, Theme } from './app.svelte';

export interface Addressed {
  run?: string;
  at?: { seq?: number; us?: number };
  view: PageView;
  /** Which views the regions show; undefined for the first. */
  panel?: string;
  side?: string;
}

/** What the address asks for: `/r/<run>?at=<seq>` or `?at_us=<us>`, and `view=present`. */
export function addressed(address: Pick<Location, 'pathname' | 'search'>): Addressed {
  const run = /^\/r\/([^/]+)/.exec(address.pathname)?.[1];
  const query = new URLSearchParams(address.search);
  const seq = wholeNumber(query.get('at'));
  const us = wholeNumber(query.get('at_us'));
  return {
    run: run === undefined ? undefined : decodeURIComponent(run),
    at: seq !== undefined ? { seq } : us !== undefined ? { us } : undefined,
    view: query.get('view') === 'present' ? 'present' : 'dash',
    panel: query.get('panel') ?? undefined,
    side: query.get('side') ?? undefined,
  };
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Let the address name the views shown, as far as they are not the first of their region. */
export function rememberViews(shown: Readonly<Record<string, readonly [id: string, first: string]>>): void {
  const address = new URL(location.href);
  for (const [region, [id, first]] of Object.entries(shown)) {
    if (id === first) address.searchParams.delete(region);
    else address.searchParams.set(region, id);
  }
  history.replaceState(null, '', address);
}

/** One of a panel's choices, as the address has it; the first where it has none. */
export function choiceOf<Choice extends string>(name: string, allowed: readonly Choice[]): Choice {
  const asked = new URLSearchParams(location.search).get(name);
  return allowed.find((one) => one === asked) ?? allowed[0]!;
}

/** Let the address keep a panel's choice, unless it is the first. */
export function rememberChoice(name: string, choice: string, first: string): void {
  rememberViews({ [name]: [choice, first] });
}

/** A link to one moment of one run. */
export function momentLink(origin: string, run: string, seq: number): string {
  return `${origin}/r/${encodeURIComponent(run)}?at=${seq}`;
}

const THEME_KEY = 'synod-theme';

export const remember = {
  theme(): Theme {
    const asked = new URLSearchParams(location.search).get('theme');
    if (asked === 'light' || asked === 'dark') return asked;
    const kept = localStorage.getItem(THEME_KEY);
    if (kept === 'light' || kept === 'dark') return kept;
    return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  },
  keepTheme(theme: Theme): void {
    localStorage.setItem(THEME_KEY, theme);
  },
};
