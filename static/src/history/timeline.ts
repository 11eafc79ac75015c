import { LANDMARKS } from '../wire/events.gen';
import { Checkpoints, type Checkpoint } from './checkpoints';
import { PlayoutClock } from './clock';
import { landmarkOf } from './entry';
import { EntryLog, type Run } from './log';
import { followedBy, reignOf, reignsSeen } from './marks';
import { Picture } from './picture';
export { UNKNOWN_LEADER } from './marks';
import type { Frame, HistorySource, Keyframe, Landmark, Reign, RunMeta, Wire, Wish } from './types';

export type StepUnit = 'entry' | 'message' | 'landmark';

/** The world's observer says with it who leads, or that nobody does. */
const REIGN = 'leadership-tallied';
/** Most entries that one `advance` folds, or more when it was not called for long: a page that lags catches up by and by. */
const FOLD_MAX = 1500;
const FOLD_MAX_PER_MS = 30;
const LANDMARKS_MAX = 50_000;
const DROPS_MAX = 200;
const PAGE = 5000;

const LANDMARK_TAGS: ReadonlySet<string> = new Set(LANDMARKS);
const MESSAGE_ENDS: ReadonlySet<string> = new Set(['message-delivered', 'message-dropped', 'message-held', 'message-refused']);
const nowhere: HistorySource = {
  keyframe: () => Promise.reject(new Error('this page has no source of history')),
  entries: () => Promise.reject(new Error('this page has no source of history')),
};

/**
 * A cursor on the log of one run. Live and replay are one thing: at the end of the log the cursor is called live.
 *
 * The server's frames go in by `reset` and `receive`; `advance` is called once per animation frame. Everything else
 * reads: `picture` is the fold of the log up to `cursorSeq`, which is the last entry at or before `nowUs`.
 */
export class Timeline {
  meta: RunMeta | null = null;
  headSeq = -1;
  headUs = 0;
  /** Virtual time at the cursor; runs smoothly while live. */
  nowUs = 0;
  cursorSeq = -1;
  live = true;
  playing = false;
  speed = 1;
  trueSpeed = 1;
  viewers = 0;
  picture = new Picture();
  /** A part of the log is on its way from the server; the cursor moves when it is here. */
  loading = false;
  /** The recording plays by itself, for this viewer alone. */
  replaying = false;
  replaySpeed = 1;
  landmarks: Landmark[] = [];
  /** When the cluster gained or lost a leader that can commit. */
  reigns: Reign[] = [];
  /** Ranges of seq that were never streamed to this page; fetched when the cursor goes there. */
  gaps: [from: number, to: number][] = [];
  /** Counts up whenever anything above has changed. */
  revision = 0;
  digest: string | null = null;

  readonly #log: EntryLog;
  readonly #clock = new PlayoutClock();
  #front = new Picture();
  #frontSeq = -1;
  #checkpoints = new Checkpoints();
  /** The time of the front: the clock's, or less while there is more to fold. */
  #frontUs = 0;
  /** What this viewer has asked for and the server has not answered yet. */
  #wish: Wish | undefined;
  #told: Required<Wish> = { playing: false, speed: 1 };
  #listeners = new Set<() => void>();
  #seeking = 0;
  #lastMs = 0;

  constructor(
    private source: HistorySource = nowhere,
    maxEntries = 200_000,
  ) {
    this.#log = new EntryLog(maxEntries);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The state after an entry, from the server: the beginning, or where frames had to be left out (then it names the
   * gap). Without a gap what this page knew is not the run's past any more, and goes.
   */
  reset(keyframe: Keyframe & { gap?: readonly [number, number] | null }, meta: RunMeta | null, realMs: number): void {
    if (!keyframe.gap || keyframe.seq < this.headSeq) this.#forget();
    if (meta !== null) this.#hearMeta(meta);
    if (keyframe.gap) this.gaps.push([Math.max(keyframe.gap[0], this.headSeq + 1), keyframe.seq]);
    this.digest = keyframe.digest;
    this.headSeq = keyframe.seq;
    this.headUs = keyframe.at_us;
    this.#front = Picture.of(keyframe.view);
    this.#frontSeq = keyframe.seq;
    if (this.reigns.length === 0) this.reigns.push(...reignsSeen(keyframe));
    this.#checkpoints.keep(keyframe.seq, keyframe.at_us, this.#front);
    this.#clock.jump(keyframe.at_us, realMs);
    this.#frontUs = keyframe.at_us;
    if (this.live) this.#standAtFront(keyframe.at_us);
    this.#changed();
  }

