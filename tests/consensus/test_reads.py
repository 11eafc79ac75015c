"""Reads that go round the log: how many messages they cost, whom they ask, and that none is ever stale."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.consensus.multipaxos.messages import Heartbeat, HeartbeatReply, Prepare
from app.consensus.state import Get, Put
from app.vocabulary.base import Message, Moment
from app.vocabulary.ids import ZERO, Ballot
from app.vocabulary.replicated import ClientReply, ClientRequest, Request
from tests.consensus.clocks import ClockedCluster
from tests.consensus.cluster import QUICK, Cluster

MODES = ("log", "read-index", "lease")


class Asker:
    """A client that only ever sends what a test tells it to, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ClientReply]] = []

    def on_start(self, at: Moment) -> list[Any]:
        return []

    def on_message(self, at: Moment, sender: str, message: Message) -> list[Any]:
        assert isinstance(message, ClientReply)
        self.heard.append((sender, message))
        return []

    def on_timer(self, at: Moment, name: str) -> list[Any]:
        return []


def cluster_of(size: int, reads: str, kind: type[Cluster] = ClockedCluster, **settings: Any) -> Any:
    cluster = kind(size, 1, replace(QUICK, reads=reads, **settings))
    cluster.add("w1", lambda node: Asker())
    cluster.start()
    return cluster


def ask(cluster: Any, to: str, number: int, op: Any) -> None:
    cluster.send("w1", to, ClientRequest(Request("w1.0", number, op)), 0)


def answers(cluster: Any) -> list[tuple[int, str, Any]]:
    return [(reply.number, reply.status, reply.result) for _, reply in cluster.nodes["w1"].process.heard]


def served(cluster: Any) -> list[tuple[int, str]]:
    return [(event.number, event.how) for event in cluster.events("read-served")]


def settled(size: int, reads: str, **settings: Any) -> tuple[Any, str]:
    """A cluster whose leader has written k = a and heard of everybody, and that leader."""
    cluster = cluster_of(size, reads, **settings)
    leader = cluster.elect()
    ask(cluster, leader, 1, Put("k", "a"))
    cluster.run(200_000)
    assert answers(cluster) == [(1, "ok", None)]
    return cluster, leader


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("reads", MODES)
def test_a_read_sees_the_writes_before_it(reads, size):
    cluster, leader = settled(size, reads)
    for number in range(2, 12, 2):
        ask(cluster, leader, number, Put("k", f"v{number}"))
        cluster.run(60_000)
        ask(cluster, leader, number + 1, Get("k"))
        cluster.run(60_000)
        assert answers(cluster)[-1] == (number + 1, "ok", f"v{number}")
    hows = {how for _, how in served(cluster)}
    # Of two, and alone, no quorum promises anybody else without the leader's own acceptor: it is its own lease.
    assert hows == (set() if reads == "log" else {reads})


@pytest.mark.parametrize(
    ("reads", "slots", "messages"),
    [("log", 1, 4 + 4), ("read-index", 0, 4 + 4), ("lease", 0, 0)],
    ids=MODES,
)
def test_what_a_read_costs(reads, slots, messages):
    """Beside request and reply, of 5 replicas: accepts and votes, heartbeats and answers, or nothing at all."""
    cluster, leader = settled(5, reads)
    cluster.until(lambda: cluster.sent.get("heartbeat-reply", 0) % 4 == 0)
    before, decided = dict(cluster.sent), len(cluster.announced)
    sent = sum(before.values())
    ask(cluster, leader, 2, Get("k"))
    cluster.until(lambda: len(answers(cluster)) == 2, 45_000)
    assert answers(cluster)[-1] == (2, "ok", "a")
    assert len(cluster.announced) - decided == slots
    assert sum(cluster.sent.values()) - sent <= messages + 2
    if reads == "lease":
        assert sum(cluster.sent.values()) - sent == 2


