import type { AppState } from '../../shell/app.svelte';
import type { KeyBinding } from '../../shell/keys.svelte';
import { byName } from '../reading/picture';
import { perform, type Act } from './actions';
import type { MapView } from './view.svelte';

/** Acts on what is selected. */
export function mapKeys(app: AppState, view: MapView, toggleList: () => void): KeyBinding[] {
  const chosen = () => [...app.group].sort(byName);
  const on = (code: Act['code']) => () => void perform(app, code, chosen(), view.layout);
  const pauseOrResume = () => {
    const still = chosen().every((id) => view.nodes.get(id)?.health === 'paused');
    on(still ? 'resume' : 'pause')();
  };
  return [
    { key: 'k', label: 'Kill what is selected', group: 'cluster', run: on('kill') },
    { key: 'r', label: 'Restart it', group: 'cluster', run: on('restart') },
    { key: 'p', label: 'Pause or resume it', group: 'cluster', run: pauseOrResume },
    { key: 'i', label: 'Isolate it from the rest', group: 'cluster', run: on('isolate') },
    { key: 'h', label: 'Heal all cuts', group: 'cluster', run: () => void app.send({ type: 'heal-network' }) },
    { key: 'm', label: 'List instead of picture', group: 'view', run: toggleList },
    { key: 'Escape', label: 'Select nothing', group: 'cluster', run: () => app.select(null), when: () => app.selection !== null },
  ];
}