  receive(frame: Frame, realMs: number): void {
    this.#hearPace(frame);
    this.trueSpeed = frame.true_speed;
    this.viewers = frame.viewers;
    if (frame.digest) this.digest = frame.digest;
    const fresh = frame.entries.filter((entry) => entry[0] > this.headSeq);
    if (fresh.length > 0) {
      this.#log.add(fresh);
      this.headSeq = fresh.at(-1)![0];
      this.#index(fresh);
    }
    this.headUs = Math.max(this.headUs, frame.head_us);
    this.#windClock(realMs);
    this.#changed();
  }

  /**
   * What this viewer asks of the run shows at once: a pause stops the page's time, however much of the log is still on its
   * way. Call what comes back when the server has answered, with what it said; from then on its frames have the last word.
   */
  intend(wish: Wish): (told?: Wish) => void {
    this.#wish = wish;
    this.playing = wish.playing ?? this.playing;
    this.speed = wish.speed ?? this.speed;
    this.#changed();
    return (told = {}) => {
      this.#hearPace({ playing: told.playing ?? this.#told.playing, speed: told.speed ?? this.#told.speed }, this.#wish === wish);
      this.#windClock(this.#lastMs);
      this.#changed();
    };
  }

  /**
   * The landmarks and reigns of the whole run, which the server keeps; those seen since are not lost. The server may be
   * ahead of what it has streamed: what is still to come from there comes once.
   */
  knowPast(landmarks: readonly Landmark[], reigns: readonly Reign[]): void {
    const known = <T extends { seq: number }>(all: readonly T[]) => all.filter((one) => one.seq <= this.headSeq);
    this.landmarks = followedBy(known(landmarks), this.landmarks);
    this.reigns = followedBy(known(reigns), this.reigns.filter((reign) => reign.seq >= 0));
    this.#changed();
  }

