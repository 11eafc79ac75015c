/** Wheel, drag, pinch and click on a picture with a time axis: zoom, pan, or point at something. */
import type { TimeAxis } from './axis.svelte';
import { widthOf } from './window';

const DRAG_FROM = 4;

export interface Pointing {
  /** Under the pointer, in px of the element; null when it has left or drags. */
  hover(x: number | null, y: number): void;
  click(x: number, y: number): void;
  doubleClick(x: number, y: number): void;
}

export function navigate(element: HTMLElement, axis: TimeAxis, pointing: Pointing): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let from: { x: number; y: number } | null = null;
  let dragged = false;
  let pinched = 0;

  const local = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const width = () => Math.max(1, element.clientWidth);

  function down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const at = local(event);
    pointers.set(event.pointerId, at);
    element.setPointerCapture(event.pointerId);
    if (pointers.size === 1) [from, dragged] = [at, false];
    else pinched = apart();
  }

  function move(event: PointerEvent): void {
    const at = local(event);
    const before = pointers.get(event.pointerId);
    if (before === undefined) return pointing.hover(at.x, at.y);
    pointers.set(event.pointerId, at);
    if (pointers.size === 2) return pinch();
    if (!dragged && from !== null && Math.hypot(at.x - from.x, at.y - from.y) <= DRAG_FROM) return;
    dragged = true;
    pointing.hover(null, 0);
    axis.pan(((before.x - at.x) / width()) * widthOf(axis.span));
  }

  function apart(): number {
    const [a, b] = [...pointers.values()];
    return a === undefined || b === undefined ? 0 : Math.hypot(a.x - b.x, a.y - b.y);
  }

  function pinch(): void {
    const now = apart();
    const [a, b] = [...pointers.values()];
    dragged = true;
    if (pinched > 0 && now > 0) axis.zoom(now / pinched, (a!.x + b!.x) / 2 / width());
    pinched = now;
  }

  function up(event: PointerEvent): void {
    if (!pointers.delete(event.pointerId)) return;
    const at = local(event);
    if (pointers.size === 0 && !dragged && from !== null) pointing.click(at.x, at.y);
    if (pointers.size === 0) from = null;
  }

  function cancel(event: PointerEvent): void {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) from = null;
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    if (sideways !== 0) return axis.pan((sideways / width()) * widthOf(axis.span));
    // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
    axis.zoom((event.ctrlKey ? 1.01 : 1.0018) ** -event.deltaY, local(event).x / width());
  }

  const listeners: [keyof HTMLElementEventMap, (event: never) => void][] = [
    ['pointerdown', down], ['pointermove', move], ['pointerup', up], ['pointercancel', cancel],
    ['pointerleave', () => pointers.size === 0 && pointing.hover(null, 0)],
    ['dblclick', (event: MouseEvent) => pointing.doubleClick(local(event).x, local(event).y)],
  ];
  for (const [name, listener] of listeners) element.addEventListener(name, listener as EventListener);
  element.addEventListener('wheel', wheel, { passive: false });
  return () => {
    for (const [name, listener] of listeners) element.removeEventListener(name, listener as EventListener);
    element.removeEventListener('wheel', wheel);
  };
}
