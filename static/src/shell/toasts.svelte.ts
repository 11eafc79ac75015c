import { has, plural, ui, word } from '../words';
import { faultSentence } from '../words/faults';
import { FAULTS } from '../wire/faults.gen';
import type { Answer, Command, Refused } from '../wire/socket';
import type { AppState, Said } from './app.svelte';
import { counterpart, deathsAfter } from './undo';

export interface Toast {
  id: number;
  text: string;
  tone: 'done' | 'refused';
  icon?: string;
  undo?: () => Promise<void>;
  undoText?: string;
  /** Leaves by itself; errors stay. */
  brief: boolean;
}

const SHOWN_MAX = 2;
const STAYS_MS = 6000;
const DEATHS_MS = 300;
/** Commands that let messages die at the moment they are taken. */
const KILLS = new Set(['kill-node', 'partition', 'cut-link']);

/** At most two, the newest below. Every change a person made can be taken back here while its toast stands. */
export class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  taken(app: AppState, command: Command, answer: Answer, said: Said): void {
    const undo = said.undo?.command ?? (answer.ok ? counterpart(command, answer.seq, app.timeline) : null);
    const id = this.add({
      text: said.text ?? didText(command),
      icon: said.icon ?? command.type,
      tone: 'done',
      undo:
        undo === null
          ? undefined
          : async () => {
              const back = await undo();
              if (back !== null) await app.send(back);
            },
      undoText: said.undo?.text,
    });
    if (answer.ok && KILLS.has(command.type)) this.#countDeaths(id, app, answer.seq);
  }

  /** What died on its way is known when the entries after the command have come. */
  #countDeaths(id: number, app: AppState, seq: number): void {
    setTimeout(() => {
      const died = deathsAfter(app.timeline, seq);
      if (died === 0) return;
      const told = (toast: Toast) => ({ ...toast, text: `${toast.text} ${ui('messages-died', { count: plural(died, 'message') })}` });
      this.list = this.list.map((toast) => (toast.id === id ? told(toast) : toast));
    }, DEATHS_MS);
  }

  refused(refused: Refused): void {
    this.add({ text: refused.sentence ?? word('refused', refused.code, refused.fields), tone: 'refused', brief: true });
  }

  error(text: string): void {
    this.add({ text, tone: 'refused', brief: false });
  }

  say(text: string, icon?: string): void {
    this.add({ text, tone: 'done', icon });
  }

  add(toast: Omit<Toast, 'id' | 'brief'> & { brief?: boolean }): number {
    const id = this.#next++;
    const added: Toast = { brief: toast.tone === 'done', ...toast, id };
    this.list = [...this.list, added].slice(-SHOWN_MAX);
    this.resume(id);
    return id;
  }

  /** `Z`: take back the newest thing that can be. */
  async undo(): Promise<void> {
    const toast = this.list.findLast((candidate) => candidate.undo !== undefined);
    if (toast === undefined) return;
    this.dismiss(toast.id);
    await toast.undo?.();
  }

  dismiss(id: number): void {
    this.pause(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** While the pointer or the focus is on a toast, it stays. */
  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    if (this.list.find((toast) => toast.id === id)?.brief !== true) return;
    this.pause(id);
    this.#timers.set(id, setTimeout(() => this.dismiss(id), STAYS_MS));
  }
}

/** "s2 is off." rather than "kill s2". */
function didText(command: Command): string {
  const many = String(command.label ?? '').includes(',') ? '-many' : '';
  const code = `did-${command.type}${many}`;
  const label = typeof command.label === 'string' ? command.label.replace(/^zone/, 'Zone') : '';
  if (has('ui', code)) return ui(code, { ...command, label: label || ui('whole-network') });
  const fault = FAULTS.find((one) => one.begin === command.type);
  const does = fault === undefined ? '' : faultSentence(fault.name, command);
  return does === '' ? word('command', command.type, command) : `${does}.`;
}
