import type { AppState } from '../../shell/app.svelte';
import type { KeyBinding } from '../../shell/keys.svelte';
import { mapKeys } from '../map/keys';
import { MapView } from '../map/view.svelte';
import type { TimeAxis } from './axis.svelte';
import { widthOf } from './window';

/** Zoom and pan; what acts on machines acts on selected lanes as well. */
export function diagramKeys(app: AppState, axis: TimeAxis, toggleList: () => void): KeyBinding[] {
  const zoom = (factor: number) => () => axis.zoom(factor, 0.5);
  const pan = (share: number) => () => axis.pan(widthOf(axis.span) * share);
  return [
    ...mapKeys(app, new MapView(app, false), toggleList),
    { key: '+', label: 'Zoom in', group: 'view', run: zoom(1.6) },
    { key: '=', label: 'Zoom in', group: 'view', run: zoom(1.6) },
    { key: '-', label: 'Zoom out', group: 'view', run: zoom(1 / 1.6) },
    { key: '0', label: 'The whole run', group: 'view', run: () => axis.all() },
    { key: 'Shift+ArrowLeft', label: 'Earlier', group: 'view', shown: 'Shift ←', run: pan(-0.25) },
    { key: 'Shift+ArrowRight', label: 'Later', group: 'view', shown: 'Shift →', run: pan(0.25) },
  ];
}
