import type { Component } from 'svelte';
import DemoBar from '../demos/DemoBar.svelte';
import Director from '../demos/Director.svelte';
import Dialogs from '../dialogs/Dialogs.svelte';
import Tour from '../tour/Tour.svelte';
import BreakIt from './breakit/BreakIt.svelte';
import Caption from './caption/Caption.svelte';
import Checks from './checks/Checks.svelte';
import Events from './events/Events.svelte';
import Faults from './faults/Faults.svelte';
import Header from './header/Header.svelte';
import Inspector from './inspector/Inspector.svelte';
import Log from './log/Log.svelte';
import ClusterMap from './map/Map.svelte';
import Nodes from './nodes/Nodes.svelte';
import Operations from './operations/Operations.svelte';
import Properties from './properties/Properties.svelte';
import SpaceTime from './spacetime/SpaceTime.svelte';
import Tasks from './tasks/Tasks.svelte';
import Why from './why/Why.svelte';
import Workloads from './workloads/Workloads.svelte';
import Transport from './transport/Transport.svelte';
import type { View } from '../shell/views.svelte';

/**
 * Every region of the page and what fills it. A panel fills its region, draws its own 36 px head (`.ph` with an h2) and
 * reads `useApp()`. Without an entry here the region stays empty.
 */
export interface Panels {
  header: Component;
  caption: Component;
  tasks?: Component;
  log?: Component;
  inspector?: Component;
  properties?: Component;
  transport: Component;
}

export const PANELS: Panels = {
  header: Header,
  caption: Caption,
  tasks: Tasks,
  log: Log,
  inspector: Inspector,
  properties: Properties,
  transport: Transport,
};

/** What the map's region can show, by tabs in its head; a panel that isn't shown isn't mounted. Its head begins with `ViewTabs`. */
export const MAP_VIEWS: readonly View[] = [
  { id: 'map', label: 'Map', region: 'Cluster', component: ClusterMap },
  { id: 'spacetime', label: 'Space-time', component: SpaceTime },
  { id: 'operations', label: 'Operations', component: Operations },
  { id: 'nodes', label: 'Nodes', component: Nodes },
  { id: 'workloads', label: 'Workloads', component: Workloads },
  { id: 'why', label: 'Why', component: Why },
];

/** The same for the region of the events. */
export const SIDE_VIEWS: readonly View[] = [
  { id: 'events', label: 'Events', component: Events },
  { id: 'checks', label: 'Checks', component: Checks },
  { id: 'breakit', label: 'Break it', component: BreakIt },
  { id: 'faults', label: 'Faults', component: Faults },
];

/** Rendered once above the page: dialogs, palettes, the tour, the list of keys. */
export const OVERLAYS: readonly Component[] = [Director, Dialogs, Tour];

/** One row over the hints of the map on a first visit: the demos. */
export const MAP_FOOT: readonly Component[] = [DemoBar];