  /** Let the page's time go on. Returns whether anything has moved since the last call. */
  advance(realMs: number): boolean {
    const before = this.revision;
    const sinceMs = Math.max(0, realMs - this.#lastMs);
    const passedMs = Math.min(250, sinceMs);
    this.#lastMs = realMs;
    // Somebody waits for the run to stand still: here it does.
    const wanted = this.#wish?.playing === false ? this.#frontUs : Math.round(this.#clock.at(realMs));
    const us = (this.#frontUs = this.#foldFront(wanted, Math.max(FOLD_MAX, sinceMs * FOLD_MAX_PER_MS)));
    if (this.live && (us !== this.nowUs || this.cursorSeq !== this.#frontSeq)) this.#standAtFront(us);
    if (this.replaying && !this.loading) this.#replay(passedMs);
    return this.revision !== before;
  }

  entry(seq: number): Wire | undefined {
    return this.#log.at(seq);
  }

  /** Entries with `fromUs < atUs <= toUs`, as far as they are in memory, and never beyond the cursor when it is live. */
  between(fromUs: number, toUs: number): readonly Wire[] {
    return this.#log.between(fromUs, toUs);
  }

  /** The parts of the log that are in memory, oldest first; the last one goes on to the end of the log. */
  runs(): Run[] {
    return this.#log.runs();
  }

  /** The entry, from memory or the server. */
  async fetchEntry(seq: number): Promise<Wire | undefined> {
    return this.#log.at(seq) ?? (await this.source.entries(seq, seq))[0];
  }

  /** Bring a stretch of the log into memory, for panels that look back from the cursor. */
  async bring(from: number, to: number): Promise<void> {
    await this.#fetchRange(Math.max(0, from), Math.min(to, this.headSeq), () => true);
    this.#changed();
  }

  goLive(): void {
    this.#seeking++;
    this.loading = this.replaying = false;
    this.live = true;
    this.#standAtFront(this.#frontUs);
  }

  async seekUs(us: number): Promise<void> {
    const target = Math.max(0, Math.round(us));
    if (target >= this.headUs) return this.goLive();
    const seq = this.#log.lastAtOrBefore(target);
    if (seq !== undefined) return this.#goTo(seq, target);
    await this.#fetching(async (isLatest) => {
      const keyframe = await this.source.keyframe({ atUs: target });
      this.#checkpoints.keep(keyframe.seq, keyframe.at_us, Picture.of(keyframe.view));
      let end = keyframe.seq;
      while (isLatest() && end < this.headSeq && (this.#log.at(end)?.[1] ?? 0) <= target) {
        const page = await this.source.entries(end + 1, Math.min(end + PAGE, this.headSeq));
        if (page.length === 0) break;
        this.#log.add(page);
        end = page.at(-1)![0];
      }
      const found = this.#log.lastAtOrBefore(target) ?? keyframe.seq;
      if (isLatest()) this.#place(Math.max(found, keyframe.seq), target);
    });
  }

  async seekSeq(seq: number): Promise<void> {
    if (this.headSeq < 0) return;
    return this.#goTo(Math.max(0, Math.min(seq, this.headSeq)), undefined);
  }

  stepEntry(by: 1 | -1): Promise<void> {
    return this.seekSeq(this.cursorSeq + by);
  }

  /** To the next or previous entry that ends a message's way. */
  async stepMessage(by: 1 | -1): Promise<void> {
    for (let seq = this.cursorSeq + by; seq >= 0 && seq <= this.headSeq; seq += by) {
      const entry = this.#log.at(seq);
      if (entry === undefined || MESSAGE_ENDS.has(entry[3][0])) return this.seekSeq(seq);
    }
  }

  async stepLandmark(by: 1 | -1): Promise<void> {
    const marks = this.landmarks;
    const next =
      by > 0
        ? marks.find((mark) => mark.seq > this.cursorSeq)
        : marks.findLast((mark) => mark.seq < this.cursorSeq && mark.atUs <= this.nowUs);
    if (next !== undefined) return this.seekSeq(next.seq);
    if (by > 0) this.goLive();
  }

  /** Play the recording from here on, for this viewer alone; at the end of the log the cursor is live. */
  replay(on: boolean, speed = this.replaySpeed): void {
    this.replaying = on && !this.live;
    this.replaySpeed = speed;
    this.#changed();
  }

  /** The dropped messages of the last `windowUs`, newest first. */
  recentDrops(nowUs: number, windowUs: number): Wire[] {
    return this.#log.drops(this.cursorSeq, nowUs - windowUs, DROPS_MAX);
  }

  #forget(): void {
    this.#log.clear();
    this.#checkpoints = new Checkpoints();
    this.landmarks = [];
    this.reigns = [];
    this.gaps = [];
    this.headSeq = -1;
    this.headUs = 0;
    this.live = true;
    this.loading = this.replaying = false;
    this.#seeking++;
  }

  #index(fresh: readonly Wire[]): void {
    for (const entry of fresh) {
      const tag = entry[3][0];
      if (LANDMARK_TAGS.has(tag)) this.landmarks.push(landmarkOf(entry));
      if (tag === REIGN) this.reigns.push(reignOf(entry));
    }
    if (this.landmarks.length > LANDMARKS_MAX) this.landmarks.splice(0, this.landmarks.length - LANDMARKS_MAX);
    if (this.reigns.length > LANDMARKS_MAX) this.reigns.splice(0, this.reigns.length - LANDMARKS_MAX);
  }

  #hearMeta(meta: RunMeta): void {
    this.meta = meta;
    this.#hearPace(meta);
    this.trueSpeed = meta.true_speed;
  }

