"""The trap for reads past the log: a leader alone with a client that reads and reads, while the others elect and write.

A lease that lasts too long shows only if somebody reads in its last moments, and by then somebody else has been elected and
has answered a write: at random these hardly ever meet.
"""

from __future__ import annotations

from collections.abc import Callable

from app.faults.clock_drift import DriftClock
from app.faults.heal import EndFault
from app.faults.link_delay import DelayLink
from app.search.bench import Bench
from app.simulation.randomness import Stream
from app.vocabulary.base import Command
from app.vocabulary.commands import (
    CutLink,
    GetKey,
    HealLink,
    HealPartition,
    KillNode,
    Partition,
    PutKey,
    RestartNode,
)
from app.vocabulary.ids import NodeId
from app.world.scenario import Scenario

KEY = "k0"
READS = 40
LASTS = 3
"""How long the leader is parted from the others, in shortest elections."""


class OldLeader:
    """Draws one trap after the other, from `chance`."""

    def __init__(self, bench: Bench, scenario: Scenario, chance: Stream) -> None:
        self._bench, self._chance = bench, chance
        self._storage, self._clients = scenario.of_role("storage"), scenario.of_role("client")
        self._drift_ppm = scenario.consensus.drift_ppm_max
        self._election_us = scenario.consensus.election_us_min
        self._count = 0

    def strike(self, leader: NodeId) -> None:
        """Spoil the clocks, the answers or the memory of those who granted, part the leader from them, ask both sides."""
        others = self._chance.shuffle([node for node in self._storage if node != leader])
        spoil = self._chance.pick((self._drift, self._delay, self._restart))
        spoil(leader, others)

    def _drift(self, leader: NodeId, others: list[NodeId]) -> None:
        """The leader's clock is as slow as may be, the others' as fast."""
        if self._drift_ppm:
            for node in (leader, *others):
                drift_ppm = -self._drift_ppm if node == leader else self._drift_ppm
                if self._bench.take(DriftClock(node, drift_ppm)):
                    self._later(4 * self._election_us, EndFault(f"clock-drift:{node}"))
        self._bench.later(self._soon_us(), lambda: self._part(leader, others))

    def _delay(self, leader: NodeId, others: list[NodeId]) -> None:
        """Answers take almost as long as a lease; when the leader is heard no more, they are still on their way."""
        delay_us = self._election_us * self._chance.uniform_int(4, 9) // 10
        for node in others:
            if self._bench.take(DelayLink(delay_us, node, leader)):
                self._later(4 * self._election_us, EndFault(f"link-delay:{node}>{leader}"))
        self._bench.later(self._soon_us(), lambda: self._cut(leader, others))

    def _restart(self, leader: NodeId, others: list[NodeId]) -> None:
        """One that has not heard of the leader for long campaigns; those who still hear it start again meanwhile."""
        deaf, *granters = others
        if self._bench.take(CutLink(leader, deaf, True)):
            self._later(4 * self._election_us, HealLink(leader, deaf, True))

        def act() -> None:
            for node in granters:
                if self._bench.take(KillNode(node)):
                    self._later(self._chance.uniform_int(1, self._election_us // 20), RestartNode(node))
            self._ask_both()

        self._bench.later(self._election_us + self._soon_us(), act)

    def _soon_us(self) -> int:
        """Until a harm has taken effect, and heartbeats have passed."""
        return self._chance.uniform_int(self._election_us // 2, 2 * self._election_us)

    def _cut(self, leader: NodeId, others: list[NodeId]) -> None:
        for node in others:
            if self._bench.take(CutLink(leader, node, False)):
                self._later(LASTS * self._election_us, HealLink(leader, node, False))
        self._ask_both()

    def _part(self, leader: NodeId, others: list[NodeId]) -> None:
        name = self._bench.ground.network.next_partition()
        reader, *writers = self._chance.shuffle(self._clients)
        if self._bench.take(Partition(((leader, reader), (*others, *writers)))):
            self._later(LASTS * self._election_us, HealPartition(name))
            self._ask_both(reader)

    def _ask_both(self, reader: NodeId = "") -> None:
        """One client reads all the time; the others write, when they find a leader."""
        reader = reader or self._chance.pick(self._clients)
        writers = [client for client in self._clients if client != reader]
        step_us = LASTS * self._election_us // READS
        for number in range(READS):
            self._bench.later(number * step_us, self._ask(reader, writers, number))

    def _ask(self, reader: NodeId, writers: list[NodeId], number: int) -> Callable[[], None]:
        def act() -> None:
            self._bench.take(GetKey(reader, KEY))
            if writers and number % 4 == 0:
                self._count += 1
                self._bench.take(PutKey(writers[0], KEY, f"new{self._count}"))

        return act

    def _later(self, after_us: int, command: Command) -> None:
        def act() -> None:
            self._bench.take(command)

        self._bench.later(after_us, act)
