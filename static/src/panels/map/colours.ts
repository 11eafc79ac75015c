/** The tokens as canvas colours, read once per change of theme. */
const NAMES = [
  'bg', 'surface', 'surface-2', 'surface-3', 'line', 'line-strong', 'ink', 'ink-2', 'ink-3', 'accent', 'accent-ink', 'on-accent',
  'p1', 'p2', 'on-p2', 'beat', 'client', 'kube', 'bad', 'on-bad', 'bad-soft', 'zone', 'zone-line', 'link', 'node', 'hatch', 'font-ui', 'font-data',
] as const;

export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}
