/** What can be done to a node as Kubernetes knows it; the same in every menu. */
import { dialogs } from '../../dialogs/dialogs.svelte';
import type { AppState } from '../../shell/app.svelte';
import { plural, ui } from '../../words';
import type { MenuItem } from '../map/ContextMenu.svelte';
import { at, list, record, text, type Entities } from '../reading/picture';
import { boundPods } from '../tasks/load';
import { taintText } from './scene';

export function nodeItems(app: AppState, node: string): MenuItem[] {
  const object = app.timeline.picture.get('Node', node);
  if (object === undefined) return [];
  const disabled = !app.canAct;
  const cordoned = at(object, 'spec', 'unschedulable') === true;
  const items: MenuItem[] = [
    { label: ui(cordoned ? 'act-uncordon' : 'act-cordon'), disabled, run: () => void app.send({ type: cordoned ? 'uncordon-node' : 'cordon-node', node }) },
    { label: ui('act-drain'), disabled, ask: () => drainSays(app.timeline.picture, node), run: () => drain(app, node) },
    { label: ui('act-taint'), disabled, run: () => dialogs.open('taint', node) },
  ];
  for (const taint of list(at(object, 'spec', 'taints'))) {
    const key = text(record(taint).key);
    if (key.startsWith('node.kubernetes.io/')) continue;
    items.push({ label: ui('act-untaint', { taint: taintText(taint) }), disabled, run: () => void app.send({ type: 'untaint-node', node, key, effect: text(record(taint).effect) }) });
  }
  items.push({ label: ui('act-remove-node'), disabled, ask: () => removalSays(app.timeline.picture, node), run: () => void app.send({ type: 'remove-node', node }) });
  return items;
}

/** Pods that have moved do not come back by themselves: what can be taken back is that the node takes none. */
function drain(app: AppState, node: string): void {
  void app.send({ type: 'drain-node', node }, { undo: { command: () => ({ type: 'uncordon-node', node }), text: ui('undo-drain') } });
}

/** Which pods have to leave a node that is drained: not those of DaemonSets, which would come back. */
export function drainSays(picture: Entities, node: string): string {
  const pods = (boundPods(picture).get(node) ?? []).filter((pod) => !pod.owner.startsWith('DaemonSet/'));
  const bare = pods.filter((pod) => pod.owner === '' && pod.job === '').length;
  return `${ui('drain-ask', { node })} ${pods.length === 0 ? ui('drain-alone') : ui('drain-takes', { pods: plural(pods.length, 'pod'), count: pods.length, bare: bare === 0 ? '' : bare })}`;
}

/** What is lost with a node that is removed. */
export function removalSays(picture: Entities, node: string): string {
  const pods = boundPods(picture).get(node) ?? [];
  return `${ui('remove-node-ask', { node })} ${pods.length === 0 ? ui('remove-node-alone') : ui('remove-node-takes', { pods: plural(pods.length, 'pod'), count: pods.length })}`;
}
