/** Paper under a time axis, as the diagram and the clients' bars use it: size, colours, pointer, and the way to zoom and pan. */
import { onMount, untrack } from 'svelte';
import type { AppState } from '../../shell/app.svelte';
import { fitted, Ink } from '../reading/ink.svelte';
import type { TimeAxis } from './axis.svelte';
import { navigate } from './navigate';

export interface Hands {
  click: (x: number, y: number) => void;
  doubleClick: (x: number, y: number) => void;
}

/** All lengths but `widthPx` and `heightPx` are in units of the zoom. Made in a component. */
export class Sheet {
  paper = $state<HTMLDivElement>();
  widthPx = $state(0);
  heightPx = $state(0);
  pointer = $state.raw<{ x: number; y: number } | null>(null);
  readonly ink: Ink;
  readonly width = $derived.by(() => this.widthPx / this.ink.unit);
  readonly height = $derived.by(() => this.heightPx / this.ink.unit);

  constructor(app: AppState, axisOf: () => TimeAxis, hands: Hands) {
    this.ink = new Ink(() => this.paper, () => app.theme);
    const scaled = (hand: Hands['click']) => (x: number, y: number) => hand(x / this.ink.unit, y / this.ink.unit);
    onMount(() =>
      navigate(this.paper!, axisOf(), {
        hover: (x, y) => (this.pointer = x === null ? null : { x: x / this.ink.unit, y: y / this.ink.unit }),
        click: scaled(hands.click),
        doubleClick: scaled(hands.doubleClick),
      }),
    );
    $effect(() => {
      void app.tick;
      void app.timeline;
      untrack(() => axisOf().tick());
    });
  }

  fit(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
    return fitted(canvas, this.widthPx, this.heightPx, this.ink.unit);
  }
}
