"""One live run: paced, asked, recorded, shown. All of it happens in the loop's greenlet."""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from app.checking.invariants import Checker
from app.runs.body import Body
from app.runs.judging import Judging
from app.runs.pace import SPEED_MAX, SPEED_MIN, Pace
from app.runs.ports import Archive, Engine, Frame, Keyframe, Sink, StoredRun
from app.runs.rebuild import Diverged, Rebuild
from app.runs.slices import Slices
from app.vocabulary.base import Command, Entry, Refused

FRAME_S = 0.05
LEASE_S = 1.0
"""Real time that a lease covers: after a crash the run advances by at most this much beyond what was shown."""
FRAME_ENTRIES_MAX = 2_000
REFUSALS_KEPT = 1_000
STEP_US_MAX = 60_000_000
"""A step that finds nothing gives up after this much virtual time."""
STEPS = ("entry", "message", "landmark")
MESSAGE_TAGS = frozenset(
    {"message-sent", "message-delivered", "message-dropped", "message-held", "message-refused"}
)


class WorldFailed(Exception):
    """A bug of ours stopped the world: its traceback."""


class Taken(msgspec.Struct, frozen=True):
    """A command was taken, as entry `seq` at `at_us`."""

    seq: int
    at_us: int


class LiveRun:
    """A run that can go on. Made new (`stored` never ran) or rebuilt from its commands.

    clock: monotonic seconds.
    """

    def __init__(
        self,
        stored: StoredRun,
        engine: Engine,
        archive: Archive,
        sink: Sink,
        clock: Callable[[], float],
        slices: Slices,
    ) -> None:
        self.run = stored.run
        self.stored = stored
        self.error = ""
        self.paused_unwatched = False
        self.pace = Pace(stored.playing, stored.speed)
        self._engine, self._sink, self._clock, self._slices = engine, sink, clock, slices
        self._journal = archive.journal(stored.run)
        self._leased_us = stored.reached_us
        self._answers = {
            command.id: Taken(command.seq, command.at_us) for command in archive.commands(stored.run)
        }
        self._commands = len(self._answers)
        self._refusals: OrderedDict[str, Refused] = OrderedDict()
        self._pending: list[bytes] = []
        self._frame_s = -1.0
        self._shown: tuple[Any, ...] = ()
        self._step = ""
        self._step_until_us = 0
        self._step_found = False
        self._watched_s = clock()
        self._rebuild: Rebuild | None = None
        self._keyframe: Keyframe | None = None
        self._judging = Judging(stored.run, self._journal, sink, slices.pause_on_violation)
        self._begin(archive)

    def _begin(self, archive: Archive) -> None:
        stored = self.stored
        self.body = Body(self._engine, stored.scenario_text, stored.seed, self._heard)
        if stored.head_seq < 0 and stored.reached_us == 0:
            self.body.absorb(self.body.world.start())
        else:
            commands = archive.commands(self.run)
            digests = archive.digests(self.run)
            self._rebuild = Rebuild(self.body, self._engine, commands, digests, stored.reached_us)
        self.pace.rebase(self.body.world.now_us, self._clock())

    # -- what others ask, in the loop ---------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Stands where it was, and goes on."""
        return self._rebuild is None and not self.error

    @property
    def checker(self) -> Checker:
        """What judges this run, as it stands."""
        return self._judging.checker

    def meta(self) -> dict[str, Any]:
        """What a list or a page wants to know about this run."""
        world, tail = self.body.world, self.body.tail
        rebuilding = (
            {"at_us": world.now_us, "reached_us": self._rebuild.reached_us} if self._rebuild else None
        )
        return {
            "run": self.run,
            "scenario": self.stored.scenario,
            "seed": self.stored.seed,
            "head_seq": tail.head_seq,
            "now_us": world.now_us,
            "reached_us": self._leased_us,
            "playing": self.pace.playing,
            "speed": self.pace.speed,
            "true_speed": self.pace.true_speed(),
            "state": "failed" if self.error else "live",
            "digest": tail.digest,
            "core_version": self.stored.core_version,
            "created_at": self.stored.created_at,
            "rebuilding": rebuilding,
            "error": self.error,
            "violations": self._judging.violations,
            "viewers": self._sink.watched(self.run),
        }

    def touch(self) -> None:
        """Somebody asked for this run: it stays awake, or wakes if it had fallen asleep for want of viewers."""
        self._watched_s = self._clock()
        if self.paused_unwatched:
            self.paused_unwatched = False
            self.set_pace(playing=True)

    def take(self, id: str, command: Command) -> Taken | Refused:
        """Take a command at the world's now. The same id gets the same answer.

        Durable when this returns `Taken`. A refusal changes nothing and is remembered only for a while.
        """
        known = self._answers.get(id) or self._refusals.get(id)
        if known is not None:
            return known
        if not self.ready:
            return Refused("run-not-ready", {"run": self.run})
        try:
            return self._take_now(id, command)
        except Exception as error:
            self._fail(str(error) if isinstance(error, WorldFailed) else traceback.format_exc())
            return self._answers.get(id) or Refused("run-failed", {"run": self.run})

    def _take_now(self, id: str, command: Command) -> Taken | Refused:
        # The world applies what it accepts; nobody hears of it before the commit. If the commit fails,
        # the run stops, and reopens without the command: nothing was acknowledged, nothing was shown.
        entries = self.body.world.take(command)
        if isinstance(entries, Refused):
            self._refusals[id] = entries
            if len(self._refusals) > REFUSALS_KEPT:
                self._refusals.popitem(last=False)
            return entries
        taken = Taken(entries[0].seq, entries[0].at_us)
        self._journal.command(self._commands + 1, id, taken.at_us, taken.seq, msgspec.to_builtins(command))
        self._commands += 1
        self._answers[id] = taken
        self.body.absorb(entries)
        self._check_world()
        self._frame_s = -1.0
        return taken

    def _check_world(self) -> None:
        if self.body.world.failure is not None:
            self.show()
            raise WorldFailed(self.body.world.failure)

    def set_pace(
        self, playing: bool | None = None, speed: float | None = None, step: str | None = None
    ) -> None:
        """Play, pause, change speed, or go on by one step (which pauses)."""
        if self.error:
            return
        pace, now_us = self.pace, self.body.world.now_us
        if speed is not None:
            assert SPEED_MIN <= speed <= SPEED_MAX, f"speed {speed} is checked at the edge"
            pace.speed = speed
        if playing is not None:
            pace.playing = playing
            self._step = ""
            self.paused_unwatched = False
        if step is not None:
            assert step in STEPS, f"step {step!r} is checked at the edge"
            pace.playing = False
            self._step, self._step_found, self._step_until_us = step, False, now_us + STEP_US_MAX
        pace.rebase(now_us, self._clock())
        self._frame_s = -1.0
        if self._rebuild is None:
            # Nothing beyond now was shown: a paused run that is brought back stands exactly here.
            self._leased_us = now_us
            self._record(lambda: self._journal.pace(pace.playing, pace.speed, now_us))

    def keyframe(self) -> Keyframe:
        """The picture as the world stands."""
        tail, world = self.body.tail, self.body.world
        kept = self._keyframe
        if kept is None or kept.seq != tail.head_seq or kept.at_us != world.now_us:
            kept = Keyframe(self.run, tail.head_seq, world.now_us, tail.digest, world.view())
            self._keyframe = kept
        return kept

    def flush(self) -> None:
        """Write everything that happened to the database."""
        if not self.error:
            digest, view = self.body.tail.digest, self.body.world.view
            self._record(lambda: self._journal.flush(digest, view, self._clock(), force=True))

    def _record(self, write: Callable[[], None]) -> None:
        """Write; what cannot be recorded is not shown either, so the run stops there."""
        try:
            write()
        except Exception:
            self._fail(traceback.format_exc())

    def close(self) -> None:
        """Record everything, and where the run stands. It is `stored` from now on."""
        if self.error:
            return
        if self._rebuild is None:
            self.flush()
            self._leased_us = self.body.world.now_us
            self._journal.pace(self.pace.playing or self.paused_unwatched, self.pace.speed, self._leased_us)
        self._journal.end("stored")

    # -- the loop's turn ----------------------------------------------------------------------------

    def turn(self, now_s: float) -> bool:
        """Do a slice of what there is to do; True when there is more."""
        if self.error:
            return False
        try:
            busy = self._rebuild_slice() if self._rebuild else self._advance(now_s)
            self._check_world()
            self._stop_the_show()
            self._show_if_due(now_s)
            self._journal.flush(self.body.tail.digest, self.body.world.view, now_s)
            self._doze(now_s)
        except Exception as error:
            self._fail(str(error) if isinstance(error, Diverged | WorldFailed) else traceback.format_exc())
            return False
        return busy

    def _advance(self, now_s: float) -> bool:
        if self._step:
            return self._step_slice()
        world = self.body.world
        target_us = self.pace.target_us(world.now_us, now_s)
        if target_us <= world.now_us:
            return False
        self._lease(target_us)
        self._run(target_us)
        self.pace.sample(world.now_us, now_s)
        return world.now_us < target_us

    def _step_slice(self) -> bool:
        """Advance instant by instant until something of the asked kind was among the entries."""
        world = self.body.world
        next_us = world.next_at_us()
        if next_us is None or next_us > self._step_until_us:
            self._step = ""
            return False
        self._lease(next_us + 1)
        self._run(next_us + 1)
        if self._step_found:
            self._step = ""
            self._leased_us = world.now_us
            self._journal.pace(self.pace.playing, self.pace.speed, world.now_us)
            self._frame_s = -1.0
        return bool(self._step)

    def _rebuild_slice(self) -> bool:
        rebuild = self._rebuild
        assert rebuild is not None
        if self._slices.measure(rebuild.slice, self.body):
            self._rebuild = None
            self._leased_us = max(self._leased_us, self.body.world.now_us)
            self.pace.rebase(self.body.world.now_us, self._clock())
            self._frame_s = -1.0
        return True

    def _run(self, until_us: int) -> None:
        world, body = self.body.world, self.body
        self._slices.measure(lambda most: body.absorb(world.advance(until_us, most)), body)

    def _stop_the_show(self) -> None:
        """A broken invariant is the one thing that pauses a run by itself: everybody should look."""
        if self._judging.stops() and self._rebuild is None:
            self.set_pace(playing=False)

    def _lease(self, until_us: int) -> None:
        """Let the database know, durably and ahead, how far viewers may have seen."""
        if until_us <= self._leased_us:
            return
        speed = self.pace.speed if self.pace.playing else 1.0
        ahead_us = int(LEASE_S * speed * 1_000_000)
        self._leased_us = max(until_us, self.body.world.now_us + ahead_us)
        self._journal.lease(self._leased_us)

    def _heard(self, entry: Entry, wire: bytes) -> None:
        self._pending.append(wire)
        self._journal.add(entry, wire)
        self._judging.hear(entry, self._rebuild is not None)
        if self._step and not self._step_found:
            self._step_found = _is_a(self._step, entry)

    def _show_if_due(self, now_s: float) -> None:
        """Hand a frame to the sink, twenty times a second if anything moved."""
        if self._rebuild is not None:
            self._pending.clear()
        elif now_s - self._frame_s >= FRAME_S:
            self._frame_s = now_s
            self.show()

    def show(self) -> None:
        """Hand on what has not been handed on. An empty frame tells that time passed."""
        pace, tail, world = self.pace, self.body.tail, self.body.world
        shown = (tail.head_seq, world.now_us, pace.playing, pace.speed, self._sink.watched(self.run))
        if shown == self._shown:
            return
        self._shown = shown
        pending, self._pending = self._pending, []
        first_seq = tail.head_seq + 1 - len(pending)
        for start in range(0, max(len(pending), 1), FRAME_ENTRIES_MAX):
            part = tuple(pending[start : start + FRAME_ENTRIES_MAX])
            self._sink.frame(self._frame(first_seq + start, part), self.keyframe)
        self._judging.tell()

    def catch_up(self, after_seq: int | None, digest: str | None) -> Frame | None:
        """Everything after `after_seq`, for a viewer whose digest there was ours; else None."""
        if after_seq is None or digest is None or after_seq < 0:
            return None
        tail = self.body.tail
        if tail.digest_at(after_seq) != digest:
            return None
        missed = tail.after(after_seq)
        return None if missed is None else self._frame(after_seq + 1, tuple(missed))

    def _frame(self, first_seq: int, entries: tuple[bytes, ...]) -> Frame:
        pace, tail = self.pace, self.body.tail
        head_seq = first_seq + len(entries) - 1
        digest = tail.digest_at(head_seq) or ""
        now_us, true_speed = self.body.world.now_us, pace.true_speed()
        return Frame(
            self.run, first_seq, head_seq, now_us, pace.speed, pace.playing, true_speed, digest, entries
        )

    def _doze(self, now_s: float) -> None:
        """Pause a run that nobody watches."""
        if self._sink.watched(self.run):
            self._watched_s = now_s
        elif (
            self.pace.playing and self._rebuild is None and now_s - self._watched_s > self._slices.unwatched_s
        ):
            self.set_pace(playing=False)
            self.paused_unwatched = True

    def _fail(self, error: str) -> None:
        """This run stops here, alone; its log is kept."""
        self.error = error
        self.pace.playing = False
        self._rebuild = None
        try:
            self._journal.flush(self.body.tail.digest, None, self._clock(), force=True)
            self._journal.end("failed", error)
        except Exception:
            self.error += "\nIts record could not be completed:\n" + traceback.format_exc()
        self._sink.stopped(self.run, self.error)


def _is_a(step: str, entry: Entry) -> bool:
    if step == "entry":
        return True
    if step == "landmark":
        return type(entry.event).LANDMARK
    return str(type(entry.event).__struct_config__.tag) in MESSAGE_TAGS
