/** Everything known about one thing of the picture, as rows of name and value. Pure. */
import { ballotText, instantText, isBallot, labelWords, plural, show, spanText, ui } from '../../words';
import { fieldsOf } from '../../history/entry';
import type { Wire } from '../../history/types';
import type { Selection } from '../../shell/app.svelte';
import { attemptsOf, partsOf, progressText, valueText } from '../reading/parts';
import { at, hasLeaders, largestSide, leaderOf, linked, list, nodesOf, number, passes, record, text, type Entities, type Fields } from '../reading/picture';
import { podOf } from '../tasks/objects';
import type { FieldRow } from './changes';

export interface Subject {
  title: string;
  /** "storage, zone c" */
  kind: string;
  /** "Leads since 12.512 s" */
  says: string;
  rows: FieldRow[];
  state: 'up' | 'down' | 'paused' | '';
}

/** How many of those there are stands in a row of its own. */
const GPU = 'nvidia.com/gpu';

const row = (name: string, value: unknown): FieldRow => ({ name: ui(`field-${name}`), value: show(value) });

function roleOf(picture: Entities, node: string, memory: Fields | undefined): string {
  if (memory === undefined) return ui('role-unknown');
  return leaderOf(picture)?.node === node ? 'leader' : text(memory.role);
}

function storageRows(picture: Entities, node: string, machine: Fields): FieldRow[] {
  const memory = picture.get('memory', node);
  const promised = row('promised', isBallot(machine.promised) ? ballotText(machine.promised) : 'none');
  if (memory === undefined) return [promised];
  const chosen = number(memory.chosen);
  const last = number(memory.last);
  if (!hasLeaders(picture)) return partRows(picture, node, machine, memory);
  return [
    row('role', roleOf(picture, node, memory)),
    row('ballot', isBallot(memory.ballot) ? ballotText(memory.ballot) : 'none'),
    promised,
    row('believes', text(memory.leader) || ui('nobody')),
    row('applied', number(memory.applied)),
    row('chosen', chosen),
    row('open', last > chosen ? (last === chosen + 1 ? `${last}` : `${chosen + 1}–${last}`) : ui('none')),
  ];
}

/** Of a machine that plays parts: what each of them holds. */
function partRows(picture: Entities, node: string, machine: Fields, memory: Fields): FieldRow[] {
  const parts = partsOf(memory);
  const attempt = attemptsOf(picture).find((one) => one.node === node);
  const vote = [...picture.kind('vote').values()].find((one) => one.node === node);
  const rows = [row('role', parts)];
  if (attempt !== undefined) {
    rows.push(row('wants', attempt.wants || ui('nothing')), row('ballot', ballotText(attempt.ballot)), row('progress', progressText(attempt)));
  }
  if (parts.includes('acceptor')) {
    rows.push(row('promised', ballotText(machine.promised)), row('vote', vote === undefined ? ui('none') : ballotText(vote.ballot)));
    if (vote !== undefined) rows.push(row('value', valueText(vote.value)));
  }
  if (parts.includes('learner')) rows.push(row('learned', valueText(memory.decided) || ui('nothing')));
  return rows;
}

function computeRows(picture: Entities, node: string, machine: Fields): FieldRow[] {
  const kube = picture.get('Node', node);
  const ready = list(record(kube?.status).conditions).find((condition) => record(condition).type === 'Ready');
  const taints = list(record(kube?.spec).taints).map((taint) => text(record(taint).key));
  const running = list(picture.get('memory', node)?.running);
  const gpu = number(machine.gpu);
  const drain = text(record(at(kube, 'metadata', 'annotations'))['sim/drain']);
  return [
    row('ready', text(record(ready).status) || ui('unknown')),
    row('taints', taints.length === 0 ? ui('none') : taints),
    ...(drain === '' ? [] : [row('drain', drain)]),
    row('running', running.length),
    row('cpu', `${number(machine.cpu_milli)}m`),
    row('memory', `${number(machine.memory_mib)}Mi`),
    ...(gpu > 0 ? [row('gpu', gpu)] : []),
    ...Object.entries(record(record(kube?.status).allocatable)).filter(([name]) => name.includes('/') && name !== GPU).map(([name, value]) => ({ name, value: show(value) })),
  ];
}

function otherRows(picture: Entities, node: string): FieldRow[] {
  const memory = picture.get('memory', node) ?? {};
  return Object.entries(memory)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => row(name, name === 'rate' ? ui('per-second', { rate: number(value) / 1000 }) : value));
}

function nodeSays(picture: Entities, node: string, machine: Fields): string {
  const since = instantText(number(machine.since_us));
  if (machine.state === 'down') return ui('says-down', { since });
  if (machine.state === 'paused') return ui('says-paused', { since });
  const side = largestSide(picture, nodesOf(picture, 'storage'));
  if (side.length > 0 && !side.includes(node) && !side.some((other) => linked(picture, node, other))) return ui('says-cut');
  const leader = leaderOf(picture);
  if (leader?.node === node) return ui(leader.ready ? 'says-leads' : 'says-begins', { ballot: ballotText(leader.ballot) });
  return ui('says-up', { since });
}

function nodeSubject(picture: Entities, node: string): Subject | undefined {
  const machine = picture.get('node', node);
  if (machine === undefined) return undefined;
  const role = text(machine.role);
  const rows =
    role === 'storage'
      ? storageRows(picture, node, machine)
      : role === 'compute'
        ? computeRows(picture, node, machine)
        : otherRows(picture, node);
  const refused = number(machine.refused);
  return {
    title: node,
    kind: text(machine.zone) === '' ? ui(`role-${role}`) : ui('role-in-zone', { role: ui(`role-${role}`), zone: machine.zone }),
    says: nodeSays(picture, node, machine),
    rows: [...rows, row('mailbox', number(machine.waiting)), ...(refused > 0 ? [row('refused', refused)] : [])],
    state: text(machine.state) as Subject['state'],
  };
}

