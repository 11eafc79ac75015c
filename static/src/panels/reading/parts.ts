/** A protocol without a leader, whose machines play parts: who proposes, and how far each proposal has come. Pure. */
import { compareBallots, isBallot, labelWords, ui, type Ballot } from '../../words';
import { byName, hasLeaders, list, text, type Entities, type Fields } from './picture';

/** The parts that a machine plays at once: "proposer", "acceptor". Of followers and leaders it is their one role. */
export function partsOf(memory: Fields | undefined): string[] {
  return text(memory?.role).split('+').filter((part) => part !== '');
}

/** A proposer's latest number, and how many have answered it, of how many. */
export interface Attempt {
  node: string;
  ballot: Ballot;
  /** What it waits for: "" before its first, "prepare", "accept", "decided", "waiting", "done". */
  phase: string;
  count: string;
  wants: string;
}

function attemptOf(node: string, memory: Fields | undefined): Attempt | undefined {
  if (memory === undefined || !isBallot(memory.ballot) || !partsOf(memory).includes('proposer')) return undefined;
  return { node, ballot: memory.ballot, phase: text(memory.phase), count: text(memory.count), wants: valueText(memory.wants) };
}

/** One for each proposer that is up, by name; none where somebody leads. */
export function attemptsOf(picture: Entities): Attempt[] {
  if (hasLeaders(picture)) return [];
  const found = [...picture.kind('memory')].flatMap(([node, memory]) => attemptOf(node, memory) ?? []);
  return found.sort((a, b) => byName(a.node, b.node));
}

/** Those that ask for promises at this moment, the highest number last. */
export function asking(picture: Entities): Attempt[] {
  return attemptsOf(picture).filter((one) => one.phase === 'prepare').sort((a, b) => compareBallots(a.ballot, b.ballot));
}

/** "promises 2/5", "votes 3/5", "saved 1/2" */
export function progressText({ phase, count }: Attempt): string {
  return ui(`phase-${phase === '' ? 'idle' : phase}`, { count });
}

/** A value as its first label says it, without the verb. */
export function valueText(labels: unknown): string {
  return labelWords(list(list(labels)[0])).rest;
}

/** What some machine knows to be decided, "" while none does. */
export function decisionOf(picture: Entities): string {
  for (const memory of picture.kind('memory').values()) {
    const value = valueText(memory.decided);
    if (value !== '') return value;
  }
  return '';
}

const SHOWN = 12;
const clipped = (value: string): string => (value.length > SHOWN ? `${value.slice(0, SHOWN - 1)}…` : value);

/** What stands beside a machine: the last thing that each of its parts has done; nothing where somebody leads. */
export function partLines(picture: Entities, node: string): string[] {
  const memory = picture.get('memory', node);
  const parts = partsOf(memory);
  const attempt = attemptOf(node, memory);
  const lines: string[] = [];
  if (attempt !== undefined) lines.push(attempt.ballot[0] === 0 ? ui('part-idle') : ui('part-ballot', { ballot: attempt.ballot }), progressText(attempt));
  if (parts.includes('acceptor')) {
    const vote = [...picture.kind('vote').values()].find((one) => one.node === node);
    lines.push(ui('part-promised', { ballot: picture.get('node', node)?.promised ?? [0, ''] }));
    lines.push(vote === undefined ? ui('part-no-vote') : ui('part-voted', { value: clipped(valueText(vote.value)) }));
  }
  if (parts.includes('learner')) {
    const learned = clipped(valueText(memory?.decided));
    lines.push(...(learned === '' ? [ui('part-learner'), ui('part-unlearned')] : [ui('part-learner'), ui('part-learned', { value: learned })]));
  }
  return lines;
}
