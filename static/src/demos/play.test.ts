import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pictureOf, storage } from '../panels/reading/fixture';
import type { Entities, Fields } from '../panels/reading/picture';
import { holds } from './conditions';
import { Player, type Order } from './play';
import { DemoError, parseDemo } from './schema';
import { resolve } from './symbols';

const S = 1_000_000;

function world(kinds: Record<string, Record<string, Fields>> = {}): Entities {
  return pictureOf({
    node: {
      ...storage(['s1'], ['s2'], ['s3'], ['s4'], ['s5']),
      s4: { role: 'storage', zone: 'c', state: 'up' },
      s5: { role: 'storage', zone: 'c', state: 'up' },
      c1: { role: 'compute', zone: 'a', state: 'up' },
      c5: { role: 'compute', zone: 'c', state: 'up' },
      w1: { role: 'client', zone: '', state: 'up' },
    },
    memory: {
      s4: { role: 'leader', ballot: [7, 's4'], leading: true, leader: 's4', applied: 10 },
      s1: { role: 'follower', leader: 's4', applied: 9 },
      c1: { running: [['default/hello-0', 0, 1, 'hello', 0]] },
      c5: { running: [['default/hello-1', 0, 1, 'hello', 1], ['default/hello-2', 0, 1, 'hello', 2]] },
    },
    ...kinds,
  });
}

const pod = (job: string, nodeName: string, metadata: Fields = {}): Fields => ({
  metadata: { ...metadata, ownerReferences: [{ kind: 'Job', name: job }] },
  spec: { nodeName },
  status: { phase: 'Running' },
});
const demo = (...steps: unknown[]) => parseDemo({ id: 'd', title: 'D', about: 'a', steps });
const texts = (orders: Order[]) => orders.map((order) => (order.kind === 'say' ? order.text : order.command));

describe('symbols', () => {
  it.each<[unknown, unknown]>([
    ['$leader', 's4'],
    ['$followers', ['s1', 's2', 's3', 's5']],
    ['$leader_zone', 'c'],
    ['$zone_of_leader', ['c5', 's4', 's5']],
    ['$outside_zone_of_leader', ['c1', 's1', 's2', 's3', 'w1']],
    ['$majority_to_lose', ['s4', 's1', 's2']],
    ['$node_of_job(hello)', 'c5'],
    ['$node_of_job($job)', 'c5'],
    ['$free_job_name(hello)', 'hello'],
    ['$job', 'hello'],
    ['plain $leader', 'plain $leader'],
    [{ groups: ['$zone_of_leader', ['w1']] }, { groups: [['c5', 's4', 's5'], ['w1']] }],
    [3, 3],
    ['$max_mean', '1.33'],
    ['$jain', '0.90'],
  ])('%j stands for %j', (value, expected) => expect(resolve(value, { job: 'hello' }, world())).toEqual(expected));

  const Event = {
    a: { reason: 'ScaleDown', message: 'Scale-down: removing node n1', lastTimestamp: 5 },
    b: { reason: 'ScaleDown', message: 'node removed', lastTimestamp: 9 },
    c: { reason: 'ScaleDown', message: 'Scale-down: removing node n2', lastTimestamp: 7 },
  };

  it('what an Event said last, by its reason and its beginning', () => {
    expect(resolve('$said(ScaleDown)', {}, world({ Event }))).toBe('node removed');
    expect(resolve('$said(ScaleDown/Scale-down: removing)', {}, world({ Event }))).toBe('Scale-down: removing node n2');
    expect(() => resolve('$said(Other)', {}, world({ Event }))).toThrow('No Event Other was recorded');
  });

  it('a name is taken when a job has it', () => {
    expect(resolve('$free_job_name(hello)', {}, world({ Job: { 'default/hello': {} } }))).toBe('hello-2');
  });

  it('an unknown one is an error that lists what is allowed', () => {
    expect(() => resolve('$ledaer', {}, world())).toThrow(/\$ledaer is not known; allowed are \$leader/);
  });
});

