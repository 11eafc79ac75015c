import type { AppState } from '../../shell/app.svelte';
import type { KeyBinding } from '../../shell/keys.svelte';
import { createRun } from '../../wire/rest';
import { faster, playOrPause, step } from './steps';

export function transportKeys(app: AppState): KeyBinding[] {
  return [
    { key: ' ', shown: 'Space', label: 'Play or pause', group: 'time', run: () => playOrPause(app) },
    { key: 'ArrowRight', shown: '→', label: 'Step', group: 'time', run: () => step(app, 1, app.stepUnit) },
    { key: 'ArrowLeft', shown: '←', label: 'Step back', group: 'time', run: () => step(app, -1, app.stepUnit) },
    { key: '.', label: 'One entry on', group: 'time', run: () => step(app, 1, 'entry') },
    { key: ',', label: 'One entry back', group: 'time', run: () => step(app, -1, 'entry') },
    { key: 'PageDown', label: 'Next landmark', group: 'time', run: () => step(app, 1, 'landmark') },
    { key: 'PageUp', label: 'Previous landmark', group: 'time', run: () => step(app, -1, 'landmark') },
    { key: ']', label: 'Faster', group: 'time', run: () => faster(app, 1) },
    { key: '[', label: 'Slower', group: 'time', run: () => faster(app, -1) },
    { key: 'Home', label: 'To the beginning', group: 'time', run: () => void app.seek(() => app.timeline.seekUs(0)) },
    { key: 'End', label: 'To live', group: 'time', run: () => void app.seek(() => app.timeline.goLive()) },
    { key: 'l', label: 'To live', group: 'time', run: () => void app.seek(() => app.timeline.goLive()) },
    { key: 'Shift+R', label: 'Start afresh with the same seed', group: 'time', run: () => void afresh(app) },
  ];
}

/** A new run of the same scenario and seed; the old one stays in the list. */
export async function afresh(app: AppState): Promise<void> {
  if (app.meta === null) return;
  await openNew(app, { scenario: app.meta.scenario, seed: app.meta.seed });
}

export async function openNew(app: AppState, wish: { scenario?: string; scenario_yaml?: string; seed?: number }): Promise<boolean> {
  try {
    const { run } = await createRun(wish);
    history.pushState(null, '', `/r/${encodeURIComponent(run)}`);
    await app.open(run);
    return true;
  } catch (error) {
    app.toasts.error(error instanceof Error ? error.message : String(error));
    return false;
  }
}
