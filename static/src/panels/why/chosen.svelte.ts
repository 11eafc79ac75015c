/** The pod that is asked about: the one selected last, or the one that the address names (`?pod=namespace/name`). */
import type { AppState } from '../../shell/app.svelte';
import { show } from '../../shell/views.svelte';

class Chosen {
  pod = $state(new URLSearchParams(location.search).get('pod') ?? '');

  choose(pod: string): void {
    this.pod = pod;
    const address = new URL(location.href);
    if (pod === '') address.searchParams.delete('pod');
    else address.searchParams.set('pod', pod);
    history.replaceState(null, '', address);
  }
}

export const chosen = new Chosen();

/** Show why a pod is where it is. */
export function askWhy(app: AppState, pod: string): void {
  app.select('Pod', pod);
  chosen.choose(pod);
  show(app, 'panel', 'why');
}
