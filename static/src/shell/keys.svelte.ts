/** Keys are declared where their action lives, and listed by the help. */
export interface KeyBinding {
  /** As `KeyboardEvent.key`, e.g. "k", " ", "ArrowLeft", "?"; letters in lower case, "Shift+R" with Shift, "Shift+1" by the place of the digit. */
  key: string;
  /** What it does: a code in the section `ui` of the words, or plain words. */
  label: string;
  /** Keys of a group are listed together. */
  group: 'cluster' | 'time' | 'view' | 'work';
  run: (event: KeyboardEvent) => void;
  /** Without it the key always counts. */
  when?: () => boolean;
  /** How the help shows the key when the name is not readable. */
  shown?: string;
}

const SWITCH = 'synod-keys';

class Keys {
  bindings = $state.raw<readonly KeyBinding[]>([]);
  on = $state(globalThis.localStorage?.getItem(SWITCH) !== 'off');

  add(bindings: readonly KeyBinding[]): () => void {
    this.bindings = [...this.bindings, ...bindings];
    return () => {
      this.bindings = this.bindings.filter((binding) => !bindings.includes(binding));
    };
  }

  turn(on: boolean): void {
    this.on = on;
    globalThis.localStorage?.setItem(SWITCH, on ? 'on' : 'off');
  }

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.on && event.key !== 'Escape') return;
    if (isTyping(event.target) || (isSliding(event.target) && MOVES_SLIDER.has(event.key))) return;
    if (isPressing(event.target) && (event.key === ' ' || event.key === 'Enter')) return;
    const found = keyNames(event).map((name) => this.#bound(name)).find((binding) => binding !== undefined);
    if (found === undefined) return;
    event.preventDefault();
    found.run(event);
  }

  #bound(name: string): KeyBinding | undefined {
    return this.bindings.findLast((binding) => binding.key === name && (binding.when?.() ?? true));
  }
}

export const keys = new Keys();

export function keyName(event: Pick<KeyboardEvent, 'key' | 'shiftKey'>): string {
  const { key, shiftKey } = event;
  if (/^[a-z]$/i.test(key)) return shiftKey ? `Shift+${key.toUpperCase()}` : key.toLowerCase();
  return shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

/**
 * What a binding may be called that this press means. The keys of the digits go by their place, because what they write
 * with and without Shift differs from keyboard to keyboard; a character that is bound itself ("/", "+") comes first.
 */
export function keyNames(event: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>): string[] {
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  if (digit === undefined) return [keyName(event)];
  const place = event.shiftKey ? `Shift+${digit}` : digit;
  return /^\d$/.test(event.key) ? [place] : [keyName(event), place];
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('.cm-editor, [data-own-keys]') !== null) return true;
  return target.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=range])');
}

const MOVES_SLIDER: ReadonlySet<string> = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']);

/** A slider takes no letters and digits, only what moves it. */
function isSliding(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input[type=range]');
}

/** Space and Enter belong to the control that has the focus. */
function isPressing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, input:not([type=range]), [role=menuitem], [role=tab]') !== null;
}
