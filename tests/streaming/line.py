"""A line that keeps what is sent, instead of sockets."""

from __future__ import annotations

from typing import Any


class ListLine:
    """`hub.Line`: what every viewer was sent, in order; `queues` plays the packets that wait."""

    def __init__(self) -> None:
        self.sent: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self.rooms: dict[str, set[str]] = {}
        self.queues: dict[str, int] = {}

    def send(self, event: str, data: dict[str, Any], to: str) -> None:
        for sid in sorted(self.rooms.get(to, {to})):
            self.sent.setdefault(sid, []).append((event, data))

    def enter(self, sid: str, room: str) -> None:
        self.rooms.setdefault(room, set()).add(sid)

    def leave(self, sid: str, room: str) -> None:
        self.rooms.get(room, set()).discard(sid)

    def backlog(self, sid: str) -> int:
        return self.queues.get(sid, 0)

    def events(self, sid: str) -> list[str]:
        return [event for event, _ in self.sent.get(sid, [])]

    def last(self, sid: str) -> dict[str, Any]:
        return self.sent[sid][-1][1]
