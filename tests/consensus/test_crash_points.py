"""A crash at every point where something waits for a disk: before the write is safe, and right after.

PMS 2.5: what was answered must survive; what was not on disk was never answered.
"""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from app.checking.invariants import Checker
from app.consensus.client import OperationInvoked
from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.state import Put
from app.vocabulary.base import Moment
from app.vocabulary.ids import Ballot
from tests.consensus.cluster import QUICK, Cluster

SETTINGS = msgspec.structs.replace(QUICK, snapshot_every=4, keep_slots=3, hold_back_slots=8)
COMMANDS = 12


class CrashAt(Cluster):
    """Kills the machine whose `count`-th write it is, before or after the write; counts all writes."""

    def __init__(self, count: int, after: bool, spares: int = 0) -> None:
        super().__init__(3, seed=11, settings=SETTINGS, spares=spares)
        self.count, self.after, self.writes = count, after, 0
        self.crashed = ""

    def _synced(self, name: str, life: int) -> None:
        if self.nodes[name].life != life:
            return
        self.writes += 1
        if self.writes == self.count and not self.after:
            self.crashed = name
            self.kill(name)
            return
        super()._synced(name, life)
        if self.writes == self.count:
            self.crashed = name
            self.kill(name)


def play(cluster: Cluster) -> None:
    """A leader, a dozen commands, a change of leader, a dozen more; a crashed machine comes back after a while."""
    cluster.start()
    for _ in range(2):
        cluster.run(350_000)
        for number in range(COMMANDS):
            op = Put(f"k{number % 3}", str(number))
            cluster.emit(OperationInvoked("w1", "w1.0@0", number, op.label(), 0, 0), None)
            for leader in cluster.leaders():
                cluster.perform(leader, cluster.replica(leader).propose(Moment(cluster.now_us, 0), op), 0)
            cluster.run(8_000)
        for name in cluster.names:
            cluster.restart(name)
        for leader in cluster.leaders():
            cluster.isolate(leader)
        cluster.run(600_000)
        cluster.heal()
        for name in cluster.names:
            cluster.restart(name)
    cluster.run(1_500_000)


def play_changes(cluster: Cluster) -> None:
    """A replica comes, a disk is lost and found again as another acceptor, the leader goes; commands all the while."""
    cluster.start()
    cluster.run(350_000)
    wishes = (AddReplica("s4"), None, RemoveReplica("s1"))
    for step, wish in enumerate(wishes):
        for number in range(COMMANDS):
            op = Put(f"k{number % 3}", f"{step}.{number}")
            cluster.emit(OperationInvoked("w1", "w1.0@0", number, op.label(), 0, 0), None)
            for leader in cluster.leaders():
                cluster.perform(leader, cluster.replica(leader).propose(Moment(cluster.now_us, 0), op), 0)
                if number == 3 and wish is not None:
                    at = Moment(cluster.now_us, 0)
                    cluster.perform(leader, cluster.replica(leader).on_command(at, wish), 0)
            cluster.run(12_000)
        for name in cluster.names:
            cluster.restart(name)
        cluster.run(450_000)
        if step == 0 and len(cluster.configurations.held) == 1:
            cluster.wipe("s2")
            cluster.run(20_000)
            cluster.restart("s2")
    for _ in range(2):
        cluster.run(700_000)
        for name in cluster.names:
            cluster.restart(name)
    cluster.run(700_000)


PLAYS = {"elections": (play, 0), "changes of the group": (play_changes, 1)}


@cache
def writes_of_a_run(name: str) -> int:
    script, spares = PLAYS[name]
    cluster = CrashAt(0, after=False, spares=spares)
    script(cluster)
    return cluster.writes


def promised_and_voted(cluster: Cluster, name: str) -> tuple[Ballot, dict[int, Ballot]]:
    """The highest promise and votes that this machine ever told anybody about."""
    promise, votes = Ballot(0, ""), {}
    for entry in cluster.entries:
        event = entry.event
        tag = event.__struct_config__.tag
        if tag == "ballot-promised" and event.node == name:  # type: ignore[attr-defined]
            promise = max(promise, event.ballot)  # type: ignore[attr-defined]
        elif tag == "vote-cast" and event.node == name:  # type: ignore[attr-defined]
            votes[event.slot] = event.ballot  # type: ignore[attr-defined]
        elif tag == "votes-trimmed" and event.node == name:  # type: ignore[attr-defined]
            for slot in range(event.first, event.last + 1):  # type: ignore[attr-defined]
                votes.pop(slot, None)
    return promise, votes


def test_a_run_has_enough_of_these_points() -> None:
    assert writes_of_a_run("elections") > 80
    assert writes_of_a_run("changes of the group") > 150


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("part", range(8))
def test_a_crash_at_every_write(part: int, after: bool) -> None:
    for count in range(1 + part, writes_of_a_run("elections") + 1, 8):
        cluster = CrashAt(count, after)
        play(cluster)
        where = f"write {count} {'after' if after else 'before'}, {cluster.crashed}"
        assert cluster.crashed or cluster.writes < count, where
        checker = Checker()
        verdicts = [verdict for entry in cluster.entries for verdict in checker.on_entry(entry)]
        assert not verdicts, where
        assert len(cluster.leaders()) == 1, where
        assert len({cluster.replica(name).applied for name in cluster.names}) == 1, where
        for name in cluster.names:
            promise, votes = promised_and_voted(cluster, name)
            acceptor = cluster.replica(name).acceptor
            assert acceptor.promised >= promise, where
            for slot, ballot in votes.items():
                assert acceptor.votes[slot].ballot >= ballot, where


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("part", range(8))
def test_a_crash_at_every_write_while_the_group_changes(part: int, after: bool) -> None:
    for count in range(1 + part, writes_of_a_run("changes of the group") + 1, 8):
        cluster = CrashAt(count, after, spares=1)
        play_changes(cluster)
        where = f"write {count} {'after' if after else 'before'}, {cluster.crashed}"
        checker = Checker()
        verdicts = [verdict for entry in cluster.entries for verdict in checker.on_entry(entry)]
        assert not verdicts, where
        assert len(cluster.leaders()) == 1, where
        current = cluster.configurations.current
        assert cluster.configurations.latest is current, where
        assert len({cluster.replica(name).applied for name in current.nodes}) == 1, where
        for seat in current.members:
            assert cluster.remembers(seat.node, seat.incarnation), where
