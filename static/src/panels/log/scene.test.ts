import { describe, expect, it } from 'vitest';
import type { Fields } from '../reading/picture';
import { pictureOf, storage } from '../reading/fixture';
import { logScene, onlyRenewals, sentMessage, slotsOf, type LogOptions } from './scene';

const NODES = ['s1', 's2', 's3', 's4', 's5'];
const PUT = [['put', 'k3', '17']];
const RENEW = [['renew-lease', 'c1']];

type Votes = Record<string, [round: number, node: string]>;

function votes(slot: number, cast: Votes, value: unknown = PUT): Record<string, Fields> {
  return Object.fromEntries(
    Object.entries(cast).map(([node, ballot]) => [`${slot}/${node}`, { slot, node, ballot, value }]),
  );
}

function applied(upTo: Record<string, number>): Record<string, Fields> {
  return Object.fromEntries(Object.entries(upTo).map(([node, slot]) => [node, { role: 'follower', applied: slot }]));
}

function scene(kinds: Record<string, Record<string, Fields>>, options: Partial<LogOptions> = {}) {
  const picture = pictureOf({ node: storage(...NODES.map((node): [string] => [node])), ...kinds });
  return logScene(picture, { rows: 50, hideRenewals: false, ...options });
}

describe('a row of the log', () => {
  it.each<[name: string, cast: Votes, upTo: Record<string, number>, state: string, counted: string, n: number, cells: string]>([
    ['no majority yet', { s4: [7, 's4'], s5: [7, 's4'] }, {}, 'open', '7.s4', 2, '- - - accepted accepted'],
    ['the third vote chooses', { s1: [7, 's4'], s4: [7, 's4'], s5: [7, 's4'] }, {}, 'chosen', '7.s4', 3, 'chosen - - chosen chosen'],
    [
      'three votes in two ballots choose nothing',
      { s1: [6, 's2'], s4: [7, 's4'], s5: [7, 's4'] },
      {},
      'open',
      '7.s4',
      2,
      'older - - accepted accepted',
    ],
    [
      'an old majority stands, though a higher ballot began to repeat it',
      { s1: [6, 's2'], s2: [6, 's2'], s3: [6, 's2'], s4: [7, 's4'] },
      {},
      'chosen',
      '6.s2',
      3,
      'chosen chosen chosen older -',
    ],
    [
      'ballots of one round are told apart by node',
      { s1: [7, 's1'], s4: [7, 's4'] },
      {},
      'open',
      '7.s4',
      1,
      'older - - accepted -',
    ],
    [
      'one replica has applied it',
      { s1: [6, 's2'], s2: [6, 's2'], s3: [6, 's2'] },
      { s2: 9 },
      'chosen',
      '6.s2',
      3,
      'chosen applied chosen - -',
    ],
    [
      'a majority has applied it',
      { s1: [6, 's2'], s2: [6, 's2'], s3: [6, 's2'] },
      { s1: 9, s2: 9, s3: 12 },
      'applied',
      '6.s2',
      3,
      'applied applied applied - -',
    ],
    ['applied up to the slot before', { s1: [6, 's2'] }, { s1: 8 }, 'open', '6.s2', 1, 'accepted - - - -'],
  ])('%s', (_name, cast, upTo, state, counted, n, cells) => {
    const row = scene({ vote: votes(9, cast), memory: applied(upTo) }).rows[0]!;
    expect(row.state).toBe(state);
    expect(row.ballot).toBe(counted);
    expect(row.votes).toBe(n);
    expect(row.cells.map((cell) => (cell.state === 'none' ? '-' : cell.state)).join(' ')).toBe(cells);
  });

  it('writes the command in words, the batch and where an adopted value came from', () => {
    const many = [['put', 'k1', '2'], ['get', 'k2'], ['more', 3]];
    const cast = { ...votes(5, { s3: [6, 's2'] }, many), ...votes(5, { s4: [7, 's4'] }, many) };
    const row = scene({ vote: cast }).rows[0]!;
    expect(row.command).toEqual({ verb: 'put', rest: 'k1 = 2' });
    expect(row.notes).toEqual(['+4', 'from 6.s2']);
  });

  it('calls an empty batch a no-op', () => {
    expect(scene({ vote: votes(5, { s4: [7, 's4'] }, []) }).rows[0]!.command.verb).toBe('no-op');
  });
});