function slotSubject(picture: Entities, id: string): Subject | undefined {
  const slot = Number(id.split('/')[0]);
  const votes = [...picture.kind('vote').values()].filter((vote) => number(vote.slot) === slot);
  const first = votes[0];
  if (first === undefined) return undefined;
  const commands = list(first.value).map((label) => labelWords(list(label)));
  return {
    title: ui('slot-title', { slot }),
    kind: plural(votes.length, 'vote'),
    says: commands.length === 0 ? labelWords(['no-op']).verb : commands.map(({ verb, rest }) => `${verb} ${rest}`).join('; '),
    rows: votes.map((vote) => ({ name: text(vote.node), value: isBallot(vote.ballot) ? ballotText(vote.ballot) : '' })),
    state: '',
  };
}

function messageSubject(picture: Entities, id: string, nowUs: number): Subject | undefined {
  const message = picture.get('message', id);
  if (message === undefined) return undefined;
  const left = number(message.arrives_us) - nowUs;
  return {
    title: text(message.kind),
    kind: ui('message-between', { src: message.src, dst: message.dst }),
    says: typeof message.held_us === 'number' ? ui('message-held', { at: instantText(message.held_us) }) : left > 0 ? ui('message-arrives', { span: spanText(left) }) : ui('message-arriving'),
    rows: [
      row('says', list(message.label).slice(1).map(show).join(' ') || ui('none')),
      row('sent', `${instantText(number(message.sent_us))} s`),
      row('delay', spanText(number(message.arrives_us) - number(message.sent_us))),
    ],
    state: '',
  };
}

function podSubject(picture: Entities, id: string): Subject | undefined {
  const object = picture.get('Pod', id);
  if (object === undefined) return undefined;
  const pod = podOf(id, object);
  return {
    title: pod.name,
    kind: pod.job !== '' ? ui('pod-of-job', { job: pod.job }) : pod.owner !== '' ? ui('pod-of-job', { job: pod.owner.replace('/', ' ') }) : 'Pod',
    says: pod.holdup || pod.message || pod.reason || pod.status,
    rows: [
      row('status', pod.status),
      ...(pod.restarts === 0 ? [] : [row('restarts', pod.restarts)]),
      row('node', pod.node || ui('none')),
      row('cpu', `${pod.cpuMilli}m`),
      row('memory', `${Math.round(pod.memoryMib)}Mi`),
      row('priority', pod.priority),
      ...(pod.index === undefined ? [] : [row('index', pod.index)]),
    ],
    state: '',
  };
}

function plainSubject(picture: Entities, kind: string, id: string): Subject | undefined {
  const fields = picture.get(kind, id);
  if (fields === undefined) return undefined;
  const rows = Object.entries(fields).map(([name, value]) => ({ name: name.replaceAll('_', ' '), value: show(value) }));
  return { title: id, kind, says: '', rows, state: '' };
}

export function subjectOf(picture: Entities, selection: Selection, nowUs: number): Subject | undefined {
  const { kind, id } = selection;
  if (kind === 'node') return nodeSubject(picture, id);
  if (kind === 'slot' || kind === 'vote') return slotSubject(picture, id);
  if (kind === 'message') return messageSubject(picture, id, nowUs);
  if (kind === 'Pod') return podSubject(picture, id);
  return plainSubject(picture, kind, id);
}

export interface Peer {
  node: string;
  /** How long ago this node handled something from it, microseconds; undefined when never in memory. */
  heardUs: number | undefined;
  state: string;
  bad: boolean;
}

/** The other storage nodes as this one can know them, and what keeps them apart. */
export function peersOf(picture: Entities, node: string, heardAtUs: ReadonlyMap<string, number>, nowUs: number): Peer[] {
  const peers = nodesOf(picture, 'storage').filter((peer) => peer !== node);
  return peers.map((peer) => {
    const at = heardAtUs.get(peer);
    const state = text(picture.get('node', peer)?.state);
    const out = passes(picture, node, peer);
    const back = passes(picture, peer, node);
    const cut = !out && !back ? 'peer-cut' : !out ? 'peer-cut-out' : !back ? 'peer-cut-in' : '';
    const bad = state === 'down' || cut !== '';
    const word = state === 'down' ? 'down' : state === 'paused' ? 'paused' : cut === '' ? flightOf(picture, peer, node) : ui(cut);
    return { node: peer, heardUs: at === undefined ? undefined : Math.max(0, nowUs - at), state: word, bad };
  });
}

/** The newest message on its way from a peer. */
function flightOf(picture: Entities, src: string, dst: string): string {
  let newest: Fields | undefined;
  for (const message of picture.kind('message').values()) {
    if (message.src !== src || message.dst !== dst) continue;
    if (newest === undefined || number(message.sent_us) > number(newest.sent_us)) newest = message;
  }
  return newest === undefined ? text(picture.get('memory', src)?.role) : ui('peer-sends', { kind: newest.kind });
}

/** When `node` last handled a message of each other node, walking back from the cursor. */
export function heardAt(
  node: string,
  cursorSeq: number,
  entryOf: (seq: number) => Wire | undefined,
  most = 4000,
): Map<string, number> {
  const heard = new Map<string, number>();
  for (let seq = cursorSeq; seq > cursorSeq - most; seq -= 1) {
    const entry = entryOf(seq);
    if (entry === undefined) break;
    if (entry[3][0] !== 'message-delivered') continue;
    const { src, dst } = fieldsOf(entry[3]);
    if (dst === node && !heard.has(text(src))) heard.set(text(src), entry[1]);
  }
  return heard;
}
