import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import Dialogs from '../dialogs/Dialogs.svelte';
import { dialogs } from '../dialogs/dialogs.svelte';
import { ToyRun } from '../history/testing';
import { Timeline } from '../history/timeline';
import { AppState, appContext } from '../shell/app.svelte';
import { keys } from '../shell/keys.svelte';
import Term from '../words/Term.svelte';
import Events from './events/Events.svelte';
import Inspector from './inspector/Inspector.svelte';
import Log from './log/Log.svelte';
import Properties from './properties/Properties.svelte';
import Tasks from './tasks/Tasks.svelte';

const S = 1_000_000;

// No server here: what panels ask of it stays unknown.
beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no server')));
});

/** A page on the toy cluster, standing where the script ends. */
function page(script: (run: ToyRun) => void): AppState {
  const run = new ToyRun();
  script(run);
  const timeline = new Timeline();
  timeline.reset({ seq: -1, at_us: 0, digest: '', view: {} }, run.meta(), 0);
  timeline.receive(run.frame(0, { playing: false }), 10);
  timeline.advance(10);
  const app = new AppState();
  app.use(timeline);
  app.pulse(20);
  return app;
}

const onPage = (app: AppState) => ({ context: appContext(app) });

describe('the log panel', () => {
  it('is a table with a column for each replica, which says who leads and who is down', () => {
    render(Log, onPage(page((run) => (run.until(3 * S), run.kill('s1')))));
    const heads = screen.getAllByRole('columnheader').map((cell) => cell.textContent?.replace(/\s+/g, ' ').trim());
    expect(heads.slice(2, 7)).toEqual(['s1down', 's2leader', 's3', 's4', 's5']);
  });

  it('shows every slot with a cell for each replica, and a click selects it', async () => {
    const app = page((run) => run.until(3 * S));
    render(Log, onPage(app));
    const [row] = screen.getAllByRole('row').slice(-1);
    const cells = within(row!).getAllByRole('cell');
    expect(cells).toHaveLength(7);
    expect(cells[0]!.textContent).toContain('put');
    const slot = within(row!).getByRole('rowheader').textContent;
    await userEvent.click(within(row!).getByRole('button'));
    expect(app.selection).toEqual({ kind: 'slot', id: slot });
  });

  it('marks the votes that died at a cut', () => {
    render(Log, onPage(page((run) => (run.until(3 * S), run.cutZone('a'), run.until(3.3 * S)))));
    expect(screen.getAllByText(/the last message about it was lost/).length).toBeGreaterThan(0);
  });
});

describe('the events panel', () => {
  const story = (run: ToyRun) => (run.until(2 * S), run.kill('s2'), run.until(8 * S));

  it('tells the newest first and says why', () => {
    render(Events, onPage(page(story)));
    const items = screen.getAllByRole('listitem').map((item) => item.textContent ?? '');
    const killed = items.findIndex((text) => text.includes('s2 was killed'));
    const elected = items.findIndex((text) => text.includes('s4'));
    expect(elected).toBeLessThan(killed);
    expect(items[killed]).toContain('because command 1');
  });

  it('is filtered by words', async () => {
    render(Events, onPage(page(story)));
    await userEvent.type(screen.getByRole('textbox', { name: 'Filter events' }), 'killed');
    expect(screen.getAllByRole('listitem')).toHaveLength(1);
    await userEvent.type(screen.getByRole('textbox', { name: 'Filter events' }), 'zzz');
    expect(screen.getByText(/No event matches/)).toBeTruthy();
  });

  it('leads to its moment and its node', async () => {
    const app = page(story);
    render(Events, onPage(app));
    const row = screen.getAllByRole('listitem').find((item) => item.textContent?.includes('s2 was killed'));
    await userEvent.click(within(row!).getByRole('button', { name: /Go to 2\.000/ }));
    expect(app.timeline.live).toBe(false);
    expect(app.timeline.entry(app.timeline.cursorSeq)?.[3][0]).toBe('node-killed');
    expect(app.selection).toEqual({ kind: 'node', id: 's2' });
  });

  it('unfolds the chain of causes down to the command', async () => {
    render(Events, onPage(page(story)));
    const row = screen.getAllByRole('listitem').find((item) => item.textContent?.includes('s2 was killed'));
    await userEvent.click(within(row!).getByRole('button', { name: /because/ }));
    expect(await within(row!).findByText('a person asked for it')).toBeTruthy();
  });
});

describe('the inspector', () => {
  it('knows the leader, and its acts are off for those who may not act', () => {
    const app = page((run) => run.until(3 * S));
    app.select('node', 's2');
    render(Inspector, onPage(app));
    expect(screen.getByRole('heading', { level: 3 }).textContent).toBe('s2 storage, zone a');
    expect(screen.getByText('Leads with ballot 6.s2')).toBeTruthy();
    expect((screen.getByRole('button', { name: /Kill/ }) as HTMLButtonElement).disabled).toBe(true);
  });

  it('says what can be selected while nothing is', () => {
    render(Inspector, onPage(page((run) => run.until(S))));
    expect(screen.getByText('Select a machine, a slot, a message or a pod.')).toBeTruthy();
  });
});

describe('tasks and properties', () => {
  it('an empty cluster says so, and offers work', () => {
    render(Tasks, onPage(page((run) => run.until(S))));
    expect(screen.getByText('No work yet.')).toBeTruthy();
  });

  it('seven figures, each with a name that can be heard', () => {
    render(Properties, onPage(page((run) => run.until(5 * S))));
    const names = screen.getAllByRole('button').map((tile) => tile.getAttribute('aria-label')?.split(':')[0]);
    expect(names).toEqual(['Availability', 'Performance', 'Consistency', 'Fault tolerance', 'Scalability', 'Security', 'Load balance']);
  });
});

describe('terms and keys', () => {
  it('a term explains itself on focus and is silent again without it', async () => {
    render(Term, { props: { code: 'ballot' } });
    await userEvent.tab();
    const term = screen.getByText('ballot');
    expect(document.activeElement).toBe(term);
    expect(document.getElementById(term.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/^A ballot is/);
    await userEvent.tab();
    expect(term.getAttribute('aria-describedby')).toBeNull();
  });

  it('? lists the keys', async () => {
    HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
      this.open = true;
    };
    render(Dialogs, onPage(page((run) => run.until(S))));
    keys.handle(new KeyboardEvent('keydown', { key: '?', shiftKey: true, cancelable: true }));
    expect(await screen.findByText('All keys')).toBeTruthy();
    dialogs.close();
  });
});