def test_reads_share_the_heartbeats():
    """Fifty reads at once cost two rounds at most: the one that was on its way, and one for all the rest."""
    cluster, leader = settled(5, "read-index")
    before = cluster.sent["heartbeat"]
    for number in range(2, 52):
        ask(cluster, leader, number, Get("k"))
    cluster.until(lambda: len(answers(cluster)) == 51, 40_000)
    assert cluster.sent["heartbeat"] - before <= 3 * 4


def test_without_a_lease_reads_ask_for_confirmation():
    """Just elected, a leader has no grants yet: the first read fetches them."""
    cluster = cluster_of(3, "lease")
    leader = cluster.elect()
    ask(cluster, leader, 1, Get("k"))
    ask(cluster, leader, 2, Get("k"))
    cluster.run(40_000)
    ask(cluster, leader, 3, Get("k"))
    cluster.run(40_000)
    assert [status for _, status, _ in answers(cluster)] == ["ok"] * 3
    assert served(cluster)[-1] == (3, "lease")


@pytest.mark.parametrize("reads", ["read-index", "lease"])
def test_a_leader_that_is_cut_off_answers_no_read_for_long(reads):
    cluster, leader = settled(5, reads)
    cluster.isolate(leader, "w1")
    ask(cluster, leader, 2, Get("k"))
    cluster.run(5_000)
    asked_us = cluster.now_us
    assert (len(served(cluster)) == 1) == (reads == "lease"), "the lease still holds"
    cluster.run(QUICK.election_us_min)
    for number in range(3, 6):
        ask(cluster, leader, number, Get("k"))
    cluster.run(400_000)
    assert [number for number, how in served(cluster)] == ([2] if reads == "lease" else []), asked_us
    assert {status for number, status, _ in answers(cluster) if number > 2} <= {"redirect", "busy"}
    assert cluster.replica(leader).reads.waiting == {}, "who waits is told to look elsewhere"


@pytest.mark.parametrize("reads", ["read-index", "lease"])
def test_a_deposed_leader_never_serves_a_stale_read(reads):
    """The others elect another, who answers a write; then the old leader is asked."""
    cluster, old = settled(5, reads)
    others = [name for name in cluster.names if name != old]
    cluster.isolate(old, "w1")
    cluster.until(lambda: any(cluster.replica(name).leading for name in others))
    new = next(name for name in others if cluster.replica(name).leading)
    cluster.add("w2", lambda node: Asker())
    cluster.boot("w2", 0)
    cluster.send("w2", new, ClientRequest(Request("w2.0", 1, Put("k", "b"))), 0)
    cluster.cut -= {("w2", new), (new, "w2")}
    cluster.until(lambda: bool(cluster.nodes["w2"].process.heard))
    ask(cluster, old, 2, Get("k"))
    cluster.run(300_000)
    assert not [number for number, status, _ in answers(cluster) if number == 2 and status == "ok"]


@pytest.mark.parametrize("reads", ["read-index", "lease"])
@pytest.mark.parametrize("asleep_us", [100_000, 140_000, 150_000, 400_000, 3_000_000])
def test_a_paused_holder_never_serves_a_stale_read(reads, asleep_us):
    """The read waits at the paused leader while others may elect another and write; on waking it answers only if none can
    have been."""
    cluster, old = settled(5, reads)
    cluster.pause(old)
    ask(cluster, old, 2, Get("k"))
    written = None
    until_us = cluster.now_us + asleep_us
    while cluster.now_us < until_us:
        cluster.run(1_000)
        new = [name for name in cluster.names if name != old and cluster.replica(name).leading]
        if new and written is None:
            ask(cluster, new[0], 3, Put("k", "b"))
        if (3, "ok", None) in answers(cluster):
            written = "b"
    before_waking = len(answers(cluster))
    cluster.resume(old)
    cluster.run(300_000)
    late = [
        result for number, status, result in answers(cluster)[before_waking:] if (number, status) == (2, "ok")
    ]
    assert late in ([], [written or "a"])


