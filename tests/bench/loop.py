"""The event loop against the barest loop there can be, and against SimPy."""

from __future__ import annotations

from collections.abc import Generator
from heapq import heapify, heappop, heappush

import simpy

from app.simulation.loop import Loop
from tests.bench.measure import Row, rates

PENDING = 1_000
EVENTS = 200_000


def bare() -> int:
    """A heap of tuples, popped and pushed."""
    heap = [(at_us, at_us) for at_us in range(PENDING)]
    heapify(heap)
    for order in range(PENDING, EVENTS):
        at_us, _ = heappop(heap)
        heappush(heap, (at_us + PENDING, order))
    return EVENTS


def ours() -> int:
    """Synod's loop, each event asking for the next."""
    loop = Loop()
    for at_us in range(PENDING):
        loop.at(at_us, 0, None, None)
    for _ in range(PENDING, EVENTS):
        item = loop.pop()
        loop.at(item[0] + PENDING, 0, None, None)
    return EVENTS


def with_simpy() -> int:
    """SimPy timeouts, a thousand processes."""
    environment = simpy.Environment()

    def process(rounds: int) -> Generator[simpy.Event, object, None]:
        for _ in range(rounds):
            yield environment.timeout(PENDING)

    for _ in range(PENDING):
        environment.process(process(EVENTS // PENDING))
    environment.run()
    return EVENTS


def run() -> list[Row]:
    """Events per second, 1,000 pending."""
    seen = rates({"synod": ours, "bare": bare, "simpy": with_simpy})
    figure = seen["synod"]
    return [
        Row("event loop", "1,000 pending", figure, "events/s", figure / seen["bare"], "bare heapq loop"),
        Row("event loop", "1,000 pending", figure, "events/s", figure / seen["simpy"], "SimPy timeouts"),
    ]
