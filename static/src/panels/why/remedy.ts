/** What of the scheduler's advice can be done with a click: changes of the cluster, as commands. What only its author may change in a pod stays his. Pure. */
import type { Command } from '../../wire/socket';
import { at, list, nodesOf, number, record, text, type Entities, type Fields } from '../reading/picture';
import { cpuMilli, memoryMib } from '../tasks/objects';
import type { Attempt } from './scene';

export interface Suggestion {
  code: string;
  fields: Fields;
  sentence: string;
}

const GPU = 'nvidia.com/gpu';
/** Labels that a kubelet gives its node by itself. */
const OWN_LABELS = /^(kubernetes\.io\/|topology\.kubernetes\.io\/|node\.kubernetes\.io\/|beta\.kubernetes\.io\/)/;

/** The commands that do it; none where a click cannot. */
export function remedy(picture: Entities, suggestion: Pick<Suggestion, 'code' | 'fields'>): Command[] {
  const { code, fields } = suggestion;
  const node = text(fields.node);
  switch (code) {
    case 'uncordon':
      return [{ type: 'uncordon-node', node }];
    case 'untaint':
      return [{ type: 'untaint-node', node, key: text(fields.key), effect: text(fields.effect) }];
    case 'label':
      return Object.entries(record(fields.labels)).map(([key, value]) => ({ type: 'label-node', node, key, value: value ?? null }));
    case 'recover': {
      const state = text(picture.get('node', node)?.state);
      return state === 'down' ? [{ type: 'restart-node', node }] : state === 'paused' ? [{ type: 'resume-node', node }] : [];
    }
    case 'add-node':
      return [anotherNode(picture, text(fields.like), record(fields.amounts))];
    case 'evict':
      return list(fields.pods).map((pod) => {
        const [namespace = '', name = ''] = text(pod).split('/');
        return { type: 'evict-pod', name, namespace };
      });
    case 'together': {
      const steps = list(fields.steps).map((step) => remedy(picture, { code: text(record(step).code), fields: record(record(step).fields) }));
      return steps.some((commands) => commands.length === 0) ? [] : steps.flat();
    }
    default:
      return [];
  }
}

/** A node like another one, with at least so much of each resource. */
function anotherNode(picture: Entities, like: string, amounts: Fields): Command {
  const all = nodesOf(picture, 'compute');
  const model = picture.get('node', like) ?? {};
  const labels = Object.entries(record(at(picture.get('Node', like), 'metadata', 'labels'))).filter(([name]) => !OWN_LABELS.test(name));
  let free = 1;
  while (picture.get('node', `c${free}`) !== undefined) free++;
  return {
    type: 'add-node',
    node: `c${free}`,
    zone: text(model.zone) || text(picture.get('node', all[0] ?? '')?.zone),
    cpu_milli: Math.max(number(model.cpu_milli, 4000), cpuMilli(amounts.cpu)),
    memory_mib: Math.max(number(model.memory_mib, 8192), Math.ceil(memoryMib(amounts.memory))),
    gpu: Math.max(number(model.gpu), Math.ceil(number(Number(amounts[GPU] ?? 0)))),
    labels: Object.fromEntries(labels),
  };
}

/** Whether what was done helped: the first attempt after it that found a node. */
export function cameTrue(attempts: readonly Attempt[], after: number): Attempt | undefined {
  return attempts.find((one) => one.attempt > after && one.node !== '');
}