describe('conditions', () => {
  const since = { chosen: 8 };
  const cut = { partition: { p1: { groups: [['s4', 's5'], ['s1', 's2', 's3']] } } };
  const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
  const shop = { Deployment: { 'default/shop': { status: { availableReplicas: 3, conditions } } } };
  it.each<[Record<string, unknown>, boolean, Record<string, Record<string, Fields>>?]>([
    [{ leader: true }, true],
    [{ leader: false }, true, cut],
    [{ leader: true }, false, { memory: { s4: { role: 'leader', ballot: [7, 's4'], leading: false } } }],
    [{ leader_other_than: 's4' }, false],
    [{ leader_other_than: 's2' }, true],
    [{ nobody_leads: true }, true, { memory: {} }],
    [{ no_longer_leads: 's4' }, false],
    [{ no_longer_leads: 's1' }, true],
    [{ all_up: true }, true],
    [{ down: 's4' }, false],
    [{ whole_network: true }, false, cut],
    [{ slots_decided: 2 }, true],
    [{ slots_decided: 3 }, false],
    [{ running_at_least: 3, job: 'hello' }, true],
    [{ running_at_most: 2, job: 'hello' }, false],
    [{ running_at_most: 0, job: 'other' }, true],
    [{ job_exists: 'hello' }, false],
    [{ no_pods_on: 'c1', job: 'hello' }, false, { Pod: { p: pod('hello', 'c1') } }],
    [{ no_pods_on: 'c1', job: 'hello' }, true, { Pod: { p: pod('hello', 'c1', { deletionTimestamp: 5 }), q: pod('hello', 'c2'), r: pod('other', 'c1') } }],
    [{ leader: true, down: 's4' }, false],
    [{ of: 'Deployment/default/shop', status: 'availableReplicas >= 3' }, true, shop],
    [{ of: 'Deployment/default/shop', status: 'availableReplicas >= 4' }, false, shop],
    [{ of: 'Deployment/default/shop', status: 'availableReplicas <= 2' }, false, shop],
    [{ of: 'Deployment/default/shop', status: 'updatedReplicas <= 0' }, true, shop],
    [{ of: 'Deployment/default/other', status: 'updatedReplicas <= 0' }, false, shop],
    [{ of: 'Pod/default/p', status: 'phase = Running' }, true, { Pod: { 'default/p': pod('hello', 'c1') } }],
    [{ of: 'Deployment/default/shop', condition: 'Progressing=False' }, true, shop],
    [{ of: 'Deployment/default/shop', condition: 'Progressing=ProgressDeadlineExceeded' }, true, shop],
    [{ of: 'Deployment/default/shop', condition: 'Available=True' }, false, shop],
    [{ event: 'Preempted' }, true, { Event: { 'default/e': { reason: 'Preempted' } } }],
    [{ event: 'Preempted' }, false],
    [{ same_ballot: true }, false],
  ])('%j is %s', (asked, expected, kinds) => expect(holds(asked, world(kinds), since)).toBe(expected));

  it('a comparison that is none is an error', () => {
    expect(() => holds({ of: 'Deployment/default/shop', status: 'replicas > 1' }, world(shop), since)).toThrow(/allowed is a field, >= or <= or =/);
  });

  it('an unknown one is an error', () => expect(() => holds({ ledaer: true }, world(), since)).toThrow(DemoError));
});

