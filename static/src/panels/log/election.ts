/** An election while it runs: whose campaign, and how many have promised of how many it needs. Pure. */
import { compareBallots, isBallot, ui, type Ballot } from '../../words';
import { asking } from '../reading/parts';
import { byName, hasLeaders, list, text, type Entities } from '../reading/picture';
import { configurationsOf } from '../reading/quorums';

export interface Promiser {
  node: string;
  /** "given" once it is on the replica's disk; "asked" while the request flies. */
  state: 'given' | 'asked' | 'none';
}

export interface Election {
  node: string;
  ballot: Ballot;
  promisers: Promiser[];
  given: number;
  needed: number;
  /** It has won and finishes what it found begun. */
  won: boolean;
}

/** Who asks for promises now: the one campaign that counts, or every proposer that does where nobody leads. */
export function electionsOf(picture: Entities): Election[] {
  if (!hasLeaders(picture)) return asking(picture).map(({ node, ballot }) => ({ node, ballot, won: false, ...promisesOf(picture, node, ballot) }));
  return [electionOf(picture) ?? []].flat();
}

/** The campaign with the highest ballot that has not come to lead yet; undefined while nobody campaigns. */
export function electionOf(picture: Entities): Election | undefined {
  let best: { node: string; ballot: Ballot; won: boolean } | undefined;
  for (const [node, memory] of picture.kind('memory')) {
    const { ballot } = memory;
    const campaigns = memory.role === 'candidate' || (memory.role === 'leader' && memory.leading !== true);
    if (!campaigns || !isBallot(ballot) || ballot[1] !== node) continue;
    if (best === undefined || compareBallots(ballot, best.ballot) > 0) best = { node, ballot, won: memory.role === 'leader' };
  }
  if (best === undefined) return undefined;
  return { ...best, ...promisesOf(picture, best.node, best.ballot) };
}

function promisesOf(picture: Entities, candidate: string, ballot: Ballot): Pick<Election, 'promisers' | 'given' | 'needed'> {
  const configurations = configurationsOf(picture);
  const { members, q1 } = configurations.at(-1)!;
  const asked = new Set<string>();
  for (const message of picture.kind('message').values()) {
    if (message.kind === 'prepare' && message.src === candidate && list(message.label).some((part) => sameBallot(part, ballot))) asked.add(text(message.dst));
  }
  const promisers = [...members].sort(byName).map((node): Promiser => {
    const promised = picture.get('node', node)?.promised;
    if (sameBallot(promised, ballot)) return { node, state: 'given' };
    return { node, state: asked.has(node) ? 'asked' : 'none' };
  });
  return { promisers, given: promisers.filter((one) => one.state === 'given').length, needed: q1 };
}

function sameBallot(value: unknown, ballot: Ballot): boolean {
  if (isBallot(value)) return compareBallots(value, ballot) === 0;
  return value === `${ballot[0]}.${ballot[1]}`;
}

/** "s4 asks for promises under 7.s4: 2 of 5 given, 3 needed" */
export function electionText(election: Election): string {
  return ui(election.won ? 'election-won' : 'election-runs', {
    node: election.node, ballot: election.ballot, given: election.given, of: election.promisers.length, needed: election.needed,
  });
}