  #hearPace(told: Required<Wish>, answered = false): void {
    this.#told = { playing: told.playing, speed: told.speed };
    if (answered) this.#wish = undefined;
    this.playing = this.#wish?.playing ?? told.playing;
    this.speed = this.#wish?.speed ?? told.speed;
  }

  #windClock(realMs: number): void {
    const rate = this.trueSpeed > 0 ? Math.min(this.#told.speed, this.trueSpeed) : this.#told.speed;
    this.#clock.hear(this.headUs, rate, this.#told.playing, realMs);
  }

  /** The front follows the clock, wherever the cursor is, so that returning to live costs nothing. The time that it reaches. */
  #foldFront(us: number, most: number): number {
    const end = Math.min(this.headSeq, this.#frontSeq + most);
    for (let seq = this.#frontSeq + 1; seq <= end; seq++) {
      const entry = this.#log.at(seq);
      if (entry === undefined || entry[1] > us) return us;
      this.#front.apply(entry[4]);
      this.#frontSeq = seq;
      this.#checkpoints.pass(seq, entry[1], this.#front);
    }
    const next = this.#log.at(end + 1);
    return next === undefined || next[1] > us ? us : Math.max(this.#frontUs, this.#log.at(end)?.[1] ?? 0);
  }

  #standAtFront(us: number): void {
    this.picture = this.#front;
    this.cursorSeq = this.#frontSeq;
    this.nowUs = us;
    this.#changed();
  }

  async #goTo(seq: number, us: number | undefined): Promise<void> {
    if (this.#place(seq, us)) return;
    await this.#fetching(async (isLatest) => {
      const keyframe = await this.source.keyframe({ seq });
      this.#checkpoints.keep(keyframe.seq, keyframe.at_us, Picture.of(keyframe.view));
      await this.#fetchRange(keyframe.seq, seq, isLatest);
      if (isLatest()) this.#place(seq, us ?? (keyframe.seq === seq ? keyframe.at_us : undefined));
    });
  }

  async #fetchRange(from: number, to: number, isLatest: () => boolean): Promise<void> {
    for (let next = Math.max(0, from); next <= to && isLatest(); ) {
      const end = this.#log.endOfRun(next);
      if (end >= next) {
        next = end + 1;
        continue;
      }
      const page = await this.source.entries(next, Math.min(next + PAGE - 1, Math.max(to, next + 999), this.headSeq));
      if (page.length === 0) return;
      this.#log.add(page);
      next = page.at(-1)![0] + 1;
    }
  }

  /** Put the cursor on an entry if all it takes is in memory. */
  #place(seq: number, us: number | undefined): boolean {
    const base = this.#nearest(seq);
    if (base === undefined || !this.#log.holds(base.seq + 1, seq)) return false;
    const atUs = this.#log.at(seq)?.[1] ?? (base.seq === seq ? base.atUs : this.nowUs);
    const picture = base.picture === this.picture && !this.live ? this.picture : base.picture.snapshot();
    for (let at = base.seq + 1; at <= seq; at++) picture.apply(this.#log.at(at)![4]);
    this.#seeking++;
    this.loading = false;
    this.live = false;
    this.picture = picture;
    this.cursorSeq = seq;
    this.nowUs = us ?? atUs;
    this.#changed();
    return true;
  }

  /** Where folding towards `seq` can begin: a checkpoint, or the cursor itself when it stands nearer. */
  #nearest(seq: number): Checkpoint | undefined {
    const checkpoint = this.#checkpoints.before(seq);
    const here = { seq: this.cursorSeq, atUs: this.nowUs, picture: this.picture };
    return this.cursorSeq >= 0 && this.cursorSeq <= seq && here.seq >= (checkpoint?.seq ?? -1) ? here : checkpoint;
  }

  async #fetching(work: (isLatest: () => boolean) => Promise<void>): Promise<void> {
    const token = ++this.#seeking;
    this.loading = true;
    this.#changed();
    try {
      await work(() => token === this.#seeking);
    } finally {
      if (token === this.#seeking) {
        this.loading = false;
        this.#changed();
      }
    }
  }

  #replay(passedMs: number): void {
    const us = this.nowUs + passedMs * 1000 * this.replaySpeed;
    if (us >= this.#frontUs) return this.goLive();
    let seq = this.cursorSeq;
    for (let next = this.#log.at(seq + 1); next !== undefined && next[1] <= us; next = this.#log.at(++seq + 1)) {
      this.picture.apply(next[4]);
    }
    const stalled = this.#log.at(seq + 1) === undefined && seq < this.headSeq;
    this.cursorSeq = seq;
    if (stalled) void this.#fetching((isLatest) => this.#fetchRange(seq + 1, seq + 1000, isLatest));
    else this.nowUs = Math.round(us);
    this.#changed();
  }

  #changed(): void {
    this.revision++;
    for (const listener of this.#listeners) listener();
  }
}

