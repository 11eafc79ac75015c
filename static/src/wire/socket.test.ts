import { encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Frame, RunMeta } from '../history/types';

type Listener = (...args: unknown[]) => void;

/** A Socket.IO client that records what is asked and answers as the test says. */
class FakeSocket {
  connected = false;
  asked: [event: string, body: Record<string, unknown>][] = [];
  sent: [event: string, body: unknown][] = [];
  answers: (() => Promise<unknown>)[] = [];
  connects = 0;
  #on = new Map<string, Listener>();

  on(event: string, listener: Listener): void {
    this.#on.set(event, listener);
  }
  fire(event: string, ...args: unknown[]): void {
    this.#on.get(event)?.(...args);
  }
  connect(): void {
    this.connects++;
  }
  disconnect(): void {
    this.connected = false;
    this.fire('disconnect');
  }
  emit(event: string, body: unknown): void {
    this.sent.push([event, body]);
  }
  timeout(): { emitWithAck: (event: string, body: Record<string, unknown>) => Promise<unknown> } {
    return {
      emitWithAck: (event, body) => {
        this.asked.push([event, body]);
        return (this.answers.shift() ?? (() => Promise.reject(new Error('timeout'))))();
      },
    };
  }
}

let socket: FakeSocket;
vi.mock('socket.io-client', () => ({ io: () => socket }));
const { Live } = await import('./socket');
const { entriesOf } = await import('./intake');

const META = { run: 'r1', scenario: 'classroom', seed: 42 } as RunMeta;
const frame = (over: Partial<Frame> = {}): Frame => ({
  run: 'r1', first_seq: 0, head_seq: 9, head_us: 1, speed: 1, playing: true, true_speed: 1, viewers: 1, entries: [], ...over,
});

function line() {
  const said: unknown[][] = [];
  const tell = (name: string) => (...args: unknown[]) => void said.push([name, ...args]);
  const live = new Live({
    connection: tell('connection'), joined: tell('joined'), refused: tell('refused'), reset: tell('reset'), frame: tell('frame'),
    stopped: tell('stopped'), verdict: tell('verdict'), position: () => ({ after_seq: 41, digest: 'abc' }),
  });
  return { live, said };
}

beforeEach(() => {
  socket = new FakeSocket();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

async function joined() {
  const made = line();
  socket.answers.push(async () => ({ ok: true, run: META, driver: true }));
  made.live.open('r1');
  socket.connected = true;
  socket.fire('connect');
  await vi.advanceTimersByTimeAsync(0);
  return made;
}

describe('the line to a run', () => {
  it('joins with what the page has already', async () => {
    const { said } = await joined();
    expect(socket.asked[0]).toEqual(['join', { run: 'r1', after_seq: 41, digest: 'abc', token: null }]);
    expect(said.at(-1)).toEqual(['joined', META, true]);
  });

  it('acknowledges every fourth frame, and passes over those of another run', async () => {
    const { said } = await joined();
    for (let head = 1; head <= 8; head++) socket.fire('frame', frame({ head_seq: head }));
    socket.fire('frame', frame({ run: 'another' }));
    expect(socket.sent).toEqual([['ack', { run: 'r1', head_seq: 4 }], ['ack', { run: 'r1', head_seq: 8 }]]);
    expect(said.filter(([name]) => name === 'frame')).toHaveLength(8);
  });

  it('asks again with the same id until a command is answered', async () => {
    const { live } = await joined();
    socket.answers.push(() => Promise.reject(new Error('timeout')), () => Promise.reject(new Error('timeout')), async () => ({ ok: true, seq: 7, at_us: 9 }));
    const answer = await live.command({ type: 'kill-node', node: 's1' });
    const commands = socket.asked.filter(([event]) => event === 'command').map(([, body]) => body);
    expect(answer).toEqual({ ok: true, seq: 7, at_us: 9 });
    expect(commands).toHaveLength(3);
    expect(new Set(commands.map((body) => body.id)).size).toBe(1);
  });

  it('gives up after a while, and says so', async () => {
    const { live } = await joined();
    await expect(live.command({ type: 'kill-node', node: 's1' })).rejects.toThrow('did not answer');
  });

  it('lost: tries again later and later, and joins from where it was', async () => {
    const { said } = await joined();
    const before = socket.connects;
    socket.disconnect();
    expect(said.at(-1)).toEqual(['connection', 'lost', 1, 500]);
    await vi.advanceTimersByTimeAsync(500);
    expect(socket.connects).toBe(before + 1);
    socket.fire('connect_error', new Error('refused'));
    expect(said.at(-1)).toEqual(['connection', 'lost', 2, 1000]);
    socket.answers.push(async () => ({ ok: true, run: META, driver: false }));
    socket.connected = true;
    socket.fire('connect');
    await vi.advanceTimersByTimeAsync(0);
    expect(said.slice(-2)).toEqual([['connection', 'connected', 0, 0], ['joined', META, false]]);
  });

  it('refused at the door: no further tries', async () => {
    const { live, said } = line();
    socket.answers.push(async () => ({ ok: false, refused: { code: 'token', fields: {} } }));
    live.open('r1');
    socket.fire('connect');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(said.at(-1)).toEqual(['refused', { code: 'token', fields: {} }]);
    expect(socket.connects).toBe(1);
  });
});

describe('entries', () => {
  const entry = [3, 100, null, ['node-killed', 's1', 100, 0], []];

  it.each([
    ['decoded', [entry]],
    ['each as its own bytes', [encode(entry)]],
    ['one after another', new Uint8Array([...encode(entry), ...encode(entry)])],
  ])('sent %s', (_name, sent) => expect([...entriesOf(sent)][0]).toEqual(entry));
});
