/** Nodes that are being drained, and the PodDisruptionBudgets that hold them. Pure. */
import { ui } from '../../words';
import { at, list, number, record, text, type Entities } from '../reading/picture';
import { boundPods } from '../tasks/load';
import { selectorOf } from '../workloads/scene';

const DRAINED = 'drained';
const ANNOTATION = 'sim/drain';

export interface Drain {
  /** How far it has got: "2 left, 1 of them stopping". */
  said: string;
  /** Budgets that let none of its pods go now. */
  held: Held[];
}

export interface Held {
  budget: string;
  allowed: number;
  healthy: number;
  desired: number;
}

/** How far the drain of a node has got; undefined where none goes on. */
export function drainOf(picture: Entities, node: string): Drain | undefined {
  const said = text(record(at(picture.get('Node', node), 'metadata', 'annotations'))[ANNOTATION]);
  if (said === '' || said === DRAINED) return undefined;
  const staying = (boundPods(picture).get(node) ?? []).filter((pod) => !pod.deleting && !pod.owner.startsWith('DaemonSet/'));
  const labels = staying.map((pod) => ({ namespace: pod.id.slice(0, pod.id.indexOf('/')), labels: record(at(picture.get('Pod', pod.id), 'metadata', 'labels')) }));
  const held: Held[] = [];
  for (const [key, budget] of picture.kind('PodDisruptionBudget')) {
    const status = record(budget.status);
    if (number(status.disruptionsAllowed) > 0) continue;
    const namespace = text(at(budget, 'metadata', 'namespace')) || 'default';
    const protects = selectorOf(at(budget, 'spec', 'selector'));
    if (!labels.some((one) => one.namespace === namespace && protects(one.labels))) continue;
    held.push({ budget: text(at(budget, 'metadata', 'name')) || key, allowed: number(status.disruptionsAllowed), healthy: number(status.currentHealthy), desired: number(status.desiredHealthy) });
  }
  return { said, held };
}

/** All of them by node. */
export function drains(picture: Entities): Map<string, Drain> {
  const found = new Map<string, Drain>();
  for (const [node] of picture.kind('Node')) {
    const drain = drainOf(picture, node);
    if (drain !== undefined) found.set(node, drain);
  }
  return found;
}

/** What a person reads of it. */
export function drainText({ said, held }: Drain): string {
  return [ui('drain-says', { said }), ...held.map((one) => ui('drain-held', { ...one }))].join(' ');
}
