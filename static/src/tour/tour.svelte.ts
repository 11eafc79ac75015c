import { STOPS } from './stops';

const SEEN = 'synod-tour';

/** Where the tour stands; null when it is not shown. */
class Tour {
  at = $state<number | null>(null);

  /** Begins on a first visit; not for automation that says so, nor where nothing can be remembered. */
  maybe(): void {
    const asked = new URLSearchParams(location.search).get('tour');
    if (asked === 'off') return;
    if (asked === 'on' || globalThis.localStorage?.getItem(SEEN) !== 'seen') this.begin();
  }

  begin(): void {
    this.at = 0;
  }

  next(): void {
    if (this.at === null) return;
    if (this.at + 1 < STOPS.length) this.at += 1;
    else this.end();
  }

  end(): void {
    this.at = null;
    globalThis.localStorage?.setItem(SEEN, 'seen');
  }
}

export const tour = new Tour();
