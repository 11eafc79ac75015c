/** The faults that fit what a menu on the map was opened for, and what a hand can do to a message. */
import type { AppState } from '../../shell/app.svelte';
import { show } from '../../shell/views.svelte';
import { FAULTS } from '../../wire/faults.gen';
import type { Fields } from '../../history/types';
import type { Answer } from '../../wire/socket';
import { ui } from '../../words';
import type { MenuItem } from '../map/ContextMenu.svelte';
import { asksMore, commandOf, fits, initialValues, messageName, type FaultInfo, type Target } from './catalogue';
import { palette } from './palette.svelte';
import { faultTitle } from '../../words/faults';

/** One that asks for more than its target opens its form in the palette; others act at once. */
export function faultItems(app: AppState, target: Target, offered: ReadonlySet<string>): MenuItem[] {
  return (FAULTS as readonly FaultInfo[])
    .filter((fault) => fits(fault, target) && !offered.has(fault.begin))
    .map((fault) => {
      const more = asksMore(fault, target);
      return {
        label: more ? ui('fault-form', { title: faultTitle(fault.name) }) : faultTitle(fault.name),
        disabled: !app.canAct,
        run: () => (more ? openForm(app, fault, target) : void app.send(commandOf(fault, initialValues(fault, app.timeline.picture, target)))),
      };
    });
}

/** A message's forms are in the inspector, all others in the palette. */
export function openForm(app: AppState, fault: FaultInfo, target?: Target): void {
  if (target?.kind === 'message') app.select('message', target.id);
  else show(app, 'side', 'faults');
  palette.aim(fault.name, target);
}

/** Hold, or let go what is held; then everything else that a form with a message can do. */
export function messageMenu(app: AppState, id: string): [title: string, items: MenuItem[]] {
  const message = app.timeline.picture.get('message', id);
  if (message === undefined) return [ui('message-gone'), []];
  const held = typeof message.held_us === 'number';
  const target: Target = { kind: 'message', id };
  const first: MenuItem = {
    label: ui(held ? 'act-release' : 'act-hold'),
    disabled: !app.canAct,
    run: () => void hold(app, id, !held),
  };
  return [messageName(message), [first, ...faultItems(app, target, HOLDS)]];
}

const HOLDS: ReadonlySet<string> = new Set(['hold-message', 'release-message']);

/** The server's word for a message that is not on its way any more. */
export const GONE = 'no-such-message';

/** Stop a message where it is, or let it fly on. What the page shows is a moment old: it may have arrived by then. */
export async function hold(app: AppState, id: string, on: boolean, message: Fields | undefined = app.timeline.picture.get('message', id)): Promise<Answer> {
  const name = message === undefined ? ui('message-unnamed') : messageName(message);
  const said = { text: ui(on ? 'did-hold' : 'did-release', { message: name }), icon: on ? 'pause' : 'play', quietRefusal: true };
  const answer = await app.send({ type: on ? 'hold-message' : 'release-message', message: Number(id) }, said);
  if (answer.ok) return answer;
  if (on && answer.refused.code === GONE) app.toasts.say(ui('grab-too-late', { message: name }), 'warning');
  else app.toasts.refused(answer.refused);
  return answer;
}
