import { named } from '../../history/entry';
import type { AppState } from '../../shell/app.svelte';
import { getJson, fetchLandmarks, runPath } from '../../wire/rest';
import { told } from '../../words/faults';
import { sentenceOf } from '../events/scene';
import type { VerdictRow } from '../properties/scene';
import type { Finding } from './api';
import { storyOf, type Moment } from './scene';

const PROOF_MAX = 12;

/** A counterexample told step by step: the cursor goes to each step's entry, the caption says what happens there. */
class Story {
  title = $state('');
  run = $state('');
  commandLine = $state('');
  moments = $state.raw<readonly Moment[]>([]);
  at = $state(0);

  get open(): boolean {
    return this.moments.length > 0;
  }

  get now(): Moment | undefined {
    return this.moments[this.at];
  }

  /** Tell a finding on the run that was made from it; the run is open already. */
  async tell(app: AppState, run: string, title: string, finding: Finding): Promise<void> {
    const [landmarks, { verdicts }] = await Promise.all([fetchLandmarks(run), getJson<{ verdicts: VerdictRow[] }>(`${runPath(run)}/verdicts`)]);
    const invalid = verdicts.filter((row) => row.verdict === 'invalid').sort((a, b) => a.seq - b.seq);
    const verdict = invalid.find((row) => row.check === finding.verdict.check) ?? invalid[0];
    const proof = await Promise.all((verdict?.proof ?? finding.verdict.entries ?? []).slice(-PROOF_MAX).map((seq) => this.#entry(app, seq)));
    this.moments = storyOf({ finding, landmarks, verdict, proof: proof.flatMap((one) => one ?? []), tell: (mark) => told(mark.tag, mark.fields) });
    [this.run, this.title, this.commandLine] = [run, title, finding.command_line];
    await this.go(app, 0);
  }

  async #entry(app: AppState, seq: number): Promise<{ seq: number; atUs: number; text: string } | undefined> {
    const entry = await app.timeline.fetchEntry(seq).catch(() => undefined);
    if (entry === undefined) return undefined;
    return { seq, atUs: entry[1], text: sentenceOf(named(entry)).map((part) => part.text).join('') };
  }

  async go(app: AppState, to: number): Promise<void> {
    this.at = Math.max(0, Math.min(this.moments.length - 1, to));
    const { now } = this;
    if (now === undefined) return;
    const { seq, atUs } = now;
    await app.seek(() => (seq === null ? app.timeline.seekUs(atUs) : app.timeline.seekSeq(seq)));
  }

  close(): void {
    this.moments = [];
    this.run = '';
  }
}

export const story = new Story();
