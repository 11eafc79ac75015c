"""Random faults, and after every instant: agreement, validity, promises, votes, equal states; and the picture is the world.

A seed reproduces its run: `pytest tests/consensus/test_random_faults.py -k "seed-17"`.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.checking.invariants import Checker
from app.consensus import client as client_room
from app.consensus.client import ClientMachine, ClientSettings, OperationEnded, OperationInvoked
from app.consensus.multipaxos.view import view
from app.consensus.session import SessionSettings
from app.simulation.randomness import Stream, stream
from tests.consensus.cluster import QUICK, Cluster, new_machine
from tests.consensus.picture import fold

CLIENTS = ClientSettings(
    per_1000_s=150_000,
    sessions=3,
    session=SessionSettings(retry_us=30_000, busy_us=10_000, timeout_us=400_000),
)


class Trial:
    """A cluster with a client under a random schedule of faults, judged after every instant."""

    def __init__(self, seed: int, size: int, **cluster: Any) -> None:
        self.dice: Stream = stream(seed, "faults")
        self.cluster = Cluster(size, seed, **cluster)
        chance = stream(seed, "client")
        self.cluster.add("w1", lambda node: ClientMachine("w1", self.cluster.names, CLIENTS, chance))
        self.checker = Checker()
        self.picture: dict[str, dict[str, Any]] = {}
        self.judged = 0
        self.instants = 0

    def judge(self) -> None:
        cluster = self.cluster
        for entry in cluster.entries[self.judged :]:
            verdicts = self.checker.on_entry(entry)
            assert not verdicts, f"{verdicts[0]} at {entry}"
            fold(self.picture, entry.event.changes())
        self.judged = len(cluster.entries)
        self.instants += 1
        if self.instants % 100 == 0:
            self.compare()

    def compare(self) -> None:
        """The fold of the log is what the machines hold, and equal logs gave equal states."""
        cluster = self.cluster
        seen: dict[str, dict[str, Any]] = {}
        states: dict[int, Any] = {}
        for name in cluster.names:
            replica, disk = cluster.nodes[name].process, cluster.nodes[name].disk
            fold(seen, view(name, replica, disk))
            if replica is not None:
                state = replica.learner.machine.snapshot()
                assert states.setdefault(replica.applied, state) == state, (
                    f"states differ at {replica.applied}"
                )
        fold(seen, client_room.view("w1", cluster.nodes["w1"].process))
        for kind in ("vote", "memory"):
            assert self.picture.get(kind, {}) == seen.get(kind, {}), kind
        for name, fields in seen.get("node", {}).items():
            assert self.picture["node"][name]["promised"] == fields["promised"]

    def disturb(self) -> None:
        """One random fault, or its repair."""
        cluster, dice = self.cluster, self.dice
        name = dice.pick(cluster.names)
        fault = dice.uniform_int(0, 9)
        if fault <= 2:
            # Aim at machines with unsynced writes: that is where disk bugs show.
            busy = [other for other in cluster.names if cluster.nodes[other].unsynced]
            cluster.kill(dice.pick(busy) if busy else name)
        elif fault <= 5:
            for other in cluster.names:
                if cluster.nodes[other].process is None and dice.uniform_int(0, 2):
                    cluster.restart(other)
        elif fault == 6:
            cluster.isolate(*dice.shuffle(cluster.names)[: dice.uniform_int(1, len(cluster.names) // 2)])
        elif fault == 7:
            cluster.cut.add((name, dice.pick(cluster.names)))
        elif fault == 8:
            cluster.loss, cluster.twice = dice.uniform_int(0, 300), dice.uniform_int(0, 200)
        else:
            cluster.heal()

    def run(self, faults: int) -> None:
        cluster = self.cluster.start()
        for _ in range(faults):
            cluster.run(self.dice.uniform_int(1_000, 120_000), self.judge)
            self.disturb()

    def recover(self) -> None:
        """Repair everything: a leader must come back, and bring every replica to the end of the log."""
        cluster = self.cluster
        cluster.heal()
        cluster.loss = cluster.twice = 0
        for name in cluster.names:
            cluster.restart(name)
        cluster.run(2_500_000, self.judge)
        applied = [cluster.replica(name).applied for name in cluster.names]
        assert len(cluster.leaders()) == 1
        assert max(applied) - min(applied) < 40, applied
        assert cluster.nodes["w1"].process.busy <= 3
        before = max(applied)
        cluster.run(200_000, self.judge)
        assert max(cluster.replica(name).applied for name in cluster.names) > before
        self.compare()
        self.judge_clients()

    def judge_clients(self) -> None:
        """Linearizable: every answer is what one server would have given that took the operations in the order of the log,
        and that order respects real time (what had ended before another began comes first)."""
        table = new_machine()
        answers: dict[tuple[str, int], tuple[tuple[int, int], Any, Any]] = {}
        for slot, value in sorted(self.cluster.announced.items()):
            for place, request in enumerate(value):
                outcome = table.apply(slot, request)
                answers.setdefault(
                    (request.client, request.number), ((slot, place), outcome.status, outcome.result)
                )
        begun: dict[tuple[str, int], tuple[int, int]] = {}
        latest_ended = (0, 0)
        for entry in self.cluster.entries:
            event: Any = entry.event
            if type(event) is OperationInvoked:
                begun[event.session, event.number] = latest_ended
            elif type(event) is OperationEnded and event.status != "unknown":
                position, status, result = answers[event.session, event.number]
                assert (event.status, event.result) == (status, result)
                assert position > begun[event.session, event.number], (
                    f"{event} came before what had ended already"
                )
                latest_ended = max(latest_ended, position)


@pytest.mark.parametrize("size", [3, 5], ids=lambda size: f"{size}-replicas")
@pytest.mark.parametrize("seed", range(100), ids=lambda seed: f"seed-{seed}")
def test_nothing_bad_ever_happens_and_in_the_end_something_good_does(seed: int, size: int) -> None:
    trial = Trial(seed, size)
    trial.run(faults=40)
    trial.recover()


@pytest.mark.parametrize("seed", range(20), ids=lambda seed: f"seed-{seed}")
def test_batches_eager_notices_and_a_narrow_window(seed: int) -> None:
    settings = {name: getattr(QUICK, name) for name in QUICK.__struct_fields__}
    settings |= {"window": 2, "batch_max": 4, "batch_us": 2_000, "eager_notices": True, "keep_slots": 5}
    trial = Trial(seed, 5, settings=type(QUICK)(**settings))
    trial.run(faults=40)
    trial.recover()
