import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../wire/faults.gen';
import { pictureOf } from '../reading/fixture';
import { asksMore, commandOf, fits, grouped, initialValues, problemOf, unitOf, type FaultInfo, type FormField, type Target } from './catalogue';
import { amountText, authenticated, inForce } from './scene';

const field = (name: string, kind: string, over: Partial<FormField> = {}): FormField => ({ name, kind, default: '', low: 0, high: 0, choices: [], ...over });
const fault = (name: string, form: FormField[], over: Partial<FaultInfo> = {}): FaultInfo => ({
  name, group: 'links', begin: `begin-${name}`, end: 'end-fault', model: 'inside', band: 'bad', sentence: 'fault-began', form, ...over,
});
const SLOW = fault('slow', [field('delay_us', 'us', { default: 2_000, low: 1_000, high: 9_000_000 }), field('src', 'any-node'), field('dst', 'any-node'), field('both', 'bool')]);
const WIPE = fault('wipe', [field('node', 'storage')]);
const EDIT = fault('edit', [field('message', 'message'), field('field', 'field'), field('value', 'text', { high: 9 })]);
const SPLIT = fault('split', [field('groups', 'groups')]);

const picture = pictureOf({
  node: {
    s1: { role: 'storage', state: 'up' }, s2: { role: 'storage', state: 'down', since_us: 5 }, s10: { role: 'storage', state: 'paused', since_us: 3 }, c1: { role: 'compute', state: 'up' },
  },
  message: {
    7: { kind: 'accept', src: 's1', dst: 's2', label: ['accept', 4], held_us: 9, arrives_us: 50, fields: { ballot: '3.s1', slot: '4' } },
    8: { kind: 'nack', src: 's2', dst: 's1', label: ['nack', '3.s1'], held_us: null, arrives_us: 20, fields: {} },
  },
  cut: { 's1>s2': { src: 's1', dst: 's2', since_us: 4 } },
  fault: { 'slow:s1>*': { fault: 'slow', nodes: ['s1'], links: [], detail: { delay_us: 2_000, src: 's1', dst: '', both: true }, since_us: 1, inside: false } },
});

describe('the catalogue of the core', () => {
  it('every fault has a group, and a form that can be begun or says why not', () => {
    const faults = FAULTS as readonly FaultInfo[];
    expect(grouped(faults).flatMap((group) => group.faults)).toHaveLength(faults.length);
    for (const one of faults) expect(commandOf(one, initialValues(one, picture))).toMatchObject({ type: one.begin });
  });

  const node = (id: string, role: string): Target => ({ kind: 'node', node: id, role });
  it.each<[string, FaultInfo, Target, boolean]>([
    ['a disk on a storage node', WIPE, node('s1', 'storage'), true],
    ['a disk on a compute node', WIPE, node('c1', 'compute'), false],
    ['a link', SLOW, { kind: 'link', src: 's1', dst: 's2' }, true],
    ['a link fault on a node', SLOW, node('s1', 'storage'), false],
    ['a message', EDIT, { kind: 'message', id: '7' }, true],
    ['groups fit nothing on the map', SPLIT, node('s1', 'storage'), false],
  ])('%s', (_, one, target, expected) => expect(fits(one, target)).toBe(expected));

  it('what is aimed is filled in, and asks only for the rest', () => {
    expect(asksMore(WIPE, node('s1', 'storage'))).toBe(false);
    expect(initialValues(SLOW, picture, { kind: 'link', src: 's2', dst: 's1' })).toEqual({ delay_us: 2_000, src: 's2', dst: 's1', both: false });
    expect(initialValues(EDIT, picture, { kind: 'message', id: '7' })).toEqual({ message: '7', field: 'ballot', value: '3.s1' });
  });

  it.each<[string, FaultInfo, Record<string, unknown>, string | null]>([
    ['fine', SLOW, { delay_us: 5_000, src: '', dst: '', both: false }, null],
    ['too long', SLOW, { delay_us: 10_000_000, src: '', dst: 's1' }, 'delay is from 1 to 9000 ms'],
    ['not a number', SLOW, { delay_us: Number.NaN, src: '', dst: '' }, 'delay is from 1 to 9000 ms'],
    ['the same machine twice', SLOW, { delay_us: 5_000, src: 's1', dst: 's1' }, 's1 twice: choose two machines'],
    ['one side only', SPLIT, { groups: [['s1'], []] }, 'choose who is on one side'],
  ])('a form that is %s', (_, one, values, expected) => expect(problemOf(one, values)).toBe(expected));

  it('a message goes by its number', () =>
    expect(commandOf(EDIT, { message: '7', field: 'slot', value: '5' })).toEqual({ type: 'begin-edit', message: 7, field: 'slot', value: '5' }));

  it.each([['us', 1_000_000, 'ms'], ['us', 600_000_000, 's'], ['ppm', 1_000_000, '%'], ['ppm', 500, 'ppm'], ['int', 9, '']])('%s up to %i is asked in %s', (kind, high, unit) =>
    expect(unitOf(field('x', kind, { high })).unit).toBe(unit));
});

describe('in force', () => {
  it('everything, the oldest first, each with the command that ends it', () =>
    expect(inForce(picture).map(({ key, end }) => [key, end.type])).toEqual([
      ['fault:slow:s1>*', 'end-fault'], ['paused:s10', 'resume-node'], ['cut:s1>s2', 'heal-link'], ['down:s2', 'restart-node'], ['message:7', 'release-message'],
    ]));

  it('says where and how much, and that it is outside the model', () =>
    expect(inForce(picture)[0]).toMatchObject({ title: 'Slow: s1', detail: 'delay 2 ms', outside: true }));

  it.each([['drift_ppm', 120, 'drift 120 ppm'], ['loss_ppm', 50_000, 'loss 5 %'], ['by_us', 2_500_000, 'by 2.5 s'], ['field', 'ballot', 'field ballot']])('%s %s', (name, value, text) =>
    expect(amountText(name, value)).toBe(text));

  it('authentication is what the scenario says until it is turned', () => {
    const constants = (authentication: boolean) => ({ run: { run: { constants: { authentication } } } });
    expect(authenticated(pictureOf({}))).toBe(true);
    expect(authenticated(pictureOf(constants(false)))).toBe(false);
    expect(authenticated(pictureOf({ ...constants(true), fault: { authentication: { detail: { on: false } } } }))).toBe(false);
  });
});