describe('messages about a slot', () => {
  const flying = (kind: string, src: string, dst: string, label: unknown[]) => ({ kind, src, dst, label, sent_us: 0, arrives_us: 9 });

  it('shows a request at its receiver and a vote at its sender', () => {
    const shown = scene({
      vote: votes(488, { s4: [7, 's4'] }),
      message: {
        1: flying('accept', 's4', 's1', ['accept', '7.s4', 488, 490]),
        2: flying('accepted', 's5', 's4', ['accepted', '7.s4', 488]),
        3: flying('heartbeat', 's4', 's3', ['heartbeat', 488]),
      },
    });
    expect(shown.rows[0]!.cells.map((cell) => cell.flight)).toEqual(['accept', '', '', '', 'accepted']);
  });

  it('marks what died, until another message flies or the vote is chosen', () => {
    const lost = ['s1', 's3', 's5'].map((dst) => ({ kind: 'accept', src: 's4', dst, label: ['accept', '7.s4', 488] }));
    const again = { 1: flying('accept', 's4', 's5', ['accept', '7.s4', 488]) };
    const open = scene({ vote: votes(488, { s4: [7, 's4'] }), message: again }, { lost });
    expect(open.rows[0]!.cells.map((cell) => cell.lost)).toEqual([true, false, true, false, false]);
    const chosen = scene({ vote: votes(488, { s1: [7, 's4'], s4: [7, 's4'], s2: [7, 's4'] }) }, { lost });
    expect(chosen.rows[0]!.cells.map((cell) => cell.lost)).toEqual([false, false, true, false, true]);
  });

  it.each([
    [['accept', '7.s4', 488], [488, 488]],
    [['accept', '7.s4', 488, 490], [488, 490]],
    [['accepted', 488, 490], [488, 490]],
    [['accepted', '7.s4'], undefined],
  ])('reads the slots of %j', (label, span) => expect(slotsOf(label)).toEqual(span));

  it('finds what was sent in the entry that sent it', () => {
    const fields = { kind: 'accept', src: 's4', dst: 's1', sent_us: 1, arrives_us: 2, label: ['accept', '7.s4', 3] };
    expect(sentMessage([['message', '12', fields]])).toEqual({ kind: 'accept', src: 's4', dst: 's1', label: ['accept', '7.s4', 3] });
    expect(sentMessage([['message', '12', null]])).toBeUndefined();
  });
});

describe('columns and rows', () => {
  it('marks what is down, paused or cut off from the larger side, and who leads', () => {
    const { columns } = scene({
      node: storage(['s1'], ['s2', 'down'], ['s3'], ['s4'], ['s5', 'paused']),
      memory: { s4: { role: 'leader', ballot: [7, 's4'], leading: true }, s2: { role: 'leader', ballot: [6, 's2'] } },
      partition: { p1: { groups: [['s3'], ['s1', 's2', 's4', 's5']], label: 'zone b', since_us: 1 } },
    });
    expect(columns.map((column) => column.mark)).toEqual(['', 'down', 'cut', '', 'paused']);
    expect(columns.find((column) => column.leading)?.node).toBe('s4');
  });

  it('keeps the newest rows, oldest first, and counts the rest', () => {
    const cast = Object.assign({}, ...[9, 10, 11, 2].map((slot) => votes(slot, { s1: [1, 's1'] })));
    const shown = scene({ vote: cast }, { rows: 3 });
    expect(shown.rows.map((row) => row.slot)).toEqual([9, 10, 11]);
    expect(shown.earlier).toBe(1);
  });

  it('keeps the rows that somebody reads, and counts what is newer', () => {
    const chain = (count: number) =>
      Object.assign({}, ...Array.from({ length: count }, (_, at) => votes(at + 1, { s1: [1, 's1'] }))) as Record<string, Fields>;
    const read = scene({ vote: chain(30) }, { rows: 12, until: 20 });
    expect([read.rows[0]?.slot, read.rows.at(-1)?.slot, read.earlier, read.later]).toEqual([9, 20, 8, 10]);
    // Of what the log has forgotten nothing can be held.
    const gone = scene({ vote: chain(30) }, { rows: 12, until: 4 });
    expect([gone.rows.at(-1)?.slot, gone.later]).toEqual([30, 0]);
  });

  it('hides slots that only renew leases, and says how many', () => {
    const cast = { ...votes(1, { s1: [1, 's1'] }, RENEW), ...votes(2, { s1: [1, 's1'] }), ...votes(3, { s1: [1, 's1'] }, [...RENEW, ...PUT]) };
    const shown = scene({ vote: cast }, { hideRenewals: true });
    expect(shown.rows.map((row) => row.slot)).toEqual([2, 3]);
    expect(shown.hidden).toBe(1);
    expect(onlyRenewals([])).toBe(false);
    expect(onlyRenewals([...RENEW, ['more', 13]])).toBe(true);
    expect(onlyRenewals([...PUT, ['more', 13]])).toBe(false);
  });

  it('needs a majority of whatever number there is', () => {
    expect(scene({}).needed).toBe(3);
    expect(logScene(pictureOf({ node: storage(['s1'], ['s2'], ['s3'], ['s4']) }), { rows: 1, hideRenewals: false }).needed).toBe(3);
  });
});
