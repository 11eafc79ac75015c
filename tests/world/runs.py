"""Whole worlds for tests: shipped scenarios, seeded random trouble, and the picture held against its fold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec

from app.faults import DRAWABLE
from app.faults.nemesis import Nemesis
from app.orchestration.commands import AddNode, Drain, RemoveNode, SetLoad, Uncordon
from app.scenarios import load_scenario
from app.vocabulary.base import Command, Entry, Picture, Refused
from app.vocabulary.commands import (
    CutLink,
    ForgePrepare,
    HealNetwork,
    KillNode,
    Partition,
    PauseNode,
    PutKey,
    RestartNode,
    ResumeNode,
    SetNetwork,
    SetRate,
    SubmitComputation,
    SubmitTasks,
)
from app.vocabulary.ids import SECOND
from app.world.picture import fold
from app.world.wire import Digest, encode_entry, tag_of
from app.world.world import World

Dice = random.Random
ADDED = ("n1", "n2")
"""Machines that come and go."""


def world(scenario: str = "classroom", seed: int = 42) -> World:
    return World(load_scenario(scenario), seed)


def trouble(dice: Dice, subject: World) -> Command:
    """A random command, mostly unkind; some will be refused. Most of what strikes machines strikes replicas."""
    # Every fault there is, inside the protocol's model or not: the picture has to be right whatever happens.
    drawn = Nemesis(dice.randrange(1 << 30), DRAWABLE).draw(subject.ground())
    if drawn is not None and dice.random() < 0.5:
        return drawn
    nodes = subject.view()["node"]
    machines = list(nodes)
    some = dice.sample(machines, len(machines))
    replicas = [node for node in machines if node.startswith("s")]
    # Random kills hardly ever find a disk at work, so aim.
    at_work = [node for node in replicas if subject.ground().machines[node].disk.unsynced] or replicas
    victim = dice.choice([some[0], dice.choice(replicas), dice.choice(at_work)])
    down = [node for node in machines if nodes[node]["state"] == "down"] or some
    paused = [node for node in machines if nodes[node]["state"] == "paused"] or some
    cut = dice.randint(1, len(some) - 1)
    choices: list[Command] = [
        KillNode(victim),
        KillNode(victim),
        RestartNode(dice.choice(down)),
        RestartNode(dice.choice(down)),
        PauseNode(victim),
        ResumeNode(dice.choice(paused)),
        ResumeNode(dice.choice(paused)),
        Partition((tuple(some[:cut]), tuple(some[cut:])), "random"),
        CutLink(some[0], some[1], dice.random() < 0.5),
        HealNetwork(),
        HealNetwork(),
        SetNetwork(dice.randrange(0, 200_000), dice.randrange(0, 200_000), dice.randrange(0, 400_000)),
        SetRate(dice.randrange(0, 5_000)),
        PutKey("w1", "k1", str(dice.randrange(100))),
        SubmitTasks(dice.randint(1, 8), duration_ms=dice.randint(500, 9_000)),
        SubmitComputation("primes", dice.randint(1, 5), 2_000),
        ForgePrepare(dice.choice(["s1", "s2"]), dice.choice(["s3", "s4"])),
        AddNode(dice.choice(ADDED), dice.choice(["a", "b", "c", ""]), 4_000, 8_192),
        AddNode(dice.choice(ADDED), "a", 2_000, 4_096, labels={"disk": "ssd"}),
        RemoveNode(dice.choice([*ADDED, "c1", "c2"])),
        Drain(dice.choice([*ADDED, "c3", "c4"])),
        Uncordon(dice.choice([*ADDED, "c3", "c4"])),
        SetLoad("Job", f"job-{dice.randrange(40)}", dice.randrange(5_000)),
    ]
    return dice.choice(choices)


def troubled(
    seed: int, steps: int, scenario: str = "classroom", gap_us: int = 2 * SECOND
) -> Iterator[tuple[World, list[Entry]]]:
    """A run with a random command every now and then: (world, new entries) at every stop."""
    dice = random.Random(seed)
    subject = world(scenario, seed)
    yield subject, subject.start()
    for _ in range(steps):
        until_us = subject.now_us + dice.randrange(1, 2 * gap_us)
        while subject.now_us < until_us:
            # One instant at a time: laws hold at the end of every one.
            yield subject, subject.advance(until_us, max_entries=1)
        taken = subject.take(trouble(dice, subject))
        if not isinstance(taken, Refused):
            yield subject, taken


def plain(value: Any) -> Any:
    """As it comes out of the wire."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value))


def difference(folded: Picture, viewed: Picture) -> str:
    """The first entity that differs, in words; "" if none does."""
    for kind in sorted(folded.keys() | viewed.keys()):
        left, right = folded.get(kind, {}), viewed.get(kind, {})
        for id_ in sorted(left.keys() | right.keys()):
            if left.get(id_) != right.get(id_):
                return f"{kind} {id_}: folded {left.get(id_)}, viewed {right.get(id_)}"
    return ""


class Follower:
    """Reads a log as a consumer does: folds it, digests it, remembers it."""

    def __init__(self) -> None:
        self.picture: Picture = {}
        self.digest = Digest()
        self.entries: list[Any] = []

    def follow(self, entries: list[Entry]) -> None:
        for entry in entries:
            wire = encode_entry(entry)
            self.digest.add(wire)
            fold(self.picture, msgspec.msgpack.decode(wire)[4])
        self.entries += entries

    def tags(self) -> list[str]:
        return [tag_of(entry.event) for entry in self.entries]


def why(entries: list[Entry], entry: Entry) -> list[str]:
    """From an entry back to its origin: tags."""
    found = [tag_of(entry.event)]
    while entry.cause is not None:
        entry = entries[entry.cause]
        found.append(tag_of(entry.event))
    return found
