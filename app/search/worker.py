"""`python -m app.search.worker`: jobs from stdin, results to stdout, each a length and MessagePack.

Ends with its stdin, also in the middle of a job: whoever asked is gone then, be it by `kill -9`.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import struct
import sys
import threading
import traceback
from typing import Any, BinaryIO

import msgspec

LENGTH = struct.Struct(">I")
NICE = 10


def read(stream: BinaryIO) -> Any:
    """The next message, or None at the end."""
    head = _exactly(stream, LENGTH.size)
    if head is None:
        return None
    body = _exactly(stream, LENGTH.unpack(head)[0])
    return None if body is None else msgspec.msgpack.decode(body, strict=False)


def write(stream: BinaryIO, message: Any) -> None:
    """Send a message."""
    body = msgspec.msgpack.encode(message)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def _exactly(stream: BinaryIO, count: int) -> bytes | None:
    """`count` bytes, or None when the stream ends before."""
    parts = b""
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            return None
        parts += part
    return parts


def end_with(descriptor: int) -> None:
    """End this process, whatever it does, when nobody can write to this pipe any more. Costs nothing until then."""
    if not hasattr(select, "poll"):
        return  # Without it (on Windows) the end is noticed after the job.
    poll = select.poll()
    # No event is asked for: the end is told always, data that waits to be read never.
    poll.register(descriptor, 0)

    def watch() -> None:
        poll.poll()
        os._exit(0)

    threading.Thread(target=watch, name="asker", daemon=True).start()


def main() -> None:
    """Work until stdin ends."""
    os.nice(NICE)
    # Ctrl-C is for whoever asked: it ends this process by closing its stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(sys.stdin.fileno())
    from app.search.jobs import JOBS

    gc.collect()
    gc.freeze()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    # Whatever else prints must not end up between the messages.
    sys.stdout = sys.stderr
    while (asked := read(source)) is not None:
        try:
            answer = {"result": JOBS[asked["job"]](**asked["with"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        write(target, answer)


if __name__ == "__main__":
    main()
