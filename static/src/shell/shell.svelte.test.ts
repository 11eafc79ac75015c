import { describe, expect, it, vi } from 'vitest';
import { Timeline } from '../history/timeline';
import { ToyRun } from '../history/testing';
import { pictureOf } from '../panels/reading/fixture';
import { addressed, momentLink } from './address';
import { AppState } from './app.svelte';
import { keyName, keyNames, keys } from './keys.svelte';
import { counterpart, deathsAfter } from './undo';
import { keyOf, show, shownView, viewKeys, viewsOf } from './views.svelte';

function toyTimeline(script: (run: ToyRun) => void) {
  const run = new ToyRun();
  script(run);
  const timeline = new Timeline();
  timeline.reset({ seq: -1, at_us: 0, digest: '', view: {} }, run.meta(), 0);
  timeline.receive(run.frame(0, { playing: false }), 10);
  timeline.advance(10);
  return { run, timeline };
}

describe('addresses', () => {
  it.each([
    ['/', '', { run: undefined, at: undefined, view: 'dash' }],
    ['/r/ab%20c', '?at=11871', { run: 'ab c', at: { seq: 11871 }, view: 'dash' }],
    ['/r/x', '?at_us=12540000&view=present', { run: 'x', at: { us: 12540000 }, view: 'present' }],
    ['/r/x', '?panel=spacetime&side=breakit', { run: 'x', at: undefined, view: 'dash', panel: 'spacetime', side: 'breakit' }],
    ['/r/x', '?at=-3', { run: 'x', at: undefined, view: 'dash' }],
  ])('%s%s', (pathname, search, expected) => expect(addressed({ pathname, search })).toEqual(expected));

  it('a shared link leads back to its moment', () => {
    const link = new URL(momentLink('http://127.0.0.1:5000', 'a/b', 42));
    expect(addressed(link)).toMatchObject({ run: 'a/b', at: { seq: 42 } });
  });
});

describe('views of a region', () => {
  it('an unknown one falls back to the first, and the address names what is not the first', () => {
    const app = new AppState();
    app.panel = 'nonsense';
    expect(shownView(app, 'panel')).toBe(viewsOf('panel')[0]);
    show(app, 'side', 'other');
    expect(new URL(location.href).searchParams.get('side')).toBe('other');
    show(app, 'side', viewsOf('side')[0]!.id);
    expect(new URL(location.href).searchParams.has('side')).toBe(false);
  });

  it('each has a digit in the order of the tabs, those beside the map with Shift', () => {
    const app = new AppState();
    const bindings = viewKeys(app);
    const digits = (region: 'panel' | 'side') => viewsOf(region).map((_, at) => at + 1);
    expect(bindings.map((binding) => binding.key)).toEqual([...digits('panel').map(String), ...digits('side').map((digit) => `Shift+${digit}`)]);
    bindings.at(-1)!.run(new KeyboardEvent('keydown'));
    expect(shownView(app, 'side').id).toBe(viewsOf('side').at(-1)!.id);
    expect(keyOf('side', viewsOf('side')[1]!)).toBe('Shift 2');
  });
});

