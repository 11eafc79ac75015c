"""What clients ask for in a trial: commands drawn from the seed, so that a finding can be shrunk."""

from __future__ import annotations

from app.search.bench import Bench
from app.simulation.randomness import Stream
from app.vocabulary.base import Command
from app.vocabulary.commands import CompareAndSet, GetKey, PutKey
from app.vocabulary.ids import NodeId

GAPS = (2, 4, 8, 16)
"""Seeds differ in how busy their clients are: the mean gap between operations, in quarters of the shortest election."""


class Workload:
    """Gets, puts and compare-and-sets on two or three keys, from every client machine.

    No value is written twice, and a compare expects a value that was written before: a lost or doubled write shows.
    """

    def __init__(self, bench: Bench, clients: tuple[NodeId, ...], election_us: int, chance: Stream) -> None:
        self._bench, self._chance = bench, chance
        self._keys = 1 + chance.uniform_int(0, 2)
        self._get_pct = chance.pick((10, 30, 60))
        self._cas_pct = chance.pick((0, 10, 30))
        self._gap_us = max(1, election_us * chance.pick(GAPS) // 4)
        self._written: dict[str, str] = {}
        self._count = 0
        for client in clients:
            self._arm(client)

    def _arm(self, client: NodeId) -> None:
        gap_us = self._gap_us
        self._bench.later(self._chance.uniform_int(gap_us // 4, gap_us * 7 // 4), lambda: self._act(client))

    def _act(self, client: NodeId) -> None:
        # Now and then a burst: a full window and batches are where slots overtake each other.
        for _ in range(self._chance.pick((1, 1, 1, 1, 3))):
            self._bench.take(self.draw(client))
        self._arm(client)

    def draw(self, client: NodeId) -> Command:
        """The next operation of a client."""
        key = f"k{self._chance.uniform_int(0, self._keys - 1)}"
        dice = self._chance.uniform_int(1, 100)
        if dice <= self._get_pct:
            return GetKey(client, key)
        self._count += 1
        value, before = f"v{self._count}", self._written.get(key, "")
        self._written[key] = value
        if dice <= self._get_pct + self._cas_pct:
            return CompareAndSet(client, key, before, value)
        return PutKey(client, key, value)
