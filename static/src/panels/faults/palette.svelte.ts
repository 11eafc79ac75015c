import type { Target } from './catalogue';

/** Which fault of the palette is unfolded, and what it is aimed at. Menus on the map open it. */
class Palette {
  open = $state.raw<{ name: string; target?: Target } | null>(null);

  aim(name: string | null, target?: Target): void {
    this.open = name === null ? null : { name, target };
  }
}

export const palette = new Palette();
