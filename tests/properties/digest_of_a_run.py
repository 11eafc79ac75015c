"""Prints the digest of a troubled run, for `test_determinism`: a program for any interpreter and hash seed."""

from __future__ import annotations

import sys

from app.vocabulary.commands import (
    HealNetwork,
    KillNode,
    Partition,
    PauseNode,
    RestartNode,
    ResumeNode,
    SetNetwork,
    SubmitComputation,
    SubmitTasks,
)
from app.vocabulary.ids import SECOND
from app.world.scenario import scenario_from
from app.world.wire import Digest, encode_entry
from app.world.world import World

COMMANDS = (
    (7, SubmitTasks(6, duration_ms=4_000)),
    (9, SubmitComputation("primes", 4, 3_000)),
    (11, KillNode("s3")),
    (12, KillNode("c2")),
    (15, Partition((("s1", "s2", "c1"), ("s4", "s5", "c5")), "a from c")),
    (18, SetNetwork(30_000, 50_000, 100_000)),
    (20, PauseNode("s5")),
    (24, RestartNode("s3")),
    (26, HealNetwork()),
    (27, ResumeNode("s5")),
    (30, RestartNode("c2")),
)


def digest(document: object, seed: int, until_s: int) -> tuple[str, int]:
    """Digest and length of the run that the scenario, the seed and COMMANDS decide."""
    world = World(scenario_from(document), seed)
    entries = world.start()
    for at_s, command in COMMANDS:
        entries += world.advance(at_s * SECOND)
        taken = world.take(command)
        entries += taken if isinstance(taken, list) else []
    entries += world.advance(until_s * SECOND)
    assert world.failure is None, world.failure
    total = Digest()
    for entry in entries:
        total.add(encode_entry(entry))
    return total.hex, len(entries)


if __name__ == "__main__":
    import msgspec

    plain = msgspec.json.decode(sys.stdin.buffer.read())
    print(*digest(plain, int(sys.argv[1]), int(sys.argv[2])))
