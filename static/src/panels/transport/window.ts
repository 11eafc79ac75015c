/** Which stretch of virtual time the bar shows. */
export interface Window {
  fromUs: number;
  toUs: number;
}

/** Where the cursor stands while live, as a share of the bar: what comes needs a little room. */
export const LIVE_AT = 0.83;

/** At 1x the bar holds 40 seconds; slower and it zooms in, so that the cursor always moves at a readable pace. */
export function spanUs(speed: number, zoom: number): number {
  const atSpeed = speed >= 1 ? Math.min(speed, 25) : Math.max(0.04, speed);
  return (40_000_000 * atSpeed) / zoom;
}

export function liveWindow(nowUs: number, span: number): Window {
  const fromUs = Math.max(0, nowUs - span * LIVE_AT);
  return { fromUs, toUs: fromUs + span };
}

/** The window stays while the cursor is well inside it, else it moves so that the cursor stands in the middle. */
export function heldWindow(window: Window, nowUs: number, span: number): Window {
  const width = window.toUs - window.fromUs;
  const share = (nowUs - window.fromUs) / width;
  if (share >= 0.02 && share <= 0.98 && Math.abs(width - span) < 1) return window;
  const fromUs = Math.max(0, nowUs - span / 2);
  return { fromUs, toUs: fromUs + span };
}

/** Zoomed about a time that stays where it is. */
export function zoomed(window: Window, aboutUs: number, span: number): Window {
  const share = (aboutUs - window.fromUs) / (window.toUs - window.fromUs);
  const fromUs = Math.max(0, aboutUs - span * share);
  return { fromUs, toUs: fromUs + span };
}
