"""A hundred viewers of one live run: from a click to its picture on every screen."""

from __future__ import annotations

import selectors
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import websocket

from tests.bench.measure import Row, percentile
from tests.browser.rig import ServerProcess

VIEWERS = 100
CLICKS = 40
GAP_S = 0.1


class Packet(msgspec.Struct):
    """A Socket.IO packet as far as a viewer of this benchmark reads it."""

    type: int
    data: Any = None
    nsp: str = "/"


class Watcher:
    """A viewer on a bare WebSocket that acknowledges like the page and remembers when each seq reached it."""

    def __init__(self, port: int, run: str) -> None:
        self.run = run
        self.seen: list[tuple[int, float]] = []
        self.frames = 0
        address = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=30)
        self.socket.recv()
        self.say({"type": 0, "nsp": "/live"})
        self.socket.recv()
        self.emit("join", {"run": run, "after_seq": None, "digest": None})

    def say(self, packet: dict[str, Any]) -> None:
        self.socket.send_binary(msgspec.msgpack.encode(packet))

    def emit(self, event: str, data: dict[str, Any]) -> None:
        self.say({"type": 2, "nsp": "/live", "data": [event, data]})

    def read(self) -> None:
        """Take in one message."""
        message = self.socket.recv()
        if isinstance(message, str):
            if message == "2":
                self.socket.send("3")
            return
        packet = msgspec.msgpack.decode(message, type=Packet)
        if packet.type == 2 and packet.data[0] == "frame":
            head_seq = packet.data[1]["head_seq"]
            self.seen.append((head_seq, time.perf_counter()))
            self.frames += 1
            if self.frames % 4 == 0:
                self.emit("ack", {"run": self.run, "head_seq": head_seq})

    def when(self, seq: int) -> float | None:
        """When the first frame came that reaches `seq`."""
        return next((at for head, at in self.seen if head >= seq), None)


def watch(watchers: list[Watcher], over: threading.Event) -> None:
    """Read whatever comes to any of them, in one thread, until it is over."""
    with selectors.DefaultSelector() as selector:
        for watcher in watchers:
            selector.register(watcher.socket.fileno(), selectors.EVENT_READ, watcher)
        while not over.is_set():
            for key, _ in selector.select(0.05):
                key.data.read()


def latencies(server: ServerProcess, viewers: int) -> tuple[list[float], int]:
    """(seconds from the sending of each command until each viewer had it, how many never came)."""
    run = server.request("POST", "/api/v1/runs", {"scenario": "classroom", "seed": 1})["run"]
    watchers = [Watcher(server.port, run) for _ in range(viewers)]
    over = threading.Event()
    reader = threading.Thread(target=watch, args=(watchers, over))
    reader.start()
    sent: list[tuple[int, float]] = []
    for click in range(CLICKS):
        kind = "pause-node" if click % 2 == 0 else "resume-node"
        body = {"id": f"bench-{click}", "command": {"type": kind, "node": "c1"}}
        began = time.perf_counter()
        sent.append((server.request("POST", f"/api/v1/runs/{run}/commands", body)["seq"], began))
        time.sleep(GAP_S)
    time.sleep(2)
    over.set()
    reader.join()
    for watcher in watchers:
        watcher.socket.close()
    server.request("POST", f"/api/v1/runs/{run}/pace", {"playing": False})
    taken = [(watcher.when(seq), began) for seq, began in sent for watcher in watchers]
    return [at - began for at, began in taken if at is not None], sum(1 for at, _ in taken if at is None)


def run() -> list[Row]:
    """The 99th percentile with a hundred viewers, against one viewer in the same run of the benchmark.

    The viewers share the machine (and this process) with the server, so the figure is an upper bound.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder))
        server.start()
        try:
            alone, _ = latencies(server, 1)
            many, lost = latencies(server, VIEWERS)
        finally:
            server.stop()
    p99_alone, p99 = percentile(alone, 0.99) * 1_000, percentile(many, 0.99) * 1_000
    what = f"click to {VIEWERS} viewers, p99"
    return [
        Row("frames", what, p99, "ms", p99 / p99_alone, "one viewer (less is better)"),
        Row("frames", "delivered", 1 - lost / (lost + len(many)), "share"),
    ]
