/** What can be done to a node as Kubernetes knows it; the same in every menu. */
import { dialogs } from '../../dialogs/dialogs.svelte';
import type { AppState } from '../../shell/app.svelte';
import { ui } from '../../words';
import type { MenuItem } from '../map/ContextMenu.svelte';
import { at, list, record, text } from '../reading/picture';
import { taintText } from './scene';

export function nodeItems(app: AppState, node: string): MenuItem[] {
  const object = app.timeline.picture.get('Node', node);
  if (object === undefined) return [];
  const disabled = !app.canAct;
  const cordoned = at(object, 'spec', 'unschedulable') === true;
  const items: MenuItem[] = [
    { label: ui(cordoned ? 'act-uncordon' : 'act-cordon'), disabled, run: () => void app.send({ type: cordoned ? 'uncordon-node' : 'cordon-node', node }) },
    { label: ui('act-drain'), disabled, run: () => void app.send({ type: 'drain-node', node }) },
    { label: ui('act-taint'), disabled, run: () => dialogs.open('taint', node) },
  ];
  for (const taint of list(at(object, 'spec', 'taints'))) {
    const key = text(record(taint).key);
    if (key.startsWith('node.kubernetes.io/')) continue;
    items.push({ label: ui('act-untaint', { taint: taintText(taint) }), disabled, run: () => void app.send({ type: 'untaint-node', node, key, effect: text(record(taint).effect) }) });
  }
  items.push({ label: ui('act-remove-node'), disabled, run: () => void app.send({ type: 'remove-node', node }) });
  return items;
}
