"""Who may vote, and how many it takes."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import msgspec
import pytest

from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.configuration import (
    Configurations,
    Reconfigure,
    Seat,
    first_of,
    node_of,
    proposer_name,
    quorum_complaint,
)
from app.consensus.multipaxos.events import CampaignStarted
from app.consensus.multipaxos.messages import Rejoin
from app.consensus.state import Put
from app.vocabulary.base import Message, Moment
from app.vocabulary.ids import Ballot
from tests.consensus.cluster import QUICK, Cluster
from tests.consensus.test_random_faults import Trial


@pytest.mark.parametrize("members", range(1, 6))
def test_quorums_are_taken_if_and_only_if_each_of_one_kind_meets_each_of_the_other(members: int) -> None:
    """Against trying all of them."""
    nodes = range(members)
    for q1 in range(1, members + 1):
        for q2 in range(1, members + 1):
            meet = all(
                set(one) & set(two) for one in combinations(nodes, q1) for two in combinations(nodes, q2)
            )
            assert (quorum_complaint(q1, q2, members) == "") == meet


@pytest.mark.parametrize(
    ("quorum1", "quorum2", "members", "sentence"),
    [
        (2, 2, 4, "quorum1 is 2 and quorum2 is 2 of 4 members: 2 + 2 = 4; allowed are sums of 5 or more"),
        (0, 2, 5, "quorum1 is 3 and quorum2 is 2 of 5 members: 3 + 2 = 5; allowed are sums of 6 or more"),
        (6, 1, 5, "quorum1 is 6 of 5 members; allowed is 1 to 5, or 0 for a majority"),
        (1, -1, 5, "quorum2 is -1 of 5 members; allowed is 1 to 5, or 0 for a majority"),
        (4, 1, 4, ""),
        (0, 0, 4, ""),
    ],
    ids=[
        "sum too small",
        "one is a majority",
        "more than there are",
        "negative",
        "all and one",
        "majorities",
    ],
)
def test_the_refusal_shows_the_arithmetic(quorum1: int, quorum2: int, members: int, sentence: str) -> None:
    assert quorum_complaint(quorum1, quorum2, members) == sentence


def reconfigure(number: int, *nodes: str) -> Reconfigure:
    return Reconfigure(number, "add", nodes[-1], tuple([Seat(node) for node in nodes]))


def test_a_configuration_governs_from_a_window_later_on() -> None:
    """PMS 3: the state after command i specifies who executes instance i + alpha."""
    held = Configurations(4, first_of(("s1", "s2", "s3")))
    assert held.apply(10, reconfigure(1, "s1", "s2", "s3", "s4")).status == "ok"
    assert [held.at(slot).number for slot in (11, 13, 14, 20)] == [0, 0, 1, 1]
    assert held.nodes() == ("s1", "s2", "s3", "s4")
    assert not held.settle(12), "slot 13 may still be open"
    assert held.settle(13)
    assert held.current.number == 1


@pytest.mark.parametrize(
    ("slot", "number", "status"),
    [(14, 2, "ok"), (13, 2, "refused"), (14, 1, "refused"), (14, 3, "refused")],
    ids=["next", "the one before is not in force", "asked for twice", "one is missing"],
)
def test_one_change_at_a_time(slot: int, number: int, status: str) -> None:
    held = Configurations(4, first_of(("s1",)))
    held.apply(10, reconfigure(1, "s1", "s2"))
    assert held.apply(slot, reconfigure(number, "s1", "s2", "s3")).status == status


def test_a_snapshot_carries_the_configurations() -> None:
    held, other = Configurations(4, first_of(("s1",))), Configurations(4, first_of(("s9",)))
    held.apply(10, reconfigure(1, "s1", "s2"))
    other.restore(msgspec.convert(held.snapshot(), type=tuple[Any, ...]))
    assert other.snapshot() == held.snapshot()


def test_another_incarnation_is_another_acceptor_and_another_proposer() -> None:
    group = first_of(("s1", "s2", "s3"))
    assert group.promised_by({"s1": 0, "s2": 0})
    assert not group.promised_by({"s1": 0, "s2": 1}), "s2 came back with a blank disk and has no seat"
    assert proposer_name("s2", 0) == "s2"
    assert node_of(Ballot(3, proposer_name("s2", 1))) == "s2"
    assert Ballot(3, proposer_name("s2", 1)) != Ballot(3, "s2")


def cluster_of(size: int, quorum1: int, quorum2: int) -> Cluster:
    settings = msgspec.structs.replace(QUICK, quorum1=quorum1, quorum2=quorum2)
    return Cluster(size, settings=settings).start()


def test_two_votes_choose_where_three_promises_elect() -> None:
    """Of four: the leader and one more go on; three are needed for another leader."""
    cluster = cluster_of(4, 3, 2)
    leader = cluster.elect()
    friend, *others = [name for name in cluster.names if name != leader]
    cluster.isolate(leader, friend)
    before = len(cluster.announced)
    cluster.perform(leader, cluster.replica(leader).propose(Moment(cluster.now_us, 0), Put("k", "v")), 0)
    cluster.run(3_000_000)
    assert len(cluster.announced) == before + 1
    assert cluster.leaders() == [leader], "the two others cannot elect anybody"
    assert len(cluster.events("value-chosen")[-1].voters) == 2
    assert len(cluster.events("leader-elected")[-1].promised_by) == 3
    cluster.kill(leader)
    cluster.run(3_000_000)
    assert cluster.leaders() == [], "one promise is missing"
    cluster.heal()
    cluster.elect()
    assert others


@pytest.mark.parametrize(
    ("size", "quorum1", "quorum2"),
    [(4, 3, 2), (5, 4, 2), (5, 2, 4)],
    ids=["3+2 of 4", "4+2 of 5", "2+4 of 5"],
)
@pytest.mark.parametrize("seed", range(8), ids=lambda seed: f"seed-{seed}")
def test_nothing_bad_happens_with_quorums_of_two_sizes(
    seed: int, size: int, quorum1: int, quorum2: int
) -> None:
    settings = msgspec.structs.replace(QUICK, quorum1=quorum1, quorum2=quorum2)
    trial = Trial(seed, size, settings=settings)
    trial.run(faults=40)
    trial.recover()


def grown() -> tuple[Cluster, str]:
    """Three voters and two spare replicas, of which s4 has a seat now."""
    cluster = Cluster(3, spares=2).start()
    leader = cluster.elect()
    ask(cluster, leader, AddReplica("s4"))
    cluster.until(lambda: cluster.configurations.current.number == 1)
    cluster.run(100_000)
    return cluster, leader


def ask(cluster: Cluster, leader: str, wish: AddReplica | RemoveReplica) -> None:
    at = Moment(cluster.now_us, 0)
    cluster.perform(leader, cluster.replica(leader).on_command(at, wish), 0)


def test_whoever_is_added_catches_up_first_and_votes_then() -> None:
    cluster, leader = grown()
    replica = cluster.replica("s4")
    assert replica.applied == cluster.replica(leader).applied
    cluster.isolate(*[name for name in ("s1", "s2", "s3") if name != leader][:1])
    cluster.perform(leader, cluster.replica(leader).propose(Moment(cluster.now_us, 0), Put("k", "v")), 0)
    cluster.run(50_000)
    assert "s4" in cluster.events("value-chosen")[-1].voters, "three of four, and one of the old ones is away"


def test_a_removed_leader_steps_down_once_its_removal_is_in_force() -> None:
    cluster, leader = grown()
    ask(cluster, leader, RemoveReplica(leader))
    cluster.until(lambda: bool(cluster.events("leader-stepped-down")))
    gone = cluster.events("leader-stepped-down")[-1]
    assert (gone.node, gone.reason) == (leader, "removed")
    cluster.until(lambda: bool(cluster.leaders()))
    assert leader not in cluster.leaders()


def test_a_removed_replica_does_not_disturb() -> None:
    """It was cut off when it was removed: it asks, hears how far the log goes, learns that it has no seat, and is quiet."""
    cluster, leader = grown()
    away = next(name for name in ("s1", "s2", "s3") if name != leader)
    cluster.isolate(away)
    ask(cluster, leader, RemoveReplica(away))
    cluster.until(lambda: cluster.configurations.current.number == 2)
    cluster.run(1_000_000)
    cluster.heal()
    healed = len(cluster.entries)
    cluster.run(2_000_000)
    assert cluster.leaders() == [leader]
    assert cluster.replica(away).membership.configurations.current.seat_of(away) is None
    asked = len([event for event in cluster.events("prevote-started") if event.node == away])
    cluster.run(2_000_000)
    assert len([event for event in cluster.events("prevote-started") if event.node == away]) == asked
    assert not [entry for entry in cluster.entries[healed:] if type(entry.event) is CampaignStarted]


REFUSALS = {
    "a member twice": (AddReplica("s2"), "already-a-member"),
    "nobody's seat": (RemoveReplica("s5"), "not-a-member"),
    "quorums that do not meet": (AddReplica("s4", 2, 2), "quorums"),
}


@pytest.mark.parametrize(("wish", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_is_refused(wish: AddReplica | RemoveReplica, code: str) -> None:
    cluster = Cluster(3, spares=2).start()
    replica = cluster.replica(cluster.elect())
    change = "add" if isinstance(wish, AddReplica) else "remove"
    at = Moment(cluster.now_us, 0)
    refused = replica.change_refused(at, change, wish.node, wish.quorum1, wish.quorum2)
    assert refused is not None
    assert refused.code == code


def test_the_last_voter_cannot_go_and_no_two_changes_are_under_way() -> None:
    cluster = Cluster(1, spares=2).start()
    leader = cluster.elect()
    replica, at = cluster.replica(leader), Moment(cluster.now_us, 0)
    last = replica.change_refused(at, "remove", "s1")
    assert last is not None
    assert last.code == "last-member"
    ask(cluster, leader, AddReplica("s2"))
    cluster.until(lambda: bool(cluster.events("configuration-proposed")))
    second = replica.change_refused(at, "add", "s3")
    assert second is not None
    assert second.code == "reconfiguring"


def test_a_leader_keeps_those_whom_it_needs() -> None:
    """One of three is dead: whoever answers may not be removed, since the two left could not agree on anything more."""
    cluster = Cluster(3).start()
    leader = cluster.elect()
    dead, alive = [name for name in cluster.names if name != leader]
    cluster.kill(dead)
    cluster.run(500_000)
    replica, at = cluster.replica(leader), Moment(cluster.now_us, 0)
    refused = replica.change_refused(at, "remove", alive)
    assert refused is not None
    assert (refused.code, refused.fields["answering"]) == ("too-few-answer", 1)
    assert replica.change_refused(at, "remove", dead) is None


def test_a_wiped_replica_is_silent_until_it_has_another_seat() -> None:
    cluster = Cluster(3).start()
    leader = cluster.elect()
    wiped, other = [name for name in cluster.names if name != leader]
    cluster.wipe(wiped)
    cluster.restart(wiped)
    cluster.isolate(other)
    cluster.run(120_000)
    assert cluster.replica(wiped).role == "blank"
    assert len(cluster.events("configuration-chosen")) == 0, "only one of three remembers and is there"
    cluster.heal()
    cluster.until(lambda: bool(cluster.events("replica-rejoined")))
    cluster.run(100_000)
    assert cluster.nodes[wiped].disk["identity"] == 1
    assert cluster.configurations.current.seats(wiped, 1)
    cluster.isolate(other)
    cluster.perform(leader, cluster.replica(leader).propose(Moment(cluster.now_us, 0), Put("k", "v")), 0)
    cluster.run(50_000)
    assert wiped in cluster.events("value-chosen")[-1].voters


class Pleas:
    """A cluster in which the pleas of blank replicas can be held up, to come when they are not expected any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cluster = Cluster(3, spares=1).start()
        self.leader = self.cluster.elect()
        self.wiped, self.other = [name for name in self.cluster.members if name != self.leader]
        self.held: list[Rejoin] = []
        self.holding = False
        send = self.cluster.send

        def post(src: str, dst: str, message: Message, why: int) -> None:
            if self.holding and type(message) is Rejoin:
                self.held.append(message)
            else:
                send(src, dst, message, why)

        monkeypatch.setattr(self.cluster, "send", post)

    def wipe(self, and_hold: bool = False) -> None:
        """Wipe and restart; wait for a plea that is held up, or for the new seat."""
        cluster = self.cluster
        before, self.holding = len(cluster.events("replica-rejoined")), and_hold
        cluster.wipe(self.wiped)
        cluster.restart(self.wiped)
        if and_hold:
            cluster.until(lambda: any(plea.number == self.latest for plea in self.held))
        else:
            cluster.until(lambda: len(cluster.events("replica-rejoined")) > before)
            cluster.run(100_000)

    @property
    def latest(self) -> int:
        return self.cluster.configurations.latest.number

    def deliver(self, plea: Rejoin) -> None:
        cluster = self.cluster
        effects = cluster.replica(self.leader).on_message(Moment(cluster.now_us, 0), self.wiped, plea)
        cluster.perform(self.leader, effects, 0)

    def change(self, wish: AddReplica | RemoveReplica) -> None:
        number = self.latest
        ask(self.cluster, self.leader, wish)
        self.cluster.until(lambda: self.cluster.configurations.current.number == number + 1)
        self.cluster.run(100_000)

    def judge(self) -> None:
        """Who is well has its seat, and votes."""
        cluster = self.cluster
        cluster.run(1_000_000)
        incarnation = cluster.nodes[self.wiped].disk["identity"]
        assert cluster.configurations.current.seats(self.wiped, incarnation)
        cluster.isolate(self.other)
        moment = Moment(cluster.now_us, 0)
        cluster.perform(self.leader, cluster.replica(self.leader).propose(moment, Put("k", "v")), 0)
        cluster.run(50_000)
        assert self.wiped in cluster.events("value-chosen")[-1].voters


