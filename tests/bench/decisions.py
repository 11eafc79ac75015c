"""Decided commands per second of wall time: clients inside the world, everything encoded and judged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from heapq import heapify, heappop, heappush

from msgspec.structs import replace

from app.checking.invariants import Checker
from app.consensus.client import OperationEnded
from app.scenarios import load_scenario
from app.world.scenario import MachineSetting, Scenario, with_size
from app.world.wire import Digest, encode_entry
from app.world.world import World
from tests.bench.measure import Row, rates

CLIENTS = 16
MESSAGES_PER_DECISION = 8
"""2(n-1) with 5 replicas: what any Multi-Paxos must send for a command on its own."""


def scenario(batch: int, replicas: int) -> Scenario:
    """A data centre without compute nodes, whose clients ask as fast as they may."""
    plain = with_size(load_scenario("datacenter"), replicas, 0)
    clients = tuple(MachineSetting(f"w{n + 1}", "client") for n in range(CLIENTS))
    machines = (*(machine for machine in plain.machines if machine.role == "storage"), *clients)
    return replace(
        plain,
        machines=machines,
        consensus=replace(plain.consensus, batch_max=batch, batch_us=0 if batch == 1 else 2_000),
        clients=replace(plain.clients, per_1000_s=1_000_000),
    )


def answers(batch: int, replicas: int) -> Iterator[int]:
    """How many client operations are answered, again and again as the world goes on."""
    world = World(scenario(batch, replicas), 1)
    digest, checker = Digest(), Checker()
    entries, answered = world.start(), 0
    while not checker.violations:
        for entry in entries:
            digest.add(encode_entry(entry))
            checker.on_entry(entry)
            answered += type(entry.event) is OperationEnded and entry.event.status in ("ok", "failed")
        yield answered
        entries = world.advance(world.now_us + 50_000)
    raise AssertionError("the correct protocol broke")


def decide(batch: int, replicas: int, commands: int) -> int:
    """Run until at least so many client operations are answered; how many were."""
    return next(answered for answered in answers(batch, replicas) if answered >= commands)


def early_and_late() -> tuple[float, float]:
    """Commands per second between the 1,000th and the 6,000th, and between the 25,000th and the 30,000th."""
    going = answers(16, 5)
    marks = []
    for commands in (1_000, 6_000, 25_000, 30_000):
        done = next(answered for answered in going if answered >= commands)
        marks.append((done, time.perf_counter()))
    (one, t1), (two, t2), (three, t3), (four, t4) = marks
    return (two - one) / (t2 - t1), (four - three) / (t4 - t3)


def bare() -> int:
    """The heap work alone of the same number of messages, as a yardstick for this machine."""
    decisions = 20_000
    heap = [(at_us, at_us) for at_us in range(1_000)]
    heapify(heap)
    for order in range(decisions * MESSAGES_PER_DECISION):
        at_us, _ = heappop(heap)
        heappush(heap, (at_us + 1_000, order))
    return decisions


def run() -> list[Row]:
    """Rates by batch, by replicas and by length, against the yardstick."""
    seen = rates(
        {
            "5 replicas, batch 1": partial(decide, 1, 5, 2_000),
            **{f"{n} replicas, batch 16": partial(decide, 16, n, 6_000) for n in (3, 5, 7)},
            "bare": bare,
        },
        rounds=3,
    )
    early, late = early_and_late()
    peer = "bare heap of its messages"
    rows = [
        Row("decided commands", name, seen[name], "commands/s", seen[name] / seen["bare"], peer)
        for name in seen
        if name != "bare"
    ]
    what = "5 replicas, batch 16, up to the 30,000th"
    return [*rows, Row("decided commands", what, late, "commands/s", late / early, "up to the 6,000th")]
