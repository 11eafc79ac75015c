"""Random faults, clocks as wrong as allowed, pauses, one-way cuts; reads in all three ways; every history linearizable.

A seed reproduces its run: `pytest tests/consensus/test_random_reads.py -k "seed-17 and lease"`.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.checking.invariants import Checker
from app.checking.linearizability.live import LiveHistory
from app.consensus.client import ClientMachine, ClientSettings
from app.consensus.session import SessionSettings
from app.simulation.randomness import Stream, stream
from tests.consensus.clocks import ClockedCluster
from tests.consensus.cluster import QUICK

DRIFT_PPM_MAX = 100_000
"""A tenth: coarse clocks, so that whatever depends on the bound shows."""
CLIENTS = ClientSettings(
    per_1000_s=60_000,
    sessions=2,
    keys=2,
    get_pct=60,
    cas_pct=10,
    session=SessionSettings(retry_us=30_000, busy_us=10_000, timeout_us=200_000),
)


class Trial:
    """Three client machines, which cuts may leave on either side, read and write two keys."""

    def __init__(
        self, seed: int, reads: str, size: int = 5, slowest_us: int = 5_000, **settings: Any
    ) -> None:
        self.dice: Stream = stream(seed, "faults")
        settings = {"reads": reads, "drift_ppm_max": DRIFT_PPM_MAX, **settings}
        delay_us = (1_000, slowest_us)
        self.cluster = ClockedCluster(size, seed, replace(QUICK, **settings), delay_us)
        for name in ("w1", "w2", "w3"):
            self.cluster.add(name, self._client(name, stream(seed, name)))
        self.drift_ppm = DRIFT_PPM_MAX
        self.checker, self.history = Checker(), LiveHistory()
        self.judged = 0

    def _client(self, name: str, chance: Stream) -> Any:
        return lambda node: ClientMachine(name, self.cluster.names, CLIENTS, chance)

    def judge(self) -> None:
        entries = self.cluster.entries
        for entry in entries[self.judged :]:
            verdicts = self.checker.on_entry(entry) + self.history.on_entry(entry)
            assert not verdicts, f"{verdicts[0]} at {entry}"
        self.judged = len(entries)

    def disturb(self) -> None:
        """One random fault, or its repair; often at the leader, where leases are."""
        cluster, dice = self.cluster, self.dice
        leaders = cluster.leaders()
        name = leaders[0] if leaders and dice.uniform_int(0, 1) else dice.pick(cluster.names)
        fault = dice.uniform_int(0, 11)
        if fault == 0:
            cluster.kill(name)
        elif fault <= 2:
            for other in cluster.names:
                cluster.restart(other)
        elif fault == 3:
            cluster.pause(name)
        elif fault <= 5:
            for other in list(cluster.paused):
                cluster.resume(other)
        elif fault == 6:
            cluster.isolate(name, *self._some_clients())
        elif fault == 7:
            others = [other for other in cluster.nodes if other != name]
            for other in dice.shuffle(others)[: dice.uniform_int(1, 3)]:
                cluster.cut.add((name, other) if dice.uniform_int(0, 1) else (other, name))
        elif fault == 8:
            cluster.loss, cluster.twice = dice.uniform_int(0, 150), dice.uniform_int(0, 200)
        elif fault == 9:
            cluster.set_drift(name, dice.uniform_int(-self.drift_ppm, self.drift_ppm))
        else:
            cluster.heal()

    def _some_clients(self) -> tuple[str, ...]:
        return tuple(self.dice.shuffle(("w1", "w2", "w3"))[: self.dice.uniform_int(1, 2)])

    def run(self, faults: int) -> Trial:
        cluster = self.cluster.start()
        for name in cluster.names:
            # As far off as allowed, one way or the other: that is where a lease is closest to its end.
            cluster.set_drift(name, self.dice.pick((-self.drift_ppm, 0, self.drift_ppm)))
        for _ in range(faults):
            cluster.run(self.dice.uniform_int(1_000, 150_000), self.judge)
            self.disturb()
        return self

    def recover(self) -> None:
        """Repair everything: reads and writes must be served again, by one leader."""
        cluster = self.cluster
        cluster.heal()
        cluster.loss = cluster.twice = 0
        for name in list(cluster.paused):
            cluster.resume(name)
        for name in cluster.names:
            cluster.restart(name)
        cluster.run(4_000_000, self.judge)
        assert len(cluster.leaders()) == 1
        before = self.ok_reads()
        cluster.run(300_000, self.judge)
        assert self.ok_reads() > before
        assert not self.history.finish(len(cluster.entries))

    def ok_reads(self) -> int:
        return sum(1 for event in self.cluster.events("operation-ended") if event.status == "ok")


@pytest.mark.parametrize("reads", ["log", "read-index", "lease"])
@pytest.mark.parametrize("seed", range(20), ids=lambda seed: f"seed-{seed}")
def test_reads_are_linearizable_whatever_faults_inside_the_model(seed: int, reads: str) -> None:
    trial = Trial(seed, reads)
    trial.run(faults=40)
    trial.recover()
    ways = {event.how for event in trial.cluster.events("read-served")}
    assert reads == "log" or reads in ways, "the setting was really at work"


@pytest.mark.parametrize("sizes", [(2, 4), (4, 2)], ids=["q1-2-q2-4", "q1-4-q2-2"])
@pytest.mark.parametrize("seed", range(5), ids=lambda seed: f"seed-{seed}")
@pytest.mark.parametrize("reads", ["read-index", "lease"])
def test_with_flexible_quorums_too(reads: str, seed: int, sizes: tuple[int, int]) -> None:
    # Half of them with a network so slow that questions and answers of different campaigns overlap (and leaders come and
    # go, so nothing is asked of liveness).
    slow = seed % 2 == 0
    trial = Trial(seed, reads, slowest_us=60_000 if slow else 5_000, quorum1=sizes[0], quorum2=sizes[1])
    trial.run(faults=40)
    if not slow:
        trial.recover()
