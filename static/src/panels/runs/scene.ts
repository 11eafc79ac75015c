/** The recorded runs as rows of a table. Pure. */
import type { RunMeta } from '../../history/types';
import { countText, spanText, ui } from '../../words';

export interface RunRow {
  run: string;
  scenario: string;
  seed: string;
  lasted: string;
  entries: string;
  state: string;
  began: string;
}

export function runRow(meta: RunMeta): RunRow {
  return {
    run: meta.run,
    scenario: meta.scenario,
    seed: String(meta.seed),
    lasted: spanText(meta.now_us),
    entries: countText(Math.max(0, meta.head_seq + 1)),
    state: ui(`run-${meta.state}`),
    began: beganText(meta.created_at),
  };
}

/** `2026-11-22 23:45`, as the server's clock had it (UTC); "" when it did not say. */
export function beganText(stamp: string | undefined): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(stamp ?? '');
  return match === null ? '' : `${match[1]} ${match[2]}`;
}

export interface Verified {
  identical: boolean;
  entries: number;
  sentence?: string;
  first_difference?: { seq: number } | null;
}

/** "identical, 4,812 entries", or where the first difference is. */
export function verifiedText(found: Verified): string {
  if (found.identical) return ui('verified', { entries: countText(found.entries) });
  return found.sentence ?? ui('verify-differs', { seq: found.first_difference?.seq ?? '?' });
}
