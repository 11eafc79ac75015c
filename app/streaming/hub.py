"""Who watches what, and how far behind they are. Knows no sockets: `Line` does the sending."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from app.vocabulary.base import Picture

WINDOW = 16
"""Unacknowledged frames after which a viewer is sent nothing more."""
ACK_EVERY = 4
"""Viewers acknowledge every fourth frame, so up to three may stay open for good."""
BACKLOG_MAX = 64
"""Packets waiting in a viewer's queue after which it counts as behind, whatever it acknowledges."""


class Line(Protocol):
    """How packets leave: Socket.IO, or a list in a test."""

    def send(self, event: str, data: dict[str, Any], to: str) -> None:
        """Queue an event for a viewer or a room."""
        ...

    def enter(self, sid: str, room: str) -> None: ...

    def leave(self, sid: str, room: str) -> None: ...

    def backlog(self, sid: str) -> int:
        """How many packets wait for this viewer."""
        ...


class Frame(Protocol):
    """What happened since the frame before; see `app.runs.ports.Frame`."""

    @property
    def run(self) -> str: ...
    @property
    def first_seq(self) -> int: ...
    @property
    def head_seq(self) -> int: ...
    @property
    def head_us(self) -> int: ...
    @property
    def speed(self) -> float: ...
    @property
    def playing(self) -> bool: ...
    @property
    def true_speed(self) -> float: ...
    @property
    def digest(self) -> str: ...
    @property
    def entries(self) -> tuple[bytes, ...]: ...


