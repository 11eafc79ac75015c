"""Viewers for tests: real Socket.IO clients that put a log together from what they are sent."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import msgpack
import socketio
from socketio.exceptions import BadNamespaceError

ACK_EVERY = 4
NAMESPACE = "/live"


def eventually(check: Callable[[], Any], what: str, patience_s: float = 30.0) -> Any:
    """Whatever `check` says, once it says something."""
    deadline = monotonic() + patience_s
    while not (found := check()):
        assert monotonic() < deadline, f"after {patience_s} s still not: {what}"
        sleep(0.02)
    return found


class Watcher:
    """One viewer, as the page is one: joins, acknowledges, keeps entries by seq.

    acknowledging: a slow viewer does not. afresh: seqs of keyframes that told it to forget what it had.
    twice: seqs that were sent again. holes: seqs before which some are missing. gaps: what was said to be passed over.
    """

    def __init__(self, url: str, run: str, token: str | None = None) -> None:
        self.url, self.run, self.token = url, run, token
        self.entries: dict[int, Any] = {}
        self.twice: list[int] = []
        self.holes: list[int] = []
        self.gaps: list[tuple[int, int]] = []
        self.resets: list[dict[str, Any]] = []
        self.afresh: list[int] = []
        self.events: list[tuple[str, Any]] = []
        self.acknowledging = True
        self.head_seq = -1
        self.digest = ""
        self.frames = 0
        self.lock = threading.Lock()
        self.client = self._client()

    def _client(self) -> socketio.Client:
        client = socketio.Client(serializer="msgpack", reconnection=False, handle_sigint=False)
        client.on("reset", self._on_reset, namespace=NAMESPACE)
        client.on("frame", self._on_frame, namespace=NAMESPACE)
        for event in ("stopped", "refused"):
            client.on(event, lambda data, event=event: self.events.append((event, data)), namespace=NAMESPACE)
        # Else every message has a thread of its own, and frames overtake each other.
        trigger = client.eio._trigger_event
        client.eio._trigger_event = lambda *data, **options: trigger(*data, **{**options, "run_async": False})
        return client

    def connect(self) -> Watcher:
        auth = None if self.token is None else {"token": self.token}
        self.client.connect(self.url, namespaces=[NAMESPACE], transports=["websocket"], auth=auth)
        return self

    def join(self, after_seq: int | None = None, digest: str | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask("join", {"run": self.run, "after_seq": after_seq, "digest": digest})
        return answer

    def ask(self, event: str, *data: Any) -> Any:
        return self.client.call(event, data[0] if len(data) == 1 else data, namespace=NAMESPACE, timeout=30)

    def close(self) -> None:
        self.client.disconnect()
        if self.client.eio.http:
            self.client.eio.http.close()

    def reconnect(self) -> None:
        """Lose the line, and come back from where the log ends."""
        self.close()
        self.client = self._client()
        self.connect()
        self.join(self.head_seq, self.digest)

    def acknowledge(self) -> None:
        with contextlib.suppress(BadNamespaceError):  # the line is being closed
            self.client.emit("ack", {"run": self.run, "head_seq": self.head_seq}, namespace=NAMESPACE)

    def _on_reset(self, data: dict[str, Any]) -> None:
        with self.lock:
            self.resets.append(data)
            gap = data.get("gap")
            if gap is None:
                self.entries.clear()
                self.afresh.append(data["seq"])
            else:
                self.gaps.append((gap[0], gap[1]))
                if gap[0] != self.head_seq + 1:
                    self.holes.append(gap[0])
            self.head_seq, self.digest = data["seq"], data["digest"]

    def _on_frame(self, data: dict[str, Any]) -> None:
        with self.lock:
            for entry in msgpack.Unpacker(io.BytesIO(data["entries"]), strict_map_key=False):
                seq = entry[0]
                if seq <= self.head_seq:
                    self.twice.append(seq)
                elif seq != self.head_seq + 1:
                    self.holes.append(seq)
                self.entries[seq] = entry
                self.head_seq = max(seq, self.head_seq)
            self.digest = data["digest"]
            self.frames += 1
        if self.acknowledging and self.frames % ACK_EVERY == 0:
            self.acknowledge()