describe('keys', () => {
  const event = (key: string, over: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true, ...over });

  it.each([
    [{ key: 'K', shiftKey: false }, 'k'],
    [{ key: 'R', shiftKey: true }, 'Shift+R'],
    [{ key: '?', shiftKey: true }, '?'],
    [{ key: 'ArrowLeft', shiftKey: true }, 'Shift+ArrowLeft'],
  ])('%j is %s', (given, name) => expect(keyName(given)).toBe(name));

  it.each([
    ['a US keyboard', '1', 'Digit1', false, ['1']],
    ['a US keyboard', '!', 'Digit1', true, ['!', 'Shift+1']],
    ['a French one, where digits need Shift', '&', 'Digit1', false, ['&', '1']],
    ['a French one, where digits need Shift', '1', 'Digit1', true, ['Shift+1']],
    ['a German one, whose / is there', '/', 'Digit7', true, ['/', 'Shift+7']],
    ['a number pad', '1', 'Numpad1', false, ['1']],
  ])('%s: %s at %s', (_, key, code, shiftKey, names) => expect(keyNames({ key, code, shiftKey })).toEqual(names));

  it('the latest binding that applies wins; typing, modifiers and the switch keep keys off', () => {
    const said: string[] = [];
    const off = keys.add([
      { key: 'k', label: 'first', group: 'cluster', run: () => said.push('first') },
      { key: 'k', label: 'never', group: 'cluster', run: () => said.push('never'), when: () => false },
    ]);
    keys.handle(event('k'));
    keys.handle(event('k', { ctrlKey: true }));
    const field = document.body.appendChild(document.createElement('textarea'));
    field.addEventListener('keydown', (typed) => keys.handle(typed));
    field.dispatchEvent(event('k'));
    keys.turn(false);
    keys.handle(event('k'));
    keys.turn(true);
    off();
    keys.handle(event('k'));
    expect(said).toEqual(['first']);
  });

  it.each([
    ['range', '5', true],
    ['range', ' ', true],
    ['range', 'ArrowLeft', false],
    ['range', 'Home', false],
    ['range', 'PageUp', false],
    ['number', '5', false],
    ['checkbox', '5', true],
    ['checkbox', ' ', false],
  ])('in a field of type %s the key "%s" is the page\'s: %s', (type, key, taken) => {
    const run = vi.fn();
    const off = keys.add([{ key, label: 'any', group: 'view', run }]);
    const field = document.body.appendChild(Object.assign(document.createElement('input'), { type }));
    field.addEventListener('keydown', (pressed) => keys.handle(pressed));
    field.dispatchEvent(event(key));
    off();
    field.remove();
    expect(run).toHaveBeenCalledTimes(taken ? 1 : 0);
  });
});

describe('undo', () => {
  const { timeline, run } = toyTimeline((toy) => (toy.until(3_000_000), toy.cutZone('b'), toy.until(4_000_000)));
  const cutSeq = run.entries.findLast((entry) => entry[3][0] === 'command-taken')![0];

  it.each([
    [{ type: 'kill-node', node: 's2' }, { type: 'restart-node', node: 's2' }],
    [{ type: 'resume-node', node: 's2' }, { type: 'pause-node', node: 's2' }],
    [{ type: 'cut-link', src: 's1', dst: 's2', both: true }, { type: 'heal-link', src: 's1', dst: 's2', both: true }],
    [{ type: 'partition', groups: [['s3'], ['s1']] }, { type: 'heal-partition', partition: 'p1' }],
    [{ type: 'heal-partition', partition: 'p1' }, { type: 'partition', label: 'zone b' }],
  ])('%j is taken back by %j', (command, back) => expect(counterpart(command, cutSeq, timeline)?.()).toMatchObject(back));

  it.each([
    [{ type: 'drain-node', node: 'c1' }, { type: 'uncordon-node', node: 'c1' }],
    [{ type: 'taint-node', node: 'c1', key: 'a', value: 'b', effect: 'NoExecute' }, { type: 'untaint-node', node: 'c1', key: 'a', effect: 'NoExecute' }],
    [{ type: 'untaint-node', node: 'c1', key: 'disk', effect: '' }, { type: 'taint-node', node: 'c1', key: 'disk', value: 'old', effect: 'NoSchedule' }],
    [{ type: 'scale-object', kind: 'Deployment', name: 'web', namespace: 'default', replicas: 9 }, { type: 'scale-object', kind: 'Deployment', name: 'web', namespace: 'default', replicas: 3 }],
    [{ type: 'set-load', kind: 'Deployment', name: 'web', cpu_milli: 0 }, { type: 'set-load', kind: 'Deployment', name: 'web', cpu_milli: 1500 }],
  ])('%j of an object is taken back by %j', (command, back) => {
    const picture = pictureOf({
      Node: { c1: { spec: { taints: [{ key: 'disk', value: 'old', effect: 'NoSchedule' }] } } },
      Deployment: { 'default/web': { metadata: { annotations: { 'sim/load': '1500m' } }, spec: { replicas: 3 } } },
    });
    expect(counterpart(command, 1, { picture } as unknown as Timeline)?.()).toEqual(back);
  });

  it('pools, flags and strategies go back to what they were', () => {
    const picture = pictureOf({
      run: { run: { constants: { low_percent: 20, high_percent: 50, deschedule_us: 10_000_000, deschedule_max: 5 } } },
      NodePool: { old: { spec: { min: 1, max: 2, cpuMilli: 500, memoryMib: 256, bootUs: 2_000_000 } } },
    });
    const back = (command: { type: string; pool?: string; strategies?: string[] }) => counterpart(command, 1, { picture } as unknown as Timeline)?.();
    expect(back({ type: 'set-node-pool', pool: 'new' })).toEqual({ type: 'remove-node-pool', pool: 'new' });
    expect(back({ type: 'remove-node-pool', pool: 'old' })).toMatchObject({ type: 'set-node-pool', pool: 'old', min: 1, max: 2, cpu_milli: 500, boot_ms: 2000 });
    expect(back({ type: 'set-descheduler', strategies: ['RemoveDuplicates'] })).toMatchObject({ strategies: [], thresholds: { cpu: 20 }, interval_ms: 10_000 });
    expect(back({ type: 'set-cluster-autoscaler' })).toMatchObject({ expander: 'least-waste', scale_down_disabled: false });
  });

  it('a load where none was set stays', () => expect(counterpart({ type: 'set-load', kind: 'Deployment', name: 'web', cpu_milli: 1 }, 1, { picture: pictureOf({}) } as unknown as Timeline)).toBeNull());

  it('what has no counterpart has no undo', () => expect(counterpart({ type: 'submit-tasks', count: 3 }, cutSeq, timeline)).toBeNull());

  it('counts the messages that died at once', () => {
    const drops = run.entries.filter((entry) => entry[3][0] === 'message-dropped' && entry[1] === 3_000_000);
    expect(deathsAfter(timeline, cutSeq)).toBe(drops.length);
    expect(drops.length).toBeGreaterThan(0);
  });
});

