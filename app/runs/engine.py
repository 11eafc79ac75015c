"""The real engine: `app.world`, and the hash of the code that decides what a world does."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import msgspec

from app.runs.ports import Engine, World

CORE_ROOMS = ("consensus", "faults", "orchestration", "simulation", "vocabulary", "world")


@functools.cache
def core_version() -> str:
    """A hash of the core's sources: runs recorded under another one open read-only."""
    app = Path(__file__).parent.parent
    total = hashlib.blake2b(digest_size=8)
    for room in CORE_ROOMS:
        for path in sorted((app / room).rglob("*.py")):
            total.update(f"{path.relative_to(app).as_posix()}\0".encode())
            total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def real_engine() -> Engine:
    """The engine that `app.world` offers."""
    from app.world.registry import decode_command
    from app.world.scenario import scenario_from
    from app.world.wire import Digest, encode_entry
    from app.world.world import World as RealWorld

    def build(scenario_text: str, seed: int) -> World:
        return RealWorld(scenario_from(msgspec.json.decode(scenario_text)), seed)

    return Engine(build, encode_entry, Digest, decode_command, core_version())
