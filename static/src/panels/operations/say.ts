import { duration } from '../../geometry/time_text';
import { labelWords, show, ui } from '../../words';
import { outcomeOf, type Operation, type Outcome } from './ledger';

/** `put k3 = 17` */
export function asked(operation: Operation): string {
  const { verb, rest } = labelWords(operation.op);
  return rest === '' ? verb : `${verb} ${rest}`;
}

/** What came back: a value read, "done", "found a", or that nobody knows. */
export function answered(operation: Operation, outcome: Outcome = outcomeOf(operation)): string {
  if (outcome === 'open') return ui('op-open');
  if (outcome === 'unknown') return ui('op-unknown');
  const result = operation.result === null || operation.result === undefined || operation.result === '' ? '' : show(operation.result);
  if (outcome === 'failed') return ui('op-failed', { result });
  if (operation.op[0] === 'get') return result === '' ? ui('op-nothing') : result;
  return ui('op-ok');
}

export function took(operation: Operation): string {
  return operation.endedUs === null ? '' : duration(operation.endedUs - operation.invokedUs);
}
