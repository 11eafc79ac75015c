"""Decided commands per second of wall time: 5 replicas, clients inside the world, everything recorded and judged."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from msgspec.structs import replace

from app.checking.invariants import Checker
from app.scenarios import load_scenario
from app.world.scenario import MachineSetting, Scenario, with_size
from app.world.wire import Digest, encode_entry
from app.world.world import World
from tests.bench.measure import Row, rates

CLIENTS = 16
MESSAGES_PER_DECISION = 8
"""2(n-1): what any Multi-Paxos with 5 replicas must send for a command on its own."""


def scenario(batch: int) -> Scenario:
    """A data centre without compute nodes, whose clients ask as fast as they may."""
    plain = with_size(load_scenario("datacenter"), 5, 0)
    clients = tuple(MachineSetting(f"w{n + 1}", "client") for n in range(CLIENTS))
    machines = (*(machine for machine in plain.machines if machine.role == "storage"), *clients)
    return replace(
        plain,
        machines=machines,
        consensus=replace(plain.consensus, batch_max=batch, batch_us=0 if batch == 1 else 2_000),
        clients=replace(plain.clients, per_1000_s=1_000_000),
    )


def decide(batch: int, virtual_ms: int) -> int:
    """How many client operations were answered."""
    world = World(scenario(batch), 1)
    digest, checker = Digest(), Checker()
    for entry in world.start():
        checker.on_entry(entry)
    for until_ms in range(100, virtual_ms + 1, 100):
        for entry in world.advance(until_ms * 1_000):
            digest.add(encode_entry(entry))
            checker.on_entry(entry)
    assert checker.violations == 0
    ops = world.view()["tally"]["ops"]
    return int(ops["ok"] + ops["failed"])


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
    """Rates at batch 1 and 16, the same at ten times the length, and the yardstick."""
    seen = rates(
        {
            "batch 1": lambda: decide(1, 1_500),
            "long": lambda: decide(1, 3_000),
            "batch 16": lambda: decide(16, 1_500),
            "bare": bare,
        },
        rounds=3,
    )
    peer = "bare heap of its messages"
    rows = [
        Row(
            "decided commands",
            f"5 replicas, {name}",
            seen[name],
            "commands/s",
            seen[name] / seen["bare"],
            peer,
        )
        for name in ("batch 1", "batch 16")
    ]
    long = seen["long"]
    rows.append(
        Row(
            "decided commands",
            "5 replicas, batch 1, longer",
            long,
            "commands/s",
            long / seen["batch 1"],
            "the short run",
        )
    )
    return rows