describe('a player', () => {
  it('binds, speaks, acts, waits for the answer, then for the picture, then rests', () => {
    const player = new Player(
      demo({ let: { old: '$leader' }, say: '{old} falls', do: { type: 'kill-node', node: '$old' }, wait: { leader_other_than: '$old' }, rest_s: 2 }, { say: 'end' }),
    );
    expect(texts(player.look(world(), 0))).toEqual(['s4 falls', { type: 'kill-node', node: 's4' }]);
    expect(player.look(world(), 1 * S)).toEqual([]);
    player.answered(null);
    expect(player.look(world(), 2 * S)).toEqual([]);
    const after = world({ memory: { s1: { role: 'leader', ballot: [8, 's1'], leading: true } } });
    expect(player.look(after, 3 * S)).toEqual([]);
    expect(player.look(after, 4 * S)).toEqual([]);
    expect(texts(player.look(after, 5 * S))).toEqual(['end']);
    expect(player.ending).toEqual({ kind: 'done' });
    expect(player.share).toBe(1);
  });

  it('gives a command for each node of a list', () => {
    const player = new Player(demo({ do: { type: 'kill-node', each: '$majority_to_lose', node: '$each' } }));
    expect(texts(player.look(world(), 0))).toEqual(['s4', 's1', 's2'].map((node) => ({ type: 'kill-node', node })));
  });

  it('hands objects in as the text of a manifest', () => {
    const player = new Player(demo({ do: { type: 'submit-manifest', manifest: [{ kind: 'Pod', metadata: { name: '$leader' } }] } }));
    expect(texts(player.look(world(), 0))).toEqual([{ type: 'submit-manifest', manifest: '[{"kind":"Pod","metadata":{"name":"s4"}}]' }]);
  });

  it('stops with the sentence of a refusal', () => {
    const player = new Player(demo({ do: { type: 'kill-node', node: 's4' } }, { say: 'never' }));
    player.look(world(), 0);
    player.answered('s4 is down already.');
    expect(player.look(world(), 1)).toEqual([]);
    expect(player.ending).toEqual({ kind: 'failed', sentence: 's4 is down already.' });
  });

  it('stops when what it waits for does not come in time', () => {
    const player = new Player(demo({ wait: { down: 's4' }, within_s: 5 }));
    player.look(world(), 0);
    player.look(world(), 5 * S);
    expect(player.ending).toBeNull();
    player.look(world(), 5 * S + 1);
    expect(player.ending).toEqual({ kind: 'failed', sentence: 'Within 5 s this did not come: down s4.' });
  });

  it('fails with a sentence where there is no leader to name', () => {
    const player = new Player(demo({ let: { old: '$leader' } }));
    player.look(world({ memory: {} }), 0);
    expect(player.ending).toEqual({ kind: 'failed', sentence: 'There is no leader now.' });
  });

  it.each([['while its commands are on their way', false], ['while it waits', true]])('is gone on with by another one, from plain data, %s', (_, answered) => {
    const told = demo({ let: { old: '$leader' }, do: { type: 'kill-node', node: '$old' }, wait: { leader_other_than: '$old' }, within_s: 5 }, { say: '{old} fell' });
    const first = new Player(told);
    first.look(world(), 10 * S);
    if (answered) first.answered(null);
    first.look(world(), 11 * S);
    const second = new Player(told, JSON.parse(JSON.stringify(first.place)));
    expect(second.look(pictureOf({}), 0), 'no time yet: the page has just been loaded').toEqual([]);
    expect(second.look(world(), 12 * S), 'what was done is not done again').toEqual([]);
    const after = world({ memory: { s1: { role: 'leader', ballot: [8, 's1'], leading: true } } });
    expect(texts(second.look(after, 13 * S))).toEqual(['s4 fell']);
  });

  it('can be stopped', () => {
    const player = new Player(demo({ rest_s: 9 }));
    player.look(world(), 0);
    player.stop();
    expect(player.look(world(), 99 * S)).toEqual([]);
    expect(player.ending).toEqual({ kind: 'stopped' });
  });
});

describe('a demo file', () => {
  it.each<[string, unknown, RegExp]>([
    ['no steps', { id: 'd', title: 'D', about: 'a', steps: [] }, /Demo d has no steps/],
    ['an unknown key', { id: 'd', title: 'D', about: 'a', steps: [{ sya: 'x' }] }, /step 1 has sya; allowed are let, say/],
    ['a bad time', { id: 'd', title: 'D', about: 'a', steps: [{ rest_s: -1 }] }, /rest_s is -1; allowed is a number/],
    ['a command without type', { id: 'd', title: 'D', about: 'a', steps: [{ do: { node: 's1' } }] }, /do.type is undefined/],
    ['no title', { id: 'd', about: 'a', steps: [{}] }, /d.title is undefined/],
  ])('%s is refused with a sentence', (_name, file, sentence) => expect(() => parseDemo(file)).toThrow(sentence));

  const folder = join(import.meta.dirname, '../../../app/scenarios/demos');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  it('eleven are shipped', () => expect(files).toHaveLength(11));

  it.each(files)('%s is sound: its words, symbols and conditions are known', (name) => {
    const file = readFileSync(join(folder, name), 'utf8');
    const parsed = parseDemo(parse(file));
    const said = [...file.matchAll(/\$said\(([^)/]*)\/?([^)]*)\)/g)].map(([asked, reason = '', message = '']) => [asked, { reason, message }]);
    const there = world({ Event: Object.fromEntries(said) as Record<string, Fields> });
    expect(`${parsed.id}.yaml`).toBe(name);
    const known: Record<string, string> = {};
    for (const step of parsed.steps) {
      for (const [binding, symbol] of Object.entries(step.let ?? {})) known[binding] = String(resolve(symbol, { job: 'hello', ...known }, there));
      for (const slot of (step.say ?? '').matchAll(/\{(\w+)\}/g)) expect(Object.keys(known)).toContain(slot[1]);
      if (step.wait !== undefined) holds(resolve(step.wait, known, there) as Record<string, unknown>, there, { chosen: 0 });
      for (const sketch of step.do ?? []) resolve({ ...sketch, each: '', node: '' }, { ...known, each: 's1' }, there);
    }
  });
});
