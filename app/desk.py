"""What viewers on sockets ask, answered: `streaming.live.Desk` over the parts of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from app.history.reader import StoredKeyframe
from app.runs.live import LiveRun
from app.runs.ports import Frame
from app.service import RefusedError, Synod, refused_dict
from app.streaming.hub import Viewer
from app.vocabulary.base import Picture, Refused

Answer = dict[str, Any]
JOIN_ENTRIES_MAX = 4_000
"""A viewer that comes back and missed more than this gets a keyframe rather than all of it."""


class StoredFrame(msgspec.Struct, frozen=True):
    """The keyframe of a run that does not go on."""

    run: str
    seq: int
    at_us: int
    digest: str
    view: msgspec.Raw | Picture


class Desk:
    """Joins, commands and pace for viewers. Answers are what the acknowledgement says, `{ok: ...}`; nothing raises."""

    def __init__(self, synod: Synod) -> None:
        self._synod = synod
        self._hub = synod.hub

    def role(self, token: str | None) -> str:
        """ "drive", "watch" or "" for a token."""
        return self._synod.role(token)

    def refusal(self, code: str, **fields: str | int) -> Answer:
        return {"ok": False, "refused": refused_dict(Refused(code, dict(fields)))}

    def viewer_came(self, sid: str, driver: bool) -> Viewer:
        return self._hub.connected(sid, driver)

    def viewer_left(self, sid: str) -> None:
        self._hub.disconnected(sid)

    def join(self, viewer: Viewer, run: str, after_seq: int | None, digest: str | None) -> Answer:
        return self._answered(lambda: self._join(viewer, run, after_seq, digest))

    def leave(self, viewer: Viewer) -> Answer:
        def go() -> Answer:
            self._hub.leave(viewer)
            return {}

        return self._answered(go)

    def acknowledge(self, viewer: Viewer, head_seq: int) -> None:
        if self._hub.acknowledge(viewer, head_seq):
            live = self._synod.registry.live.get(viewer.run)
            if live is not None and live.ready:
                self._synod.registry.ask(lambda: self._resume(viewer, live))

    def command_answer(self, run: str, id: str, wish: dict[str, Any]) -> Answer:
        """What the acknowledgement of `command` says."""

        def take() -> Answer:
            taken = self._synod.command(run, id, wish)
            if isinstance(taken, Refused):
                return {"ok": False, "refused": refused_dict(taken)}
            return {"seq": taken.seq, "at_us": taken.at_us}

        return self._answered(take, in_loop=False)

    def pace_answer(self, run: str, playing: bool | None, speed: float | None, step: str | None) -> Answer:
        """What the acknowledgement of `pace` says."""
        return self._answered(lambda: {"run": self._synod.set_pace(run, playing, speed, step)}, in_loop=False)

    def _answered(self, work: Callable[[], Answer], in_loop: bool = True) -> Answer:
        try:
            return {"ok": True, **(self._synod.ask(work) if in_loop else work())}
        except RefusedError as error:
            return {"ok": False, "refused": refused_dict(error.refused)}

    def _resume(self, viewer: Viewer, live: LiveRun) -> None:
        live.show()
        self._hub.resume(viewer, live.keyframe)

    def _join(self, viewer: Viewer, run: str, after_seq: int | None, digest: str | None) -> Answer:
        """In the loop: everything sent before goes to those who were there, what comes later to this one too."""
        live = self._synod.registry.live.get(run)
        if live is None or live.error:
            return self._join_stored(viewer, run)
        live.touch()
        if not live.ready:
            self._hub.wait_for(viewer, run)
            return {"run": live.meta()}
        live.show()
        frame = live.catch_up(after_seq, digest)
        if frame is None:
            self._hub.join_afresh(viewer, live.keyframe(), live.meta())
        elif len(frame.entries) > JOIN_ENTRIES_MAX:
            self._hub.join_afresh(viewer, live.keyframe(), live.meta(), after_seq)
        else:
            self._hub.join_after(viewer, frame)
        return {"run": live.meta()}

    def _join_stored(self, viewer: Viewer, run: str) -> Answer:
        stored = self._synod.stored(run)
        kept = self._synod.reader.keyframe(run)
        wires = tuple(self._synod.reader.wires(run, kept.seq + 1))
        live = self._synod.registry.live.get(run)
        meta = live.meta() if live is not None else self._synod.registry.meta_of(stored)
        frame = Frame(
            run, kept.seq + 1, stored.head_seq, stored.head_us, stored.speed, False, 0.0, stored.digest, wires
        )
        self._hub.join_stored(viewer, run, _keyframe(run, kept), frame, meta)
        return {"run": meta}


def _keyframe(run: str, kept: StoredKeyframe) -> StoredFrame:
    return StoredFrame(run, kept.seq, kept.at_us, kept.digest, msgspec.Raw(kept.view))
