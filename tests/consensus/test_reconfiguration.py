"""Random faults, and meanwhile replicas come, go and lose their disks; judged after every instant like any other run.

PMS 3: a configuration is chosen like any value, and governs the slots from a window later on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.configuration import Configuration, Configurations, Seat
from app.consensus.multipaxos.events import ConfigurationProposed
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.membership import Membership
from app.consensus.multipaxos.messages import Snapshot
from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.upkeep import SNAPSHOT
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect
from tests.consensus.cluster import QUICK
from tests.consensus.test_random_faults import Trial

NARROW = msgspec.structs.replace(QUICK, window=4, keep_slots=5, hold_back_slots=30)


class MovingTrial(Trial):
    """Some of the faults are changes of the group, or wiped disks; never so many that a quorum has forgotten."""

    def __init__(self, seed: int, size: int, spares: int, **cluster: Any) -> None:
        super().__init__(seed, size, spares=spares, **cluster)
        self.changes = self.wipes = 0
        self.first = self.cluster.configurations.current

    def disturb(self) -> None:
        draw = self.dice.uniform_int(0, 9)
        if draw <= 2:
            self.change_group()
        elif draw == 3:
            self.lose_disk()
        else:
            super().disturb()

    def change_group(self) -> None:
        """Whoever leads is asked to add or to remove somebody; it may refuse."""
        cluster = self.cluster
        leaders = cluster.leaders()
        if not leaders:
            return
        name, target = self.dice.pick(leaders), self.dice.pick(cluster.names)
        replica = cluster.replica(name)
        change = "remove" if replica.membership.configurations.latest.seat_of(target) else "add"
        at = Moment(cluster.now_us, 0)
        if replica.change_refused(at, change, target) is None and self.sensible(replica, target):
            wish = AddReplica(target) if change == "add" else RemoveReplica(target)
            cluster.perform(name, replica.on_command(at, wish), 0)
            self.changes += 1

    def sensible(self, replica: Replica, target: str) -> bool:
        """Nobody removes the last that remember, in the moment before the leader misses the others."""
        latest = replica.membership.configurations.latest
        left = [seat for seat in latest.members if seat.node != target]
        intact = [seat for seat in left if self.cluster.remembers(seat.node, seat.incarnation)]
        return len(intact) >= len(left) // 2 + 1

    def lose_disk(self) -> None:
        """Wipe a disk if all configurations that somebody may still have to ask can spare it."""
        cluster = self.cluster
        target = self.dice.pick(cluster.names)
        for configuration in self.believed():
            left = [
                seat
                for seat in configuration.members
                if seat.node != target and cluster.remembers(seat.node, seat.incarnation)
            ]
            if len(left) < max(configuration.q1, configuration.q2):
                return
        self.wipes += 1
        cluster.wipe(target)

    def believed(self) -> list[Configuration]:
        """What may govern an open slot, what is proposed, and what the members would believe after a restart."""
        cluster = self.cluster
        believed = list(cluster.configurations.held)
        latest = believed[-1].number
        for entry in cluster.entries:
            event = entry.event
            if type(event) is ConfigurationProposed and event.number > latest:
                seats = tuple(
                    [Seat(node, place) for node, place in zip(event.members, event.incarnations, strict=True)]
                )
                believed.append(Configuration(event.number, seats))
        for name in cluster.leaders():
            leader, held = cluster.replica(name).leader, cluster.replica(name).held[-1]
            if leader is not None and leader.guest is not None:
                believed.append(Configuration(0, (*held.members, Seat(leader.guest.node, -1))))
        for node in cluster.configurations.nodes():
            snapshot: Snapshot | None = cluster.nodes[node].disk.get(SNAPSHOT)
            believed += (self.first,) if snapshot is None else snapshot.configurations[0]
        return believed

    def recover(self) -> None:
        """Whoever has a seat in the end comes to the end of the log, and those who lost their disks have one again."""
        cluster = self.cluster
        cluster.heal()
        cluster.loss = cluster.twice = 0
        for name in cluster.names:
            cluster.restart(name)
        cluster.run(4_000_000, self.judge)
        assert len(cluster.leaders()) == 1
        current = cluster.configurations.current
        assert cluster.configurations.latest is current
        for seat in current.members:
            assert cluster.remembers(seat.node, seat.incarnation), f"{seat.node} is still blank"
        applied = [cluster.replica(name).applied for name in current.nodes]
        assert max(applied) - min(applied) < 40, applied
        before = max(applied)
        cluster.run(300_000, self.judge)
        assert max(cluster.replica(name).applied for name in current.nodes) > before
        self.compare()
        self.judge_clients()


@pytest.mark.parametrize(("size", "spares"), [(3, 2), (4, 2), (1, 3)], ids=["3+2", "4+2", "1+3"])
@pytest.mark.parametrize("seed", range(20), ids=lambda seed: f"seed-{seed}")
def test_the_group_changes_under_faults(seed: int, size: int, spares: int) -> None:
    trial = MovingTrial(seed, size, spares, settings=NARROW)
    trial.run(faults=60)
    trial.recover()


def all_cleared(self: Leader) -> list[Effect]:
    """A leader that takes the promises of a new configuration for granted."""
    self.cleared.update(dict.fromkeys([configuration.number for configuration in self.configurations.held]))
    return []


def any_identity(self: Membership, disk: Mapping[str, Any]) -> int | None:
    """A replica that takes a blank disk for one that never voted."""
    return 0


PLANTED: dict[str, tuple[type, str, Any, str]] = {
    "no phase 1 in a new configuration": (Leader, "clear", all_cleared, "chosen-without-promises"),
    "a blank disk votes": (Membership, "identity_on", any_identity, "promise-went-back"),
    "no window": (
        Configurations, "first_slot_of", lambda self, slot: slot + 1, "configuration-too-early",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("part", "name", "bug", "complaint"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_bug_is_caught(
    part: type, name: str, bug: Any, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, name, bug)
    assert complaint in first_complaint()


def first_complaint() -> str:
    for seed in range(20):
        try:
            MovingTrial(seed, 3, 2, settings=NARROW).run(faults=60)
        except AssertionError as problem:
            return str(problem)
    return ""
