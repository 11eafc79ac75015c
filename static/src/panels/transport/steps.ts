import { LogScale } from '../../geometry/log_scale';
import type { StepUnit } from '../../history/timeline';
import type { AppState } from '../../shell/app.svelte';

/** The live run takes a step of its own at the end of the log; anywhere else only this viewer's cursor moves. */
export function step(app: AppState, by: 1 | -1, unit: StepUnit): void {
  const { timeline } = app;
  if (by > 0 && timeline.live && isRecorded(app)) return;
  if (by > 0 && timeline.live) return void app.pace({ playing: false, step: unit });
  void app.seek(() => {
    timeline.replay(false);
    if (unit === 'entry') return timeline.stepEntry(by);
    return unit === 'message' ? timeline.stepMessage(by) : timeline.stepLandmark(by);
  });
}

/** A run that goes on no more: from before the code changed, or failed. */
export const isRecorded = (app: AppState): boolean => app.meta !== null && app.meta.state !== 'live';

/** Live it is the run that plays or stops, for everyone; in the past the recording, for this viewer. */
export function playOrPause(app: AppState): void {
  const { timeline } = app;
  if (timeline.live && isRecorded(app)) return void fromTheBeginning(app);
  if (timeline.live) return void app.pace({ playing: !timeline.playing });
  timeline.replay(!timeline.replaying, Math.min(timeline.replaySpeed, 100));
}

async function fromTheBeginning(app: AppState): Promise<void> {
  await app.seek(() => app.timeline.seekUs(0));
  app.timeline.replay(true);
}

export const SPEEDS = new LogScale(0.05, 100);
const STOPS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

export function setSpeed(app: AppState, speed: number): void {
  const rounded = Number(Math.min(100, Math.max(0.05, speed)).toPrecision(2));
  if (app.timeline.live && !isRecorded(app)) void app.pace({ speed: rounded });
  else app.timeline.replay(app.timeline.replaying, rounded);
}

export function shownSpeed(app: AppState): number {
  return app.timeline.live && !isRecorded(app) ? app.timeline.speed : app.timeline.replaySpeed;
}

export function faster(app: AppState, by: 1 | -1): void {
  const now = shownSpeed(app);
  const next = by > 0 ? STOPS.find((stop) => stop > now * 1.01) : STOPS.findLast((stop) => stop < now * 0.99);
  if (next !== undefined) setSpeed(app, next);
}
