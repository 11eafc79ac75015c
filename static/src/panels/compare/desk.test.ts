import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { getJson, postJson, RequestFailed } from '../../wire/rest';

vi.mock('../../wire/rest', async (original) => ({ ...(await original<object>()), getJson: vi.fn(), postJson: vi.fn() }));

const get = vi.mocked(getJson);
const report = (comparison: string, state: string) => ({ comparison, state, sides: [] });
/** What the server has, by path; `get` answers from it. */
let there: Record<string, unknown>;

/** A page that was just loaded. */
async function fresh() {
  vi.resetModules();
  const { desk } = await import('./desk.svelte');
  return desk;
}

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  there = { '/profiles': { profiles: [] }, '/workloads': { workloads: [] }, '/comparisons': { comparisons: [] } };
  get.mockImplementation((path) => (path in there ? Promise.resolve(there[path]) : Promise.reject(new RequestFailed(404, 'unknown', `There is no ${path}.`))) as never);
});
afterEach(() => vi.useRealTimers());

describe('the comparison that is looked at', () => {
  it('is found again after a reload', async () => {
    vi.mocked(postJson).mockResolvedValue(report('a', 'done') as never);
    await (await fresh()).begin({ scenario: 'classroom', seed: 1, until_s: 9, profiles: ['default', 'binpack'], workload: 'mixed' });
    there['/comparisons'] = { comparisons: [report('b', 'done'), report('a', 'done')] };
    there['/comparisons/a'] = report('a', 'done');
    const desk = await fresh();
    await desk.learn();
    expect(desk.comparison?.comparison).toBe('a');
  });

  it('is otherwise one that is under way, and none of those that are over', async () => {
    there['/comparisons'] = { comparisons: [report('old', 'done')] };
    const first = await fresh();
    await first.learn();
    there['/comparisons'] = { comparisons: [report('old', 'done'), report('now', 'running')] };
    there['/comparisons/now'] = report('now', 'running');
    const second = await fresh();
    await second.learn();
    expect([first.comparison, second.comparison?.comparison]).toEqual([null, 'now']);
  });

  it('is asked for again when the server did not answer, and is no more when it is not known there', async () => {
    there['/comparisons'] = { comparisons: [report('a', 'running')] };
    there['/comparisons/a'] = report('a', 'running');
    const desk = await fresh();
    await desk.learn();
    get.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    await vi.advanceTimersByTimeAsync(700);
    expect(desk.problem).toContain('does not answer');
    there['/comparisons/a'] = report('a', 'done');
    await vi.advanceTimersByTimeAsync(700);
    expect([desk.comparison?.state, desk.problem]).toEqual(['done', '']);
    there['/comparisons/a'] = report('a', 'running');
    const other = await fresh();
    await other.learn();
    delete there['/comparisons/a'];
    await vi.advanceTimersByTimeAsync(700);
    expect(other.problem).toBe('There is no /comparisons/a.');
    const asked = get.mock.calls.length;
    await vi.advanceTimersByTimeAsync(5000);
    expect(get.mock.calls.length).toBe(asked);
  });
});
