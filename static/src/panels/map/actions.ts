/** What a person can do to machines and links; the same for menu, keys, list and inspector. */
import type { AppState } from '../../shell/app.svelte';
import { plural, ui } from '../../words';
import { leaderOf, nodesOf } from '../reading/picture';
import type { Health } from './cluster';
import { isolation, strokeCommands, type Stroke } from './gestures';
import type { Layout } from './layout';

export interface Act {
  code: 'kill' | 'restart' | 'pause' | 'resume' | 'isolate';
  label: string;
  key: string;
  /** A machine that is off can't be paused, and so on. */
  possible: boolean;
}

export function actsFor(health: Health): Act[] {
  const off = health === 'down';
  const still = health === 'paused';
  return [
    off ? act('restart', 'R', true) : act('kill', 'K', true),
    still ? act('resume', 'P', true) : act('pause', 'P', !off),
    act('isolate', 'I', true),
  ];
}

const act = (code: Act['code'], key: string, possible: boolean): Act => ({ code, key, possible, label: ui(`act-${code}`) });

const COMMANDS = { kill: 'kill-node', restart: 'restart-node', pause: 'pause-node', resume: 'resume-node' } as const;

export async function perform(app: AppState, code: Act['code'], nodes: readonly string[], layout: Layout): Promise<void> {
  if (nodes.length === 0) return app.toasts.say(ui('select-first'));
  if (code === 'isolate') return void (await app.send(isolation(layout, nodes)));
  const commands = nodes.map((node) => ({ type: COMMANDS[code], node }));
  const single = commands.length === 1 ? commands[0] : undefined;
  if (single !== undefined) await app.send(single);
  else await app.sendAll(commands, { text: ui(`did-many-${code}`, { count: nodes.length }), icon: COMMANDS[code] });
}

/** The intruder's one act: a prepare with a huge ballot to who leads, or to anyone, in the name of another replica. */
export async function forge(app: AppState): Promise<void> {
  const { picture } = app.timeline;
  const storage = nodesOf(picture, 'storage');
  const target = leaderOf(picture)?.node ?? storage[0];
  const claims = storage.find((node) => node !== target);
  if (target !== undefined && claims !== undefined) await app.send({ type: 'forge-prepare', target, claims });
}

/** Cut what a drawn line crosses. */
export async function cutStroke(app: AppState, layout: Layout, stroke: Stroke): Promise<void> {
  const commands = strokeCommands(layout, stroke);
  const [first] = commands;
  if (first === undefined) return app.toasts.say(ui('line-crossed-nothing'));
  if (commands.length === 1) await app.send(first);
  else await app.sendAll(commands, { text: ui('did-cut-links', { count: plural(commands.length, 'link') }), icon: 'cut-link' });
}

/** Under the pointer while a line is drawn. */
export function strokeHint(stroke: Stroke): string {
  if (stroke.kind === 'zone') return ui('line-cuts-zone', { zone: stroke.zone });
  if (stroke.kind === 'links') return ui('line-cuts-links', { count: plural(stroke.links.length, 'link') });
  return ui('line-cuts-nothing');
}