describe('the app', () => {
  it('wakes readers of a kind when it is gone as well as when it is there', async () => {
    const { timeline } = toyTimeline((toy) => (toy.until(3_000_000), toy.cutZone('b'), toy.until(4_000_000)));
    const app = new AppState();
    app.use(timeline);
    const seen: number[] = [];
    const stop = $effect.root(() => {
      $effect(() => void seen.push(app.kind('partition').size));
    });
    await Promise.resolve();
    await app.seek(() => timeline.seekUs(2_000_000));
    await Promise.resolve();
    stop();
    expect(seen).toEqual([1, 0]);
  });

  it('in the past nothing is sent, and the toast says how to return', async () => {
    const { timeline } = toyTimeline((toy) => void toy.until(4_000_000));
    const app = new AppState();
    app.use(timeline);
    await app.seek(() => timeline.seekUs(1_000_000));
    const answer = await app.send({ type: 'kill-node', node: 's1' });
    expect(answer).toMatchObject({ ok: false, refused: { code: 'cursor-in-past' } });
    expect(app.toasts.list.at(-1)?.text).toContain('L');
    expect(app.canAct).toBe(false);
  });

  it('toasts leave after six seconds, wait under the pointer, and are two at most', () => {
    vi.useFakeTimers();
    const app = new AppState();
    for (const text of ['one', 'two', 'three']) app.toasts.say(text);
    expect(app.toasts.list.map((toast) => toast.text)).toEqual(['two', 'three']);
    app.toasts.pause(app.toasts.list[0]!.id);
    app.toasts.error('stays');
    vi.advanceTimersByTime(6001);
    expect(app.toasts.list.map((toast) => toast.text)).toEqual(['stays']);
    vi.useRealTimers();
  });

  it('shift-click gathers machines, and taking the last one out selects nothing', () => {
    const app = new AppState();
    app.select('node', 's1');
    app.selectAlso('s2');
    expect([...app.group]).toEqual(['s1', 's2']);
    app.selectAlso('s1');
    app.selectAlso('s2');
    expect([app.selection, app.group.size]).toEqual([null, 0]);
  });
});
