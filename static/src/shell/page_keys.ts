import type { AppState } from './app.svelte';
import type { KeyBinding } from './keys.svelte';
import { remember } from './address';

export function toggleTheme(app: AppState): void {
  app.theme = app.theme === 'dark' ? 'light' : 'dark';
  remember.keepTheme(app.theme);
}

export function present(app: AppState, on: boolean): void {
  app.view = on ? 'present' : 'dash';
  const address = new URL(location.href);
  if (on) address.searchParams.set('view', 'present');
  else address.searchParams.delete('view');
  history.replaceState(null, '', address);
}

/** Keys of the page as a whole; panels add their own. */
export function pageKeys(app: AppState): KeyBinding[] {
  return [
    { key: 'f', label: 'Present', group: 'view', run: () => present(app, app.view !== 'present') },
    { key: 'Escape', label: 'Leave the presenter mode', group: 'view', run: () => present(app, false), when: () => app.view === 'present' },
    { key: 't', label: 'Dark or light', group: 'view', run: () => toggleTheme(app) },
    { key: 'z', label: 'Undo', group: 'cluster', run: () => void app.toasts.undo() },
  ];
}
