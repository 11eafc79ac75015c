import { hasLeaders, nodesOf, type Entities } from '../reading/picture';

/** How a message looks: hue and shape name the conversation, solid asks, hollow answers. */
export type Family = 'prepare' | 'promise' | 'accept' | 'accepted' | 'heartbeat' | 'client' | 'kube' | 'nack';
export type Form = 'triangle' | 'square' | 'dot' | 'pill' | 'hexagon' | 'bar';
export type Hue = 'p1' | 'p2' | 'beat' | 'client' | 'kube' | 'bad';

export interface Look {
  family: Family;
  form: Form;
  hue: Hue;
  hollow: boolean;
  /** Share of the usual 14 px. */
  size: number;
  /** First to be thinned in a crowd. */
  faint: boolean;
}

const look = (family: Family, form: Form, hue: Hue, hollow: boolean, size = 1, faint = false): Look => ({
  family, form, hue, hollow, size, faint,
});

const LOOKS: Readonly<Record<string, Look>> = {
  prevote: look('prepare', 'triangle', 'p1', false, 0.75),
  'prevote-reply': look('promise', 'triangle', 'p1', true, 0.75),
  prepare: look('prepare', 'triangle', 'p1', false),
  promise: look('promise', 'triangle', 'p1', true),
  accept: look('accept', 'square', 'p2', false),
  accepted: look('accepted', 'square', 'p2', true),
  catchup: look('accept', 'square', 'p2', false, 0.8),
  'catchup-reply': look('accepted', 'square', 'p2', true, 0.8),
  commit: look('accept', 'square', 'p2', false, 0.6, true),
  state: look('accepted', 'square', 'p2', true, 1.25),
  saved: look('accepted', 'square', 'p2', true, 0.6),
  heartbeat: look('heartbeat', 'dot', 'beat', false, 1, true),
  'heartbeat-reply': look('heartbeat', 'dot', 'beat', true, 1, true),
  nack: look('nack', 'bar', 'bad', false),
  'client-request': look('client', 'pill', 'client', false),
  'client-reply': look('client', 'pill', 'client', true),
};
const ASKS = look('kube', 'hexagon', 'kube', false);
const ANSWERS = look('kube', 'hexagon', 'kube', true);
/** The daily round of a kubelet: its lease, its question for news, and the answer that there is none. */
const ROUND_OUT = { ...ASKS, faint: true };
const ROUND_IN = { ...ANSWERS, faint: true };

/**
 * Kubelets and the API server speak with hexagons, whatever the letter: hollow from them, solid to them.
 * `label` tells the daily round from news.
 */
export function lookOf(kind: string, srcRole: string, dstRole: string, label: readonly unknown[] = []): Look {
  const known = LOOKS[kind];
  if (known !== undefined && known.family !== 'client') return known;
  if (srcRole === 'compute') return label[0] === 'sync' || label[1] === 'lease' ? ROUND_IN : ANSWERS;
  if (dstRole === 'compute') return label[0] === 'reply' || label[1] === 0 ? ROUND_OUT : ASKS;
  if (srcRole === 'api') return ANSWERS;
  if (dstRole === 'api') return ASKS;
  return known ?? ASKS;
}

/** The rows of the legend, in the order of a decision's life. */
export const LEGEND: readonly { family: Family; look: Look; label: string }[] = [
  { family: 'prepare', look: LOOKS.prepare!, label: 'prepare' },
  { family: 'promise', look: LOOKS.promise!, label: 'promise' },
  { family: 'accept', look: LOOKS.accept!, label: 'accept' },
  { family: 'accepted', look: LOOKS.accepted!, label: 'accepted' },
  { family: 'heartbeat', look: LOOKS.heartbeat!, label: 'heartbeat' },
  { family: 'client', look: LOOKS['client-request']!, label: 'client' },
  { family: 'kube', look: ASKS, label: 'kube' },
];

/** The kinds of messages that a cluster of these machines can send. */
export function familiesOf(picture: Entities): ReadonlySet<Family> {
  const has = (role: string) => nodesOf(picture, role).length > 0;
  const absent = new Set<Family>();
  if (!has('client')) absent.add('client');
  if (!has('api') && !has('compute')) absent.add('kube');
  if (!hasLeaders(picture)) absent.add('heartbeat');
  return new Set(LEGEND.map((one) => one.family).filter((family) => !absent.has(family)));
}