def test_a_late_plea_of_a_life_that_is_over_takes_no_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wiped, and wiped again before the plea of the first blank life was heard; it comes when the second has its seat."""
    pleas = Pleas(monkeypatch)
    pleas.wipe(and_hold=True)
    pleas.wipe()
    number = pleas.latest
    pleas.deliver(pleas.held[-1])
    pleas.judge()
    assert pleas.latest == number, "nobody needed another seat"


def test_a_plea_that_wins_the_race_for_a_life_that_is_over_only_delays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody can tell them apart before: the seat is given to the first life, and the second one asks again."""
    pleas = Pleas(monkeypatch)
    pleas.wipe(and_hold=True)
    first = pleas.held[-1]
    pleas.held.clear()
    pleas.wipe(and_hold=True)
    assert pleas.held[-1].token != first.token
    pleas.deliver(first)
    pleas.deliver(pleas.held[-1])
    pleas.holding = False
    pleas.cluster.until(lambda: bool(pleas.cluster.events("replica-rejoined")))
    pleas.judge()
    assert pleas.latest == 2
    assert pleas.cluster.nodes[pleas.wiped].disk["identity"] == 2


def test_a_late_plea_takes_no_seat_from_who_was_removed_and_added_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is added as the acceptor that it still is, so the new seat shows no token."""
    pleas = Pleas(monkeypatch)
    pleas.wipe(and_hold=True)
    pleas.holding = False
    pleas.cluster.until(lambda: bool(pleas.cluster.events("replica-rejoined")))
    pleas.change(RemoveReplica(pleas.wiped))
    pleas.change(AddReplica(pleas.wiped))
    seat = pleas.cluster.configurations.current.seat_of(pleas.wiped)
    assert seat == Seat(pleas.wiped, 1, 0)
    pleas.deliver(pleas.held[-1])
    pleas.judge()
    assert pleas.latest == 3


def test_who_has_asked_for_another_seat_does_not_go_back_to_the_one_it_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A damaged disk, a plea that is held up, and the disk is put right: whoever it was, its seat may be given away."""
    pleas = Pleas(monkeypatch)
    cluster, node = pleas.cluster, pleas.cluster.nodes[pleas.wiped]
    pleas.holding = True
    cluster.kill(pleas.wiped)
    node.disk["damaged"] = ("vote/1",)
    cluster.restart(pleas.wiped)
    cluster.until(lambda: bool(pleas.held))
    cluster.kill(pleas.wiped)
    del node.disk["damaged"]
    cluster.restart(pleas.wiped)
    pleas.deliver(pleas.held[-1])
    pleas.holding = False
    pleas.judge()
    assert node.disk["identity"] == 1


def test_a_blank_replica_learns_by_state_transfer_which_configuration_it_asks_to_replace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log in which the group changed is trimmed: a wiped replica asks in vain until it has got the state."""
    pleas = Pleas(monkeypatch)
    cluster = pleas.cluster
    pleas.change(AddReplica("s4"))
    for number in range(60):
        moment = Moment(cluster.now_us, 0)
        cluster.perform(pleas.leader, cluster.replica(pleas.leader).propose(moment, Put("k", str(number))), 0)
        cluster.run(20_000)
    assert cluster.replica(pleas.leader).learner.first > cluster.events("configuration-chosen")[0].slot
    pleas.wipe(and_hold=True)
    assert [plea.number for plea in (pleas.held[0], pleas.held[-1])] == [0, 1]
    assert cluster.events("state-received")
    number = pleas.latest
    pleas.deliver(pleas.held[0])
    cluster.run(100_000)
    assert pleas.latest == number, "a plea that names an older configuration is void"
    pleas.holding = False
    cluster.until(lambda: bool(cluster.events("replica-rejoined")))
    pleas.judge()
