"""The Socket.IO end of `/live`: reads what viewers send, hands it to the desk, answers with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any, Literal, Protocol

import msgspec
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from socketio import Server
from socketio.exceptions import ConnectionRefusedError as Refusal

from app.streaming.hub import Viewer

NAMESPACE = "/live"
COOKIE = "synod_token"
ID_MAX = 64
SPEED_MIN, SPEED_MAX = 0.05, 100.0

Answer = dict[str, Any]


class Join(msgspec.Struct):
    """See README.md."""

    run: str
    after_seq: int | None = None
    digest: str | None = None
    token: str | None = None


class Ack(msgspec.Struct):
    """See README.md."""

    run: str
    head_seq: int


class TakeCommand(msgspec.Struct):
    """See README.md."""

    run: str
    id: str
    command: dict[str, Any]


class SetPace(msgspec.Struct):
    """See README.md."""

    run: str
    playing: bool | None = None
    speed: float | None = None
    step: Literal["entry", "message", "landmark"] | None = None


class Desk(Protocol):
    """Who does what viewers ask. Answers are what the acknowledgement says."""

    def role(self, token: str | None) -> str:
        """ "drive", "watch" or "" for a token."""
        ...

    def viewer_came(self, sid: str, driver: bool) -> Viewer: ...

    def viewer_left(self, sid: str) -> None: ...

    def join(self, viewer: Viewer, run: str, after_seq: int | None, digest: str | None) -> Answer: ...

    def leave(self, viewer: Viewer) -> Answer: ...

    def acknowledge(self, viewer: Viewer, head_seq: int) -> None: ...

    def command_answer(self, run: str, id: str, command: dict[str, Any]) -> Answer: ...

    def pace_answer(
        self, run: str, playing: bool | None, speed: float | None, step: str | None
    ) -> Answer: ...

    def refusal(self, code: str, **fields: str | int) -> Answer:
        """`{ok: false, refused: {code, fields, sentence}}`."""
        ...


class SocketLine:
    """`hub.Line` over Socket.IO."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def send(self, event: str, data: Answer, to: str) -> None:
        self._server.emit(event, data, to=to, namespace=NAMESPACE)

    def enter(self, sid: str, room: str) -> None:
        try:
            self._server.enter_room(sid, room, namespace=NAMESPACE)
        except ValueError:
            pass  # gone in this very moment; `disconnect` follows

    def leave(self, sid: str, room: str) -> None:
        self._server.leave_room(sid, room, namespace=NAMESPACE)

    def backlog(self, sid: str) -> int:
        eio_sid = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        socket = self._server.eio.sockets.get(eio_sid)
        return 0 if socket is None else int(socket.queue.qsize())


class LiveEvents:
    """The handlers of `/live`. Whatever comes in, from anybody, gets an answer and stops nobody."""

    def __init__(self, server: Server, desk: Desk, events_per_second: int) -> None:
        self._server, self._desk = server, desk
        self._limit = RateLimitItemPerSecond(events_per_second)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._viewers: dict[str, Viewer] = {}
        for event, shape, handler in (
            ("join", Join, self._on_join),
            ("command", TakeCommand, self._on_command),
            ("pace", SetPace, self._on_pace),
            ("leave", None, self._on_leave),
        ):
            server.on(event, self._guarded(event, shape, handler), namespace=NAMESPACE)
        server.on("ack", self._on_ack, namespace=NAMESPACE)
        server.on("connect", self._on_connect, namespace=NAMESPACE)
        server.on("disconnect", self._on_disconnect, namespace=NAMESPACE)
        server.on("*", self._on_unknown, namespace=NAMESPACE)

    def _on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str):
            cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(COOKIE)
            token = cookie.value if cookie else None
        role = self._desk.role(token)
        if not role:
            raise Refusal(self._desk.refusal("token-unknown")["refused"]["sentence"])
        self._viewers[sid] = self._desk.viewer_came(sid, role == "drive")

    def _on_disconnect(self, sid: str, _reason: Any = None) -> None:
        self._viewers.pop(sid, None)
        self._desk.viewer_left(sid)

    def _on_unknown(self, event: str, sid: str, *arguments: Any) -> Answer:
        """An event of a name we do not know; `garbage` is what `packets` makes of a packet it cannot read."""
        answer = self._desk.refusal("event-unknown", event=event[:40])
        if event == "garbage" and arguments:
            answer = self._desk.refusal("packet-malformed", problem=str(arguments[0])[:200])
        self._server.emit("refused", answer["refused"], to=sid, namespace=NAMESPACE)
        return answer

    def _guarded(
        self, event: str, shape: type[Any] | None, handler: Callable[[Viewer, Any], Answer]
    ) -> Callable[..., Answer]:
        """The handler, called only with what it can work with."""

        def guarded(sid: str, *arguments: Any) -> Answer:
            viewer = self._viewers.get(sid)
            if viewer is None:
                return self._desk.refusal("not-connected")
            if not self._limiter.hit(self._limit, sid):
                return self._desk.refusal("too-fast", most=self._limit.amount)
            if shape is None:
                return handler(viewer, None)
            try:
                wish = msgspec.convert(arguments[0] if arguments else None, shape)
            except (msgspec.ValidationError, RecursionError) as error:
                return self._desk.refusal("event-malformed", event=event, problem=str(error))
            return handler(viewer, wish)

        return guarded

    def _on_join(self, viewer: Viewer, wish: Join) -> Answer:
        if wish.token is not None:
            role = self._desk.role(wish.token)
            if not role:
                return self._desk.refusal("token-unknown")
            viewer.driver = role == "drive"
        answer = self._desk.join(viewer, wish.run, wish.after_seq, wish.digest)
        return {**answer, "driver": viewer.driver}

    def _on_leave(self, viewer: Viewer, _wish: None) -> Answer:
        return self._desk.leave(viewer)

    def _on_command(self, viewer: Viewer, wish: TakeCommand) -> Answer:
        if not viewer.driver:
            return self._desk.refusal("watch-only")
        if not (
            1 <= len(wish.id) <= ID_MAX and wish.id.isascii() and wish.id.isprintable() and " " not in wish.id
        ):
            return self._desk.refusal("id-length", most=ID_MAX)
        return self._desk.command_answer(wish.run, wish.id, wish.command)

    def _on_pace(self, viewer: Viewer, wish: SetPace) -> Answer:
        if not viewer.driver:
            return self._desk.refusal("watch-only")
        if wish.speed is not None and not SPEED_MIN <= wish.speed <= SPEED_MAX:
            return self._desk.refusal("speed-range", speed=str(wish.speed))
        return self._desk.pace_answer(wish.run, wish.playing, wish.speed, wish.step)

    def _on_ack(self, sid: str, *arguments: Any) -> None:
        """Frequent, so quick; a malformed one acknowledges nothing, and the window does the rest."""
        viewer = self._viewers.get(sid)
        try:
            wish = msgspec.convert(arguments[0] if arguments else None, Ack)
        except (msgspec.ValidationError, RecursionError):
            return
        if viewer is not None and viewer.run == wish.run:
            self._desk.acknowledge(viewer, wish.head_seq)
