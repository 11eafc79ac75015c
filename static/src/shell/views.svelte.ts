import type { Component } from 'svelte';
import { MAP_VIEWS, SIDE_VIEWS } from '../panels';
import type { AppState } from './app.svelte';
import { rememberViews } from './address';
import type { KeyBinding } from './keys.svelte';
import { ui } from '../words';

/** One of several panels that share a region of the page; only the one shown is mounted. */
export interface View {
  /** As the address spells it. */
  id: string;
  label: string;
  /** The region's name to a screen reader, where the label alone would not say it. */
  region?: string;
  component: Component;
}

export type Region = 'panel' | 'side';

export const viewsOf = (region: Region): readonly View[] => (region === 'panel' ? MAP_VIEWS : SIDE_VIEWS);

/** The view that a region shows; the first where the address asked for one that there is not. */
export function shownView(app: AppState, region: Region): View {
  const views = viewsOf(region);
  return views.find((view) => view.id === app[region]) ?? views[0]!;
}

/** Show a view, and let the address say so. */
export function show(app: AppState, region: Region, id: string): void {
  app[region] = id;
  const first = (of: Region) => viewsOf(of)[0]!.id;
  rememberViews({ panel: [app.panel, first('panel')], side: [app.side, first('side')] });
}

/** In the order of the tabs: 1, 2, 3 ... for the views of the map, the same with Shift for those beside it. */
export function viewKeys(app: AppState): KeyBinding[] {
  return (['panel', 'side'] as const).flatMap((region) =>
    viewsOf(region).map((view, at) => ({
      key: (region === 'side' ? 'Shift+' : '') + (at + 1),
      shown: keyOf(region, view),
      label: ui('key-view', { view: view.label }),
      group: 'view' as const,
      run: () => show(app, region, view.id),
    })),
  );
}

/** The key that shows a view, as people write it. */
export function keyOf(region: Region, view: View): string {
  return (region === 'side' ? 'Shift ' : '') + (viewsOf(region).indexOf(view) + 1);
}
