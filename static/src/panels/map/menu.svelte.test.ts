import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { AppState, appContext } from '../../shell/app.svelte';
import ContextMenu from './ContextMenu.svelte';

function shown() {
  const [remove, cordon, onclose] = [vi.fn(), vi.fn(), vi.fn()];
  const items = [{ label: 'Cordon', key: 'C', run: cordon }, { label: 'Remove', run: remove, ask: () => 'Two pods are lost.' }];
  render(ContextMenu, { props: { title: 'c1', items, x: 5, y: 5, onclose }, context: appContext(new AppState()) });
  return { remove, cordon, onclose, item: (name: string | RegExp) => screen.getByRole('menuitem', { name }) };
}

describe('what cannot be taken back', () => {
  it('is asked for: the first choice says what goes, the second does it', async () => {
    const { remove, onclose, item } = shown();
    await userEvent.click(item('Remove'));
    expect(remove).not.toHaveBeenCalled();
    expect(screen.getByText('Two pods are lost.')).toBeTruthy();
    await userEvent.click(item('Remove'));
    expect([remove.mock.calls.length, onclose.mock.calls.length]).toEqual([1, 1]);
  });

  it('is not done by a second Enter: the choice that leaves it has the focus', async () => {
    const { remove, onclose, item } = shown();
    item('Remove').focus();
    await userEvent.keyboard('{Enter}{Enter}');
    expect([remove.mock.calls.length, onclose.mock.calls.length]).toEqual([0, 1]);
  });

  it('leaves the keys of the other items alone', async () => {
    const { cordon, item } = shown();
    await userEvent.click(item('Remove'));
    await userEvent.keyboard('c');
    expect(cordon).not.toHaveBeenCalled();
  });

  it('and what can be taken back is done at once', async () => {
    const { cordon, item } = shown();
    await userEvent.click(item(/^Cordon/));
    expect(cordon).toHaveBeenCalledOnce();
  });
});
