import { describe, expect, it, vi } from 'vitest';
import type { Wire } from '../../history/types';
import { pictureOf, storage } from '../reading/fixture';
import { ChangeMarks } from './changes';

vi.mock('../../wire/events.gen', () => ({ LANDMARKS: [], FIELDS: { 'message-delivered': ['id', 'kind', 'src', 'dst'] } }));

const { heardAt, peersOf, subjectOf } = await import('./scene');

const PICTURE = pictureOf({
  node: {
    ...storage(['s1'], ['s2', 'down'], ['s3'], ['s4'], ['s5']),
    s4: { role: 'storage', zone: 'c', state: 'up', since_us: 0, promised: [7, 's4'], waiting: 2 },
    c1: { role: 'compute', zone: 'a', state: 'up', since_us: 0, cpu_milli: 4000, memory_mib: 8192, gpu: 0 },
  },
  memory: {
    s4: { role: 'leader', ballot: [7, 's4'], leader: 's4', leading: true, applied: 487, chosen: 487, last: 492 },
    s1: { role: 'follower', ballot: [7, 's4'], leader: 's4', leading: false, applied: 486, chosen: 487, last: 487 },
    c1: { running: [['default/words-5', 1, 2, 'words', 5]] },
  },
  vote: {
    '488/s4': { slot: 488, node: 's4', ballot: [7, 's4'], value: [['put', 'k3', '17']] },
    '488/s1': { slot: 488, node: 's1', ballot: [6, 's2'], value: [['put', 'k3', '17']] },
  },
  message: { 12: { kind: 'promise', src: 's1', dst: 's4', sent_us: 900_000, arrives_us: 1_100_000, label: ['promise', '7.s4'] } },
  partition: { p1: { groups: [['s3'], ['s1', 's2', 's4', 's5']] } },
  cut: { 's5>s4': { src: 's5', dst: 's4' } },
  Pod: { 'default/words-5': { metadata: { name: 'words-5' }, spec: { nodeName: 'c1' }, status: { phase: 'Running' } } },
  Node: { c1: { spec: { taints: [{ key: 'node.kubernetes.io/unreachable' }] }, status: { conditions: [{ type: 'Ready', status: 'Unknown' }], allocatable: { cpu: '4', 'nvidia.com/gpu': '2', 'example.com/dongle': '3' } } } },
});

const values = (kind: string, id: string) =>
  Object.fromEntries(subjectOf(PICTURE, { kind, id }, 1_000_000)!.rows.map((row) => [row.name, row.value]));

describe('a subject', () => {
  it('is a storage node with its memory and its disk', () => {
    const subject = subjectOf(PICTURE, { kind: 'node', id: 's4' }, 0)!;
    expect([subject.title, subject.kind, subject.says]).toEqual(['s4', 'storage, zone c', 'Leads with ballot 7.s4']);
    expect(values('node', 's4')).toMatchObject({ role: 'leader', ballot: '7.s4', promised: '7.s4', 'open slots': '488–492', mailbox: '2' });
    expect(values('node', 's1')['open slots']).toBe('none');
  });

  it('is a node that is down: only its disk is known', () => {
    const subject = subjectOf(PICTURE, { kind: 'node', id: 's2' }, 0)!;
    expect(subject.says).toBe('Down since 0.000 s');
    expect(subject.rows.map((row) => row.name)).toEqual(['promised', 'mailbox']);
  });

  it('is a compute node as the store and as it itself sees it', () => {
    expect(values('node', 'c1')).toMatchObject({ ready: 'Unknown', taints: 'node.kubernetes.io/unreachable', running: '1', cpu: '4000m', 'example.com/dongle': '3' });
  });

  it('is a slot with its votes', () => {
    const subject = subjectOf(PICTURE, { kind: 'slot', id: '488' }, 0)!;
    expect([subject.title, subject.kind, subject.says]).toEqual(['slot 488', '2 votes', 'put k3 = 17']);
    expect(values('slot', '488')).toEqual({ s4: '7.s4', s1: '6.s2' });
  });

  it('is a message on its way', () => {
    const subject = subjectOf(PICTURE, { kind: 'message', id: '12' }, 1_000_000)!;
    expect([subject.title, subject.kind, subject.says]).toEqual(['promise', 's1 to s4', 'Arrives in 100 ms']);
  });

  it('is a pod', () => expect(values('Pod', 'default/words-5')).toMatchObject({ status: 'Running', node: 'c1' }));

  it('is nothing when it is gone', () => expect(subjectOf(PICTURE, { kind: 'message', id: '99' }, 0)).toBeUndefined());
});

describe('peers', () => {
  it('say what keeps them apart, or what they sent', () => {
    const peers = peersOf(PICTURE, 's4', new Map([['s1', 920_000]]), 1_000_000);
    expect(peers).toEqual([
      { node: 's1', heardUs: 80_000, state: 'promise on its way', bad: false },
      { node: 's2', heardUs: undefined, state: 'down', bad: true },
      { node: 's3', heardUs: undefined, state: 'cut off', bad: true },
      { node: 's5', heardUs: undefined, state: 'cannot be heard', bad: true },
    ]);
  });

  it('were heard when a message of theirs was last handled', () => {
    const delivered = (seq: number, src: string, dst: string): Wire => [seq, (seq + 1) * 10, null, ['message-delivered', seq, 'x', src, dst], []];
    const log = [delivered(0, 's1', 's4'), delivered(1, 's1', 's4'), delivered(2, 's4', 's1'), delivered(3, 's5', 's4')];
    const heard = heardAt('s4', 3, (seq) => log[seq]);
    expect([...heard]).toEqual([['s5', 40], ['s1', 20]]);
  });
});

describe('changed fields', () => {
  const rows = (ballot: string) => [{ name: 'ballot', value: ballot }, { name: 'role', value: 'follower' }];

  it('nothing is changed at first sight', () => {
    expect(new ChangeMarks().update('s4', rows('6.s2'), 0, true, true).size).toBe(0);
  });

  it('while time runs, a change is marked for a moment', () => {
    const marks = new ChangeMarks(1500);
    marks.update('s4', rows('6.s2'), 0, true, true);
    expect([...marks.update('s4', rows('7.s4'), 100, true, true)]).toEqual([['ballot', '6.s2']]);
    expect(marks.update('s4', rows('7.s4'), 1500, true, true).size).toBe(1);
    expect(marks.update('s4', rows('7.s4'), 1600, true, true).size).toBe(0);
  });

  it('while the cursor stands, it stays until the next step', () => {
    const marks = new ChangeMarks(1500);
    marks.update('s4', rows('6.s2'), 0, false, true);
    marks.update('s4', rows('7.s4'), 100, false, true);
    expect(marks.update('s4', rows('7.s4'), 99_000, false, false).size).toBe(1);
    expect(marks.update('s4', rows('7.s4'), 99_001, false, true).size).toBe(0);
  });

  it('another subject starts afresh', () => {
    const marks = new ChangeMarks();
    marks.update('s4', rows('6.s2'), 0, true, true);
    expect(marks.update('s5', rows('7.s4'), 1, true, true).size).toBe(0);
  });
});
