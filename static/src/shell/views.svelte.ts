import type { Component } from 'svelte';
import { MAP_VIEWS, SIDE_VIEWS } from '../panels';
import type { AppState } from './app.svelte';
import { rememberViews } from './address';
import type { KeyBinding } from './keys.svelte';

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

/** 1, 2, 3 ... in the order of the tabs: first the views of the map, then those beside it. */
export function viewKeys(app: AppState): KeyBinding[] {
  const all = [...MAP_VIEWS.map((view) => ['panel', view] as const), ...SIDE_VIEWS.map((view) => ['side', view] as const)];
  return all.slice(0, 9).map(([region, view], at) => ({
    key: String(at + 1),
    label: `Show ${view.label}`,
    group: 'view',
    run: () => show(app, region, view.id),
  }));
}

/** The key that shows a view, "" where there are more views than digits. */
export function keyOf(view: View): string {
  const at = [...MAP_VIEWS, ...SIDE_VIEWS].indexOf(view);
  return at < 9 ? String(at + 1) : '';
}
