import { describe, expect, it } from 'vitest';
import { pictureOf } from '../reading/fixture';
import type { Fields } from '../reading/picture';
import { drainSays, removalSays } from './acts';
import { drainOf, drains, drainText } from './drains';

const pod = (name: string, app: string, nodeName: string, owner = 'ReplicaSet', metadata: Fields = {}): Fields => ({
  metadata: { name, namespace: 'default', labels: { app }, ...(owner === '' ? {} : { ownerReferences: [{ kind: owner, name: app, controller: true }] }), ...metadata },
  spec: { nodeName, containers: [] },
  status: { phase: 'Running' },
});
const budget = (name: string, app: string, disruptionsAllowed: number, namespace = 'default'): Fields => ({
  metadata: { name, namespace }, spec: { selector: { matchLabels: { app } } }, status: { disruptionsAllowed, currentHealthy: 3, desiredHealthy: 3 },
});
const drained = (said: string): Fields => ({ metadata: { annotations: { 'sim/drain': said } }, spec: {}, status: {} });
const picture = pictureOf({
  Node: { c1: drained('2 left, 0 of them stopping'), c2: drained('drained'), c3: { metadata: {}, spec: {} }, c4: drained('1 left, 1 of them stopping') },
  Pod: {
    'default/a': pod('a', 'shop', 'c1'), 'default/b': pod('b', 'batch', 'c1'), 'default/d': pod('d', 'agent', 'c1', 'DaemonSet'),
    'default/x': pod('x', 'shop', 'c2'), 'default/bare': pod('bare', 'own', 'c3', ''), 'default/l': pod('l', 'shop', 'c4', 'ReplicaSet', { deletionTimestamp: 5 }),
  },
  PodDisruptionBudget: {
    'default/keep': budget('keep', 'shop', 0), 'default/loose': budget('loose', 'batch', 1), 'default/agents': budget('agents', 'agent', 0), 'other/keep': budget('keep', 'batch', 0, 'other'),
  },
});

describe('a drain', () => {
  it('is held by budgets that let none of the pods that stay go: of its namespace, and not of what is left there anyway', () => {
    expect(drainOf(picture, 'c1')?.held).toEqual([{ budget: 'keep', allowed: 0, healthy: 3, desired: 3 }]);
    expect(drainOf(picture, 'c4')?.held, 'what stops already is held by nobody').toEqual([]);
  });

  it('goes on only where it has begun and has not ended', () => {
    expect([...drains(picture).keys()]).toEqual(['c1', 'c4']);
  });

  it('says how far it is, the name of the budget and how many may go', () => {
    expect(drainText(drainOf(picture, 'c1')!)).toBe('Draining: 2 left, 0 of them stopping. Budget keep lets 0 more go: 3 of its pods are healthy, 3 have to be.');
  });
});

describe('before it is done', () => {
  it.each([
    ['c1', 'Drain c1? It takes no new pods, and 2 pods are evicted, as fast as budgets allow.'],
    ['c3', 'Drain c3? It takes no new pods, and 1 pod is evicted, as fast as budgets allow. 1 of them will not be made anew.'],
    ['c9', 'Drain c9? It takes no new pods; none has to leave.'],
  ])('draining %s says which pods leave', (node, said) => expect(drainSays(picture, node)).toBe(said));

  it.each([
    ['c1', 'Remove c1 from the cluster? 3 pods on it are lost: drain it first to move them. This cannot be undone.'],
    ['c9', 'Remove c9 from the cluster? No pod is on it. This cannot be undone.'],
  ])('removing %s says what is lost', (node, said) => expect(removalSays(picture, node)).toBe(said));
});
