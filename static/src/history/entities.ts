/** The entities of the picture, by kind, as far as panels read them. */
import type { Fields } from './types';

export type BallotFields = readonly [round: number, node: string];
export type LabelFields = readonly (string | number)[];

export interface NodeEntity {
  role: 'storage' | 'compute' | 'client' | 'api' | 'intruder';
  zone: string;
  state: 'up' | 'down' | 'paused';
  since_us: number;
  waiting: number;
  cpu_milli: number;
  memory_mib: number;
  gpu: number;
  /** storage only, read from its disk */
  promised?: BallotFields;
  refused?: number;
}

/** What a storage node forgets in a crash. */
export interface StorageMemory {
  role: string;
  ballot: BallotFields;
  /** whom it believes to lead, or "" */
  leader: string;
  /** may propose, schedule and answer */
  leading: boolean;
  applied: number;
  chosen: number;
  last: number;
}

export interface ComputeMemory {
  running: readonly (readonly [pod: string, startedUs: number, endsUs: number, job: string, index: number])[];
}

export interface ClientMemory {
  busy: number;
  invoked: number;
  ok: number;
  failed: number;
  unknown: number;
  /** operations per 1,000 seconds */
  rate: number;
}

export interface MessageEntity {
  kind: string;
  src: string;
  dst: string;
  sent_us: number;
  arrives_us: number;
  label: LabelFields;
  /** Somebody holds it on its way, since then. */
  held_us?: number | null;
  /** What of a held one can be edited, by name. */
  fields?: Readonly<Record<string, string>> | null;
}

/** Something done to the cluster that has no kind of its own, while it acts. */
export interface FaultEntity {
  fault: string;
  nodes: readonly string[];
  links: readonly (readonly [src: string, dst: string])[];
  detail: Fields;
  since_us: number;
  /** Within what the protocol promises to bear. */
  inside: boolean;
}

export interface VoteEntity {
  slot: number;
  node: string;
  ballot: BallotFields;
  value: readonly LabelFields[];
}

export interface PartitionEntity {
  groups: readonly (readonly string[])[];
  label: string;
  since_us: number;
}

export interface CutEntity {
  src: string;
  dst: string;
  since_us: number;
}

export interface RunEntity {
  scenario: string;
  seed: number;
  constants: Fields;
}

export interface OpsTally {
  invoked: number;
  ok: number;
  failed: number;
  unknown: number;
}

export interface LeadershipTally {
  led_us: number;
  since_us: number | null;
  changes: number;
  recovered_us: number;
}

/** `7.s4`, as ballots are written everywhere. */
export function ballotText(ballot: BallotFields | undefined): string {
  return ballot === undefined || ballot[0] === 0 ? 'none' : `${ballot[0]}.${ballot[1]}`;
}