def test_a_read_waits_for_the_leaders_own_first_entry():
    """Elected, but not ready: it may not know yet what its predecessors answered."""
    cluster = cluster_of(3, "read-index")
    cluster.until(lambda: bool(cluster.events("leader-elected")))
    leader = cluster.events("leader-elected")[0].node
    replica = cluster.replica(leader)
    assert not replica.leading
    effects = replica.on_message(Moment(cluster.now_us, 0), "w1", ClientRequest(Request("w1.0", 1, Get("k"))))
    assert [effect.message.status for effect in effects] == ["busy"]


def test_an_answer_to_a_heartbeat_sent_before_the_read_confirms_nothing():
    cluster, name = settled(3, "read-index")
    replica, at = cluster.replica(name), Moment(cluster.now_us, 0)
    peers = [peer for peer in cluster.names if peer != name]
    ballot, beats = replica.leader.ballot, replica.leader.beats
    for peer in peers:
        replica.on_message(at, peer, HeartbeatReply(ballot, at.now_us, 1, 0, beats))
    effects = replica.on_message(at, "w1", ClientRequest(Request("w1.0", 2, Get("k"))))
    asked = [effect.message for effect in effects]
    assert [type(message) for message in asked] == [Heartbeat, Heartbeat]
    assert {message.number for message in asked} == {beats + 1}
    assert replica.on_message(at, peers[0], HeartbeatReply(ballot, at.now_us, 1, 0, beats)) == []
    [told] = replica.on_message(at, peers[0], HeartbeatReply(ballot, at.now_us, 1, 0, beats + 1))
    assert (told.event.how, told.event.number) == ("read-index", 2)


@pytest.mark.parametrize("reads", ["read-index", "lease"])
def test_a_read_may_be_asked_twice_and_leaves_no_trace_in_the_session(reads):
    """Not recorded, so neither "stale" nor answered from memory; writes of the session keep their numbers."""
    cluster, leader = settled(3, reads)
    for number in (2, 2, 5):
        ask(cluster, leader, number, Get("k"))
        cluster.run(50_000)
    ask(cluster, leader, 3, Put("k", "late"))
    cluster.run(50_000)
    ask(cluster, leader, 5, Get("k"))
    cluster.run(50_000)
    assert answers(cluster)[1:] == [
        (2, "ok", "a"), (2, "ok", "a"), (5, "ok", "a"), (3, "ok", None), (5, "ok", "late"),
    ]  # fmt: skip


def test_many_reads_at_once_are_refused_beyond_the_queue():
    cluster, leader = settled(3, "read-index", queue_max=4)
    for number in range(2, 12):
        ask(cluster, leader, number, Get("k"))
    cluster.run(200_000)
    statuses = [status for number, status, _ in answers(cluster) if number > 1]
    assert sorted(set(statuses)) == ["busy", "ok"]


def test_acceptors_that_granted_a_lease_let_others_wait_and_say_so():
    """A campaign that was welcomed just before the holder's heartbeat came: prevote, heartbeat, prepare."""
    cluster, holder = settled(3, "lease")
    other, third = [name for name in cluster.names if name != holder]
    replica, at = cluster.replica(third), Moment(cluster.now_us, 0)
    [deferred] = replica.on_message(at, other, Prepare(Ballot(9, other), 1))
    event = deferred.event
    assert (event.node, str(event.ballot)) == (third, f"9.{other}")
    assert event.holder == cluster.replica(holder).ballot
    assert 0 < event.rest_us <= QUICK.election_us_min
    assert replica.acceptor.promised < Ballot(9, other)
    later = Moment(at.now_us + event.rest_us, 0)
    assert replica.on_message(later, other, Prepare(Ballot(9, other), 1)) != []
    assert replica.acceptor.promised == Ballot(9, other)


def test_a_restarted_acceptor_promises_nothing_for_a_full_lease():
    cluster, holder = settled(3, "lease")
    other, third = [name for name in cluster.names if name != holder]
    cluster.kill(third)
    cluster.restart(third)
    replica, at = cluster.replica(third), Moment(cluster.now_us, 0)
    [deferred] = replica.on_message(at, other, Prepare(Ballot(9, other), 1))
    assert deferred.event.holder == ZERO, "it does not know any more whom it granted what"
    assert deferred.event.rest_us == QUICK.election_us_min
