/**
 * A small deterministic feed for tests: the shape of a real log (entries, causes, changes) from a toy cluster.
 *
 * It is no Paxos: votes are cast because the script says so. Only tests import it.
 */
import type { Change, Frame, Keyframe, RunMeta, Wire } from './types';

type Label = (string | number)[];
interface Flying {
  id: number;
  kind: string;
  src: string;
  dst: string;
  sentUs: number;
  arrivesUs: number;
  then: () => void;
}

export const STORAGE = ['s1', 's2', 's3', 's4', 's5'];
const ZONES: Record<string, string> = {
  s1: 'a', s2: 'a', c1: 'a', c2: 'a', s3: 'b', c3: 'b', c4: 'b', s4: 'c', s5: 'c', c5: 'c', c6: 'c',
};
const MACHINES: [id: string, role: string][] = [
  ...STORAGE.map((id): [string, string] => [id, 'storage']),
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string] => [`c${n}`, 'compute']),
  ['w1', 'client'], ['w2', 'client'], ['api1', 'api'],
];

export class ToyRun {
  readonly entries: Wire[] = [];
  nowUs = 0;
  leader = 's2';
  ballot: [number, string] = [6, 's2'];
  slot = 480;
  #flying: Flying[] = [];
  #timers: { atUs: number; run: () => void }[] = [];
  #nextMessage = 1;
  #seed: number;
  #down = new Set<string>();
  #cut: string[] = [];
  #cause: number | null = null;

  constructor(seed = 42) {
    this.#seed = seed;
    this.#start();
  }

