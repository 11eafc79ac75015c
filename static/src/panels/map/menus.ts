import type { AppState } from '../../shell/app.svelte';
import { show } from '../../shell/views.svelte';
import { ui } from '../../words';
import { faultItems } from '../faults/menu';
import { inForce } from '../faults/scene';
import { seatAct } from '../inspector/seat';
import { byName, passes } from '../reading/picture';
import { actsFor, forge, perform } from './actions';
import type { CutView, NodeView } from './cluster';
import { nodeSentence } from './cluster';
import { nodeItems } from '../nodes/acts';
import type { MenuItem } from './ContextMenu.svelte';
import type { Link } from './gestures';
import type { Layout } from './layout';

type Menu = [title: string, items: MenuItem[]];

/** Faults with items of their own in these menus. */
const OFFERED: ReadonlySet<string> = new Set(['kill-node', 'pause-node', 'cut-link', 'forge-prepare']);

export function nodeMenu(app: AppState, layout: Layout, node: NodeView): Menu {
  const nodes = app.group.has(node.id) && app.group.size > 1 ? [...app.group].sort(byName) : [node.id];
  const items = actsFor(node.health).map((act): MenuItem => ({
    label: nodes.length > 1 ? ui('act-on-many', { act: act.label, count: nodes.length }) : act.label,
    key: act.key,
    disabled: !app.canAct || !act.possible,
    run: () => void perform(app, act.code, nodes, layout),
  }));
  if (node.role === 'intruder') items.push({ label: ui('act-forge'), disabled: !app.canAct || node.health !== 'up', run: () => void forge(app) });
  const picture = app.timeline.picture;
  const seat = nodes.length === 1 ? seatAct(picture, node.id) : undefined;
  if (seat !== undefined) items.push({ label: seat.label, disabled: !app.canAct, run: () => void app.send(seat.command) });
  for (const [id, fields] of picture.kind('partition')) {
    const groups = fields.groups as readonly (readonly string[])[];
    if (!groups.some((group) => group.includes(node.id))) continue;
    items.push(healItem(app, id, String(fields.label ?? id)));
  }
  if (nodes.length === 1) items.push(...nodeItems(app, node.id));
  if (nodes.length === 1) items.push(...faultItems(app, { kind: 'node', node: node.id, role: node.role }, OFFERED));
  return [nodes.length > 1 ? nodes.join(', ') : nodeSentence(node), items];
}

const healItem = (app: AppState, partition: string, label: string): MenuItem => ({
  label: ui('act-heal', { label: label || partition }),
  disabled: !app.canAct,
  run: () => void app.send({ type: 'heal-partition', partition }),
});

/** A link can be cut one way or both, and healed. */
export function linkMenu(app: AppState, { a, b }: Link): Menu {
  const cut = (src: string, dst: string, both: boolean): MenuItem => {
    const open = !app.timeline.picture.kind('cut').has(`${src}>${dst}`);
    return {
      label: both ? ui('act-cut-both') : ui(open ? 'act-cut-one' : 'act-heal-one', { src, dst }),
      disabled: !app.canAct,
      run: () => void app.send({ type: open || both ? 'cut-link' : 'heal-link', src, dst, both }),
    };
  };
  const picture = app.timeline.picture;
  const heal: MenuItem = {
    label: ui('act-heal-both'),
    disabled: !app.canAct || !(picture.kind('cut').has(`${a}>${b}`) || picture.kind('cut').has(`${b}>${a}`)),
    run: () => void app.send({ type: 'heal-link', src: a, dst: b, both: true }),
  };
  const open = passes(picture, a, b) && passes(picture, b, a);
  const others = faultItems(app, { kind: 'link', src: a, dst: b }, OFFERED);
  return [ui('link-between', { a, b }), [...(open ? [cut(a, b, true)] : []), cut(a, b, false), cut(b, a, false), heal, ...others]];
}

/** The empty map: everything at once, and the weather. */
export function mapMenu(app: AppState, cut: CutView | undefined): Menu {
  const picture = app.timeline.picture;
  const stormy = Number(picture.get('network', 'network')?.loss_ppm ?? 0) > 0;
  const weather: MenuItem = {
    label: stormy ? ui('act-calm') : ui('act-storm'),
    disabled: !app.canAct,
    run: () =>
      void app.send({ type: 'set-network', loss_ppm: stormy ? 0 : 100_000, duplicate_ppm: 0, reorder_ppm: stormy ? 0 : 50_000 }),
  };
  const broken = picture.kind('partition').size + picture.kind('cut').size > 0;
  const all: MenuItem = {
    label: ui('act-heal-all'), key: 'H', disabled: !app.canAct || !(broken || stormy),
    run: () => void app.send({ type: 'heal-network' }),
  };
  const everything: MenuItem = { label: ui('heal-everything'), disabled: !app.canAct || inForce(picture).length === 0, run: () => void app.send({ type: 'heal-everything' }) };
  const more: MenuItem = { label: ui('fault-palette'), run: () => show(app, 'side', 'faults') };
  return [cut?.title ?? ui('whole-network'), [...(cut ? [healItem(app, cut.id, cut.title.replace(/ cut off$/, ''))] : []), all, weather, everything, more]];
}
