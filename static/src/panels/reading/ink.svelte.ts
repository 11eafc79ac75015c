/** What every canvas of the page needs: its size in the screen's own pixels, and the theme's colours to draw with. */
import { devicePixelRatio } from 'svelte/reactivity/window';
import { coloursOf, type Colours } from '../map/colours';

/** Screen pixels to a CSS pixel. */
export const sharpness = (): number => devicePixelRatio.current ?? 1;

/** The canvas's brush, the canvas being `width` x `height` CSS pixels and sharp; it draws in units of `unit` CSS pixels. */
export function fitted(canvas: HTMLCanvasElement, width: number, height: number, unit = 1): CanvasRenderingContext2D | null {
  const ratio = sharpness();
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const g = canvas.getContext('2d');
  g?.setTransform(ratio * unit, 0, 0, ratio * unit, 0, 0);
  return g;
}

/** An element's colours and zoom, read anew when the theme, the system's colours or the fonts change. Made in a component. */
export class Ink {
  colours = $state.raw<Colours | null>(null);
  /** Very wide screens show everything larger, canvases too. */
  unit = $state(1);
  /** Read so many times: part of the key of what is painted once. */
  times = $state(0);

  constructor(element: () => HTMLElement | undefined, theme: () => unknown) {
    $effect(() => {
      void theme();
      void element();
      const forced = matchMedia('(forced-colors: active)');
      const read = (): void => this.#read(element());
      queueMicrotask(read);
      void document.fonts?.ready.then(read);
      forced.addEventListener('change', read);
      return () => forced.removeEventListener('change', read);
    });
  }

  #read(element: HTMLElement | undefined): void {
    if (!element?.isConnected) return;
    this.colours = coloursOf(element);
    this.unit = Number(getComputedStyle(element).getPropertyValue('--zoom')) || 1;
    this.times++;
  }
}
