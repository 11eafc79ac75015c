"""How much a replica keeps: its disk, its log, its sessions. (dslabs lab 3, test 11: memory is bounded, whoever is away)"""

from __future__ import annotations

import msgspec

from app.consensus.state import CompareAndSet, Get, Put
from app.vocabulary.base import Moment
from app.vocabulary.replicated import ClientReply, ClientRequest, Request
from tests.consensus.cluster import QUICK, Cluster

encode = msgspec.msgpack.Encoder().encode
SETTINGS = msgspec.structs.replace(QUICK, keep_slots=20, hold_back_slots=200)
BIG = "x" * 1_000
SLOTS_KEPT = SETTINGS.keep_slots + 2 * SETTINGS.snapshot_every


def kept_bytes(cluster: Cluster, name: str) -> int:
    """All that a replica holds of the log and of the state, on disk and in memory."""
    node, replica = cluster.nodes[name], cluster.replica(name)
    learner, leader = replica.learner, replica.leader
    waiting = [] if leader is None else [proposal.accept for proposal in leader.open.values()]
    return len(
        encode((node.disk, replica.acceptor.votes, learner.chosen, learner.machine.snapshot(), waiting))
    )


def fill(cluster: Cluster, leader: str, count: int) -> None:
    """Slots with values of a kilobyte, all for the same few keys: only the log can grow."""
    for number in range(count):
        op = Put(f"k{number % 4}", f"{number}{BIG}")
        cluster.perform(leader, cluster.replica(leader).propose(Moment(cluster.now_us, 0), op), 0)
        cluster.run(4_000)


def settled() -> tuple[Cluster, str, int]:
    """A cluster that has written for a while, its leader, and the most that a replica keeps."""
    cluster = Cluster(3, settings=SETTINGS).start()
    leader = cluster.elect()
    fill(cluster, leader, 100)
    cluster.run(200_000)
    most = max(kept_bytes(cluster, name) for name in cluster.names)
    # Votes on disk, votes in memory, chosen values: three times the slots kept; and the state, twice.
    assert most < 3 * SLOTS_KEPT * 1_200 + 20_000
    return cluster, leader, most


def test_memory_does_not_grow_with_the_log() -> None:
    cluster, leader, most = settled()
    fill(cluster, leader, 500)
    cluster.run(200_000)
    for name in cluster.names:
        assert kept_bytes(cluster, name) < 1.6 * most


def test_a_follower_that_is_away_costs_so_much_and_no_more() -> None:
    """Within `hold_back_slots` it is waited for; beyond, it gets the state when it comes back, and all is small again."""
    cluster, leader, most = settled()
    away = next(name for name in cluster.names if name != leader)
    cluster.isolate(away)
    fill(cluster, leader, 150)
    held = kept_bytes(cluster, leader)
    assert held > 2 * most, "nothing is thrown away that the missing one may still fetch"
    fill(cluster, leader, 200)
    full = kept_bytes(cluster, leader)
    fill(cluster, leader, 600)
    bound = 3 * (SETTINGS.hold_back_slots + SLOTS_KEPT) * 1_200 + 20_000
    assert kept_bytes(cluster, leader) < min(bound, 1.2 * full)
    cluster.heal()
    cluster.run(500_000)
    assert [event.node for event in cluster.events("state-received")] == [away]
    fill(cluster, leader, 60)
    cluster.run(200_000)
    assert len({cluster.replica(name).learner.digest for name in cluster.names}) == 1
    for name in cluster.names:
        assert kept_bytes(cluster, name) < 1.6 * most


def test_a_replica_that_was_removed_is_not_waited_for() -> None:
    cluster, leader, most = settled()
    away = next(name for name in cluster.names if name != leader)
    cluster.isolate(away)
    cluster.run(SETTINGS.election_us_min + 50_000)
    replica = cluster.replica(leader)
    cluster.perform(leader, replica.reconfigure(Moment(cluster.now_us, 0), "remove", away), 0)
    cluster.until(lambda: cluster.configurations.current.number == 1)
    fill(cluster, leader, 150)
    cluster.run(200_000)
    assert kept_bytes(cluster, leader) < 1.6 * most


def ask(cluster: Cluster, name: str, request: Request) -> ClientReply:
    """What a client hears that asks this replica."""
    heard: list[ClientReply] = []

    class Ear:
        def on_start(self, at: Moment) -> list[object]:
            return []

        def on_message(self, at: Moment, sender: str, message: ClientReply) -> list[object]:
            heard.append(message)
            return []

    cluster.add("w9", lambda node: Ear())
    cluster.boot("w9", 0)
    cluster.send("w9", name, ClientRequest(request), 0)
    cluster.run(100_000)
    return heard[-1]


def test_a_session_survives_snapshots_state_transfer_and_restarts() -> None:
    """A command that was answered long ago, and is no longer in any log, is answered alike, and not performed again."""
    cluster, leader, _ = settled()
    away = next(name for name in cluster.names if name != leader)
    cluster.isolate(away)
    swap = Request("w9.0@0", 1, CompareAndSet("lock", "", "mine"))
    first = ask(cluster, leader, swap)
    assert first.status == "ok"
    fill(cluster, leader, 400)
    cluster.heal()
    cluster.run(500_000)
    assert [event.node for event in cluster.events("state-received")] == [away]
    for name in cluster.names:
        cluster.kill(name)
        cluster.restart(name)
    for name in cluster.names:
        if name != away:
            cluster.isolate(name)
            break
    cluster.until(lambda: bool(cluster.leaders()))
    cluster.run(100_000)
    leader = cluster.leaders()[0]
    again = ask(cluster, leader, swap)
    assert (again.status, again.result) == (first.status, first.result), "a second compare would have failed"
    assert ask(cluster, leader, Request("w9.0@0", 2, Get("lock"))).result == "mine"
