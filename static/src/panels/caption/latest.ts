import type { Landmark } from '../../history/types';

/** Too common, or half of something that another landmark tells better. */
const UNTOLD = new Set(['command-taken', 'leader-elected', 'run-started']);

/** The last landmark at or before a moment that is worth a caption; the beginning of the run when there is none. */
export function latestLandmark(landmarks: readonly Landmark[], nowUs: number): Landmark | undefined {
  let low = 0;
  let high = landmarks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (landmarks[middle]!.atUs <= nowUs) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; i--) if (!UNTOLD.has(landmarks[i]!.tag)) return landmarks[i];
  return landmarks[0] !== undefined && landmarks[0].atUs <= nowUs ? landmarks[0] : undefined;
}
