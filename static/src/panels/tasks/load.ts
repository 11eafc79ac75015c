/** How the tasks lie on the nodes. Pure. */
import { evenness } from '../nodes/balance';
import { isWhole, keptBy, largestSide, linked, list, nodesOf, record, text, type Entities } from '../reading/picture';
import { podsOf, type Pod } from './objects';

export interface NodeLoad {
  node: string;
  tasks: number;
  state: 'up' | 'down' | 'paused' | 'cut' | 'cordoned' | 'tainted';
}

export interface Load {
  nodes: readonly NodeLoad[];
  tasks: number;
  /** Of the nodes that are up: the busiest over the mean, and Jain's index; undefined when nothing runs. */
  imbalance: number | undefined;
  jain: number | undefined;
}

/** Those bound to each node that have not ended; a node without any is missing. */
export const boundPods: (picture: Entities) => ReadonlyMap<string, readonly Pod[]> = keptBy(['Pod'], (picture) => {
  const byNode = new Map<string, Pod[]>();
  for (const pod of podsOf(picture)) {
    if (pod.node === '' || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    const there = byNode.get(pod.node);
    if (there === undefined) byNode.set(pod.node, [pod]);
    else there.push(pod);
  }
  return byNode;
});

function isTainted(picture: Entities, node: string): boolean {
  const taints = list(record(picture.get('Node', node)?.spec).taints);
  return taints.some((taint) => text(record(taint).key).startsWith('node.kubernetes.io/'));
}

function isCordoned(picture: Entities, node: string): boolean {
  return record(picture.get('Node', node)?.spec).unschedulable === true;
}

/** Tasks per compute node by what each node runs itself, so that a cut-off node shows its copies too. */
export const loadOf: (picture: Entities) => Load = keptBy(['node', 'memory', 'Node', 'partition', 'cut', 'fault'], (picture) => {
  const side = isWhole(picture) ? [] : largestSide(picture, nodesOf(picture, 'storage'));
  const nodes = nodesOf(picture, 'compute').map((node): NodeLoad => {
    const state = text(picture.get('node', node)?.state);
    const tasks = list(picture.get('memory', node)?.running).length;
    if (state === 'down' || state === 'paused') return { node, tasks, state };
    if (side.length > 0 && !side.some((replica) => linked(picture, node, replica))) return { node, tasks, state: 'cut' };
    return { node, tasks, state: isCordoned(picture, node) ? 'cordoned' : isTainted(picture, node) ? 'tainted' : 'up' };
  });
  const able = nodes.filter(({ state }) => state === 'up' || state === 'tainted' || state === 'cordoned');
  const tasks = nodes.reduce((sum, load) => sum + load.tasks, 0);
  const { maxMean, jain } = evenness(able.map((load) => load.tasks));
  return { nodes, tasks, imbalance: maxMean, jain };
});