  /** Everything up to `us`, in order of time. */
  until(us: number): this {
    for (;;) {
      const message = least(this.#flying, (flying) => flying.arrivesUs);
      const timer = least(this.#timers, (waiting) => waiting.atUs);
      const atUs = Math.min(message?.arrivesUs ?? Infinity, timer?.atUs ?? Infinity);
      if (atUs > us) break;
      this.nowUs = atUs;
      if (message !== undefined && message.arrivesUs === atUs) this.#arrive(message);
      else if (timer !== undefined) {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        timer.run();
      }
    }
    this.nowUs = us;
    return this;
  }

  emit(tag: string, fields: unknown[], changes: Change[] = []): number {
    const seq = this.entries.length;
    this.entries.push([seq, this.nowUs, this.#cause, [tag, ...fields], changes]);
    return seq;
  }

  kill(id: string): void {
    this.#command({ type: 'kill-node', node: id });
    this.#down.add(id);
    this.emit('node-killed', [id, this.nowUs, 0], [
      ['node', id, { state: 'down', since_us: this.nowUs, waiting: 0 }],
      ['memory', id, null],
    ]);
    if (id === this.leader) this.#later(3_600_000, () => this.campaign('s4'));
  }

  cutZone(zone: string): void {
    const inside = Object.keys(ZONES).filter((id) => ZONES[id] === zone);
    const outside = MACHINES.map(([id]) => id).filter((id) => !inside.includes(id));
    this.#command({ type: 'partition', groups: [inside, outside], label: `zone ${zone}` });
    this.#cut = inside;
    this.emit('network-partitioned', ['p1', [inside, outside], `zone ${zone}`, this.nowUs], [
      ['partition', 'p1', { groups: [inside, outside], label: `zone ${zone}`, since_us: this.nowUs }],
    ]);
    for (const flying of this.#flying.filter((one) => this.#severed(one.src, one.dst))) this.#drop(flying, 'cut');
  }

  campaign(id: string): void {
    this.ballot = [this.ballot[0] + 1, id];
    const text = this.ballot.join('.');
    this.emit('campaign-started', [id, this.ballot, 'silent'], [['memory', id, { role: 'candidate', ballot: this.ballot }]]);
    const promised = new Set([id]);
    for (const peer of STORAGE) {
      if (peer === id) continue;
      this.send('prepare', id, peer, ['prepare', text], () => {
        this.emit('ballot-promised', [peer, this.ballot], [['node', peer, { promised: this.ballot }]]);
        this.send('promise', peer, id, ['promise', text], () => {
          promised.add(peer);
          if (promised.size === 3) this.#elected(id, [...promised]);
        });
      });
    }
  }

  send(kind: string, src: string, dst: string, label: Label, then: () => void = () => {}): void {
    if (this.#down.has(src)) return;
    const id = this.#nextMessage++;
    const arrivesUs = this.nowUs + 150_000 + this.#chance(250_000);
    this.emit('message-sent', [id, kind, src, dst, this.nowUs, arrivesUs, label], [
      ['message', String(id), { kind, src, dst, sent_us: this.nowUs, arrives_us: arrivesUs, label }],
    ]);
    this.#flying.push({ id, kind, src, dst, sentUs: this.nowUs, arrivesUs, then });
  }

  frame(fromSeq: number, over: Partial<Frame> = {}): Frame {
    const entries = this.entries.slice(fromSeq);
    return {
      run: 'toy', first_seq: fromSeq, head_seq: this.entries.length - 1, head_us: this.nowUs, speed: 1, playing: true,
      true_speed: 1, viewers: 1, entries, ...over,
    };
  }

  meta(): RunMeta {
    return {
      run: 'toy', scenario: 'classroom', seed: 42, head_seq: this.entries.length - 1, now_us: this.nowUs, playing: true,
      speed: 1, true_speed: 1, state: 'live',
    };
  }

  #start(): void {
    const changes: Change[] = [['run', 'run', { scenario: 'classroom', seed: 42, constants: { heartbeat_us: 1_000_000 } }]];
    for (const [id, role] of MACHINES) {
      const compute = role === 'compute';
      const fields = {
        role, zone: ZONES[id] ?? '', state: 'up', since_us: 0, waiting: 0, cpu_milli: compute ? 4000 : 0,
        memory_mib: compute ? 8192 : 0, gpu: 0, ...(role === 'storage' ? { promised: this.ballot } : {}),
      };
      changes.push(['node', id, fields], ['memory', id, this.#memory(id, role)]);
    }
    changes.push(['tally', 'leadership', { led_us: 0, since_us: 0, changes: 1, recovered_us: 0 }]);
    this.emit('run-started', ['classroom', 42, [], {}], changes);
    this.#cause = 0;
    this.emit('leader-ready', [this.leader, this.ballot, this.slot]);
    this.#later(100_000, () => this.#heartbeat());
    this.#later(50_000, () => this.#work('w1'));
    this.#later(300_000, () => this.#work('w2'));
    this.#later(200_000, () => this.#lease(1));
  }

  #memory(id: string, role: string): Record<string, unknown> {
    if (role === 'storage') {
      return {
        role: id === this.leader ? 'leader' : 'follower', ballot: this.ballot, leader: this.leader,
        leading: id === this.leader, applied: this.slot, chosen: this.slot, last: this.slot,
      };
    }
    if (role === 'compute') {
      const count = 1 + (Number(id.slice(1)) % 4);
      return { running: Array.from({ length: count }, (_, i) => [`words-${id}-${i}`, 0, 60_000_000, 'words', i]) };
    }
    return role === 'client' ? { busy: 0, invoked: 0, ok: 0, failed: 0, unknown: 0, rate: 2000 } : { requests: 0 };
  }

  #elected(id: string, promisedBy: string[]): void {
    this.leader = id;
    this.emit('leader-elected', [id, this.ballot, promisedBy], [['memory', id, { role: 'leader', ballot: this.ballot, leader: id }]]);
    this.emit('leader-ready', [id, this.ballot, this.slot], [['memory', id, { leading: true }]]);
    this.#heartbeat();
  }

  #heartbeat(): void {
    const leader = this.leader;
    if (this.#down.has(leader)) return;
    for (const peer of STORAGE) {
      if (peer !== leader) this.send('heartbeat', leader, peer, ['heartbeat'], () => this.send('heartbeat-reply', peer, leader, ['heartbeat-reply']));
    }
    this.#later(1_000_000, () => this.leader === leader && this.#heartbeat());
  }

  #lease(n: number): void {
    this.send('client-request', `c${n}`, this.leader, ['request', 'renew-lease', `c${n}`], () =>
      this.send('client-reply', this.leader, `c${n}`, ['reply', 'ok']));
    this.#later(400_000, () => this.#lease((n % 6) + 1));
  }

  #work(client: string): void {
    this.emit('operation-invoked', [client, 1, ['put', 'k3', '17']]);
    const invokedUs = this.nowUs;
    this.send('client-request', client, this.leader, ['request', 'put', 'k3', '17'], () =>
      this.#propose(() => this.send('client-reply', this.leader, client, ['reply', 'ok'], () =>
        this.emit('operation-ended', [client, 1, 'ok', invokedUs]))));
    this.#later(500_000, () => this.#work(client));
  }

  #propose(done: () => void): void {
    const slot = ++this.slot;
    const { leader, ballot } = this;
    const votes = new Set<string>();
    const vote = (node: string) => {
      this.emit('vote-cast', [node, slot, ballot, [['put', 'k3', '17']]], [
        ['vote', `${slot}/${node}`, { slot, node, ballot, value: [['put', 'k3', '17']] }],
        ['memory', node, { last: slot }],
      ]);
      votes.add(node);
    };
    vote(leader);
    for (const peer of STORAGE) {
      if (peer === leader) continue;
      this.send('accept', leader, peer, ['accept', slot], () => {
        vote(peer);
        this.send('accepted', peer, leader, ['accepted', slot], () => {
          if (votes.size < 3 || this.#down.has(leader)) return;
          votes.clear();
          this.emit('value-chosen', [leader, slot, ballot, [], []], [['memory', leader, { chosen: slot, applied: slot }]]);
          done();
        });
      });
    }
  }

  #arrive(message: Flying): void {
    if (this.#severed(message.src, message.dst)) return this.#drop(message, 'cut');
    if (this.#down.has(message.dst)) return this.#drop(message, 'down');
    this.#flying.splice(this.#flying.indexOf(message), 1);
    this.emit('message-delivered', [message.id, message.kind, message.src, message.dst], [['message', String(message.id), null]]);
    message.then();
  }

  #drop(message: Flying, reason: string): void {
    this.#flying.splice(this.#flying.indexOf(message), 1);
    const { id, kind, src, dst, sentUs, arrivesUs } = message;
    this.emit('message-dropped', [id, kind, src, dst, reason, sentUs, arrivesUs], [['message', String(id), null]]);
  }

  #command(command: { type: string } & Record<string, unknown>): void {
    this.#cause = null;
    this.#cause = this.emit('command-taken', [1, command]);
  }

  #severed(a: string, b: string): boolean {
    return this.#cut.length > 0 && this.#cut.includes(a) !== this.#cut.includes(b);
  }

  #later(us: number, run: () => void): void {
    this.#timers.push({ atUs: this.nowUs + us, run });
  }

  #chance(below: number): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return this.#seed % below;
  }
}

function least<T>(items: readonly T[], by: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || by(item) < by(best)) best = item;
  return best;
}

/** An empty beginning, as a server would send it to somebody who joins at entry 0. */
export function emptyKeyframe(): Keyframe {
  return { seq: -1, at_us: 0, digest: '', view: {} };
}
