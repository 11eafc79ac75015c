/** Paths on a 16 px grid, stroke 1.6, round ends. */
export const ICONS = {
  chevron: 'M4 6l4 4 4-4',
  people: 'M8.3 5.5a2.3 2.3 0 11-4.6 0 2.3 2.3 0 014.6 0zM1.8 13c.3-2.6 2-4 4.2-4s3.9 1.4 4.2 4M11 3.6a2.2 2.2 0 010 4M12 9.3c1.4.5 2.2 1.8 2.4 3.7',
  search: 'M11.2 7a4.2 4.2 0 11-8.4 0 4.2 4.2 0 018.4 0zM10.2 10.2L13.5 13.5',
  present: 'M3.2 3h9.6q1.2 0 1.2 1.2v6.1q0 1.2-1.2 1.2H3.2Q2 11.5 2 10.3V4.2Q2 3 3.2 3zM6 14h4',
  theme: 'M10.8 8a2.8 2.8 0 11-5.6 0 2.8 2.8 0 015.6 0zM8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1',
  warning: 'M8 2.5l6 10.8H2zM8 6.6v3M8 11.4v.1',
  scissors: 'M5.4 4.4a1.9 1.9 0 11-3.8 0 1.9 1.9 0 013.8 0zM5.4 11.6a1.9 1.9 0 11-3.8 0 1.9 1.9 0 013.8 0zM5 5.7l9 6.3M5 10.3L14 4',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  undo: 'M6 3.5L3 6.5l3 3M3 6.5h6.2a3.6 3.6 0 010 7.2H7',
  first: 'M8 4L4 8l4 4M13 4L9 8l4 4',
  back: 'M10.5 4L6 8l4.5 4M4 4v8',
  forward: 'M5.5 4L10 8l-4.5 4M12 4v8',
  last: 'M8 4l4 4-4 4M3 4l4 4-4 4',
  play: 'M5 3.2v9.6L13 8z',
  power: 'M8 2v5.2M4.6 4.4a5 5 0 106.8 0',
  pause: 'M5.5 4v8M10.5 4v8',
  link: 'M6.6 9.4a3 3 0 010-4.2l2-2a3 3 0 014.2 4.2l-1 1M9.4 6.6a3 3 0 010 4.2l-2 2a3 3 0 01-4.2-4.2l1-1',
  share: 'M8 10V2.2M5 5l3-3 3 3M3.5 8.5v5h9v-5',
  fork: 'M3 8h3.2c2.6 0 2.6-4.2 5.2-4.2H13M6.2 8c2.6 0 2.6 4.2 5.2 4.2H13M11 1.8l2 2-2 2M11 10.2l2 2-2 2',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1',
  plus: 'M8 3v10M3 8h10',
  dot: 'M8 7.9v.2',
} as const;

export type IconName = keyof typeof ICONS;

const BY_COMMAND: Readonly<Record<string, IconName>> = {
  'kill-node': 'power',
  'restart-node': 'power',
  'pause-node': 'pause',
  'resume-node': 'play',
  partition: 'scissors',
  'cut-link': 'scissors',
  'heal-link': 'link',
  'heal-partition': 'link',
  'heal-network': 'link',
};

export function iconOf(code: string | undefined): IconName {
  if (code === undefined) return 'check';
  return code in ICONS ? (code as IconName) : (BY_COMMAND[code] ?? 'check');
}