class Keyframe(Protocol):
    """The picture after entry `seq`; see `app.runs.ports.Keyframe`."""

    @property
    def run(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def at_us(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def view(self) -> Picture | msgspec.Raw: ...


class Verdict(Protocol):
    """What a checker says; see `app.checking.verdict.Verdict`."""

    @property
    def check(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def entries(self) -> tuple[int, ...]: ...
    @property
    def code(self) -> str: ...
    @property
    def fields(self) -> dict[str, str | int]: ...
    @property
    def assumption(self) -> str: ...


class Viewer:
    """One connection. `behind`: it gets a keyframe before anything else; `sent_seq`: what it has been sent, -1 nothing."""

    __slots__ = ("behind", "driver", "run", "sent_seq", "sid", "unacknowledged")

    def __init__(self, sid: str, driver: bool) -> None:
        self.sid = sid
        self.driver = driver
        self.run = ""
        self.behind = False
        self.sent_seq = -1
        self.unacknowledged: deque[int] = deque()


class Hub:
    """The rooms. Everything here happens in the loop of the runs, except `connected` and `disconnected`."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.viewers: dict[str, Viewer] = {}
        self._rooms: dict[str, dict[str, Viewer]] = {}
        self.frames = 0
        self.gaps = 0

    def connected(self, sid: str, driver: bool) -> Viewer:
        """A viewer is there, and looks at nothing yet."""
        viewer = self.viewers[sid] = Viewer(sid, driver)
        return viewer

    def disconnected(self, sid: str) -> None:
        """A viewer is gone."""
        viewer = self.viewers.pop(sid, None)
        if viewer is not None:
            self._leave(viewer)

    def watched(self, run: str) -> int:
        """How many viewers look at this run."""
        return len(self._rooms.get(run, ()))

    # -- joining ------------------------------------------------------------------------------------

    def join_afresh(
        self, viewer: Viewer, keyframe: Keyframe, meta: dict[str, Any], gap_after: int | None = None
    ) -> None:
        """Show the picture as it is; gap_after: what the viewer has up to here stays true."""
        self._enter(viewer, keyframe.run)
        viewer.sent_seq = -1 if gap_after is None else gap_after
        self._reset(viewer, keyframe, meta)

    def join_after(self, viewer: Viewer, frame: Frame) -> None:
        """The viewer has everything before `frame`, and gets the rest."""
        self._enter(viewer, frame.run)
        self.line.send("frame", self._frame_data(frame), viewer.sid)
        viewer.sent_seq = frame.head_seq
        viewer.unacknowledged.append(frame.head_seq)

    def join_stored(
        self, viewer: Viewer, run: str, keyframe: Keyframe, frame: Frame, meta: dict[str, Any]
    ) -> None:
        """A run that does not go on: its last keyframe and what follows it, once."""
        self._enter(viewer, run)
        self._reset(viewer, keyframe, meta)
        if frame.entries:
            self.line.send("frame", self._frame_data(frame), viewer.sid)

    def wait_for(self, viewer: Viewer, run: str) -> None:
        """The run is not ready yet: its picture comes with its first frame."""
        self._enter(viewer, run)
        self.line.leave(viewer.sid, run)
        viewer.behind = True

    def leave(self, viewer: Viewer) -> None:
        """No more frames for this viewer."""
        self._leave(viewer)

    # -- frames -------------------------------------------------------------------------------------

    def frame(self, frame: Frame, keyframe: Callable[[], Keyframe]) -> None:
        """Send a frame to all who keep up; those who fell behind and caught up get a keyframe instead."""
        room = self._rooms.get(frame.run)
        if not room:
            return
        keeping_up, back = False, []
        for viewer in list(room.values()):
            self._judge(viewer)
            if not viewer.behind:
                keeping_up = True
                viewer.unacknowledged.append(frame.head_seq)
                viewer.sent_seq = frame.head_seq
            elif self._caught_up(viewer) and keyframe().seq == frame.head_seq:
                self._reset(viewer, keyframe(), None)
                back.append(viewer)
        if keeping_up:
            self.frames += 1
            self.line.send("frame", self._frame_data(frame), frame.run)
        for viewer in back:
            self.line.enter(viewer.sid, frame.run)

    def acknowledge(self, viewer: Viewer, head_seq: int) -> bool:
        """The viewer has digested everything up to `head_seq`; True when it was behind and can go on."""
        waiting = viewer.unacknowledged
        while waiting and waiting[0] <= head_seq:
            waiting.popleft()
        return viewer.behind and self._caught_up(viewer)

    def resume(self, viewer: Viewer, keyframe: Callable[[], Keyframe]) -> None:
        """Go on with a viewer that was behind, if it still is and can: no frame may come for long, so do it now."""
        if viewer.behind and viewer.run and self._caught_up(viewer):
            self._reset(viewer, keyframe(), None)
            self.line.enter(viewer.sid, viewer.run)

    def stopped(self, run: str, error: str) -> None:
        """Tell everyone who looks at it that a run failed."""
        for sid in list(self._rooms.get(run, ())):
            self.line.send("stopped", {"run": run, "error": error}, sid)

    def verdict(self, run: str, verdict: Verdict) -> None:
        """Tell everyone who looks at a run what a checker says of it."""
        data = {"run": run, "check": verdict.check, "seq": verdict.seq, "status": verdict.status}
        data |= {"code": verdict.code, "fields": verdict.fields, "proof": list(verdict.entries)}
        data["assumption"] = verdict.assumption
        for sid in list(self._rooms.get(run, ())):
            self.line.send("verdict", data, sid)

    def _judge(self, viewer: Viewer) -> None:
        """Whether a viewer that kept up still does."""
        if viewer.behind:
            return
        if len(viewer.unacknowledged) >= WINDOW or self.line.backlog(viewer.sid) > BACKLOG_MAX:
            viewer.behind = True
            self.gaps += 1
            self.line.leave(viewer.sid, viewer.run)

    def _caught_up(self, viewer: Viewer) -> bool:
        return len(viewer.unacknowledged) < ACK_EVERY and self.line.backlog(viewer.sid) <= BACKLOG_MAX // 4

    def _reset(self, viewer: Viewer, keyframe: Keyframe, meta: dict[str, Any] | None) -> None:
        data: dict[str, Any] = {
            "run": keyframe.run,
            "seq": keyframe.seq,
            "at_us": keyframe.at_us,
            "digest": keyframe.digest,
            "view": keyframe.view,
            "meta": meta,
        }
        if viewer.sent_seq >= 0:
            data["gap"] = [viewer.sent_seq + 1, keyframe.seq]
        self.line.send("reset", data, viewer.sid)
        viewer.sent_seq = keyframe.seq
        viewer.behind = False
        viewer.unacknowledged.clear()

    def _frame_data(self, frame: Frame) -> dict[str, Any]:
        return {
            "run": frame.run,
            "first_seq": frame.first_seq,
            "head_seq": frame.head_seq,
            "head_us": frame.head_us,
            "speed": frame.speed,
            "playing": frame.playing,
            "true_speed": frame.true_speed,
            "viewers": self.watched(frame.run),
            "digest": frame.digest,
            "entries": b"".join(frame.entries),
        }

    def _enter(self, viewer: Viewer, run: str) -> None:
        self._leave(viewer)
        viewer.run = run
        viewer.behind = False
        viewer.sent_seq = -1
        viewer.unacknowledged.clear()
        self._rooms.setdefault(run, {})[viewer.sid] = viewer
        self.line.enter(viewer.sid, run)

    def _leave(self, viewer: Viewer) -> None:
        room = self._rooms.get(viewer.run)
        if room is not None and room.pop(viewer.sid, None) is not None:
            self.line.leave(viewer.sid, viewer.run)
            if not room:
                del self._rooms[viewer.run]
        viewer.run = ""
