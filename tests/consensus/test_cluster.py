"""What a group of replicas does when machines die, links are cut, and replicas were away."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.consensus.multipaxos.events import (
    LeaderElected,
    LeaderReady,
    LeaderSteppedDown,
    StateReceived,
)
from app.consensus.multipaxos.messages import Accept, Promise
from app.consensus.state import Put
from app.vocabulary.base import Moment
from app.vocabulary.effects import Emit, Send
from app.vocabulary.ids import ZERO, Ballot
from tests.consensus.cluster import QUICK, Cluster


def write(cluster: Cluster, leader: str, count: int, gap_us: int = 8_000) -> None:
    for number in range(count):
        at = Moment(cluster.now_us, 0)
        cluster.perform(leader, cluster.replica(leader).propose(at, Put("k", str(number))), 0)
        cluster.run(gap_us)


def leading(seed: int = 3, size: int = 5, **settings: Any) -> tuple[Cluster, str]:
    cluster = Cluster(size, seed, msgspec.structs.replace(QUICK, **settings)).start()
    leader = cluster.elect()
    cluster.run(100_000)
    return cluster, leader


def applied(cluster: Cluster) -> list[int]:
    return [cluster.replica(name).applied for name in cluster.names]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
def test_groups_of_any_size_elect_a_leader_and_decide(size: int) -> None:
    cluster, leader = leading(size=size)
    write(cluster, leader, 10)
    cluster.run(200_000)
    assert applied(cluster) == [11] * size


def test_pms_2_4_killing_the_leader_brings_another_within_bounds() -> None:
    cluster, leader = leading()
    write(cluster, leader, 5)
    cluster.kill(leader)
    began_us = cluster.now_us
    cluster.until(lambda: bool(cluster.leaders()), 2 * QUICK.election_us_max)
    assert cluster.leaders() != [leader]
    assert cluster.now_us - began_us < QUICK.election_us_max + 100_000


@pytest.mark.parametrize("seed", range(8))
def test_a_minority_leader_steps_down_before_the_majority_has_another(seed: int) -> None:
    cluster, leader = leading(seed)
    follower = next(name for name in cluster.names if name != leader)
    cluster.isolate(leader, follower)
    began_us, before, ballot = cluster.now_us, len(cluster.entries), cluster.replica(leader).ballot
    seen: list[list[str]] = []
    cluster.run(3 * QUICK.election_us_max, lambda: seen.append(cluster.leaders()))
    assert all(len(leaders) <= 1 for leaders in seen), "never two that show `leading`"
    (gone,) = [entry for entry in cluster.entries[before:] if isinstance(entry.event, LeaderSteppedDown)]
    assert gone.event == LeaderSteppedDown(leader, ballot, "no-quorum")
    assert gone.at_us - began_us <= QUICK.election_us_min, "within about an election time"
    (other,) = cluster.leaders()
    assert other not in (leader, follower)
    # The minority decides nothing, and asks, but never raises a ballot.
    assert cluster.replica(follower).acceptor.promised.node == leader
    cluster.heal()
    cluster.run(500_000)
    assert cluster.leaders() == [other], "coming back disturbs nobody"


def test_a_deaf_replica_stalls_nobody() -> None:
    cluster, leader = leading()
    deaf = next(name for name in cluster.names if name != leader)
    cluster.cut |= {(other, deaf) for other in cluster.names}
    write(cluster, leader, 150)
    assert cluster.leaders() == [leader]
    assert not cluster.events("leader-stepped-down")
    assert len(cluster.events("campaign-started")) == 1


def test_a_replica_cut_off_from_the_leader_alone_stalls_nobody_and_keeps_up() -> None:
    cluster, leader = leading()
    lost = next(name for name in cluster.names if name != leader)
    cluster.cut |= {(leader, lost), (lost, leader)}
    write(cluster, leader, 200)
    assert cluster.leaders() == [leader]
    assert len(cluster.events("campaign-started")) == 1
    assert cluster.replica(lost).applied > 100, "it learns from the others"


def test_a_deaf_leader_steps_down_and_another_takes_over() -> None:
    cluster, leader = leading()
    cluster.cut |= {(other, leader) for other in cluster.names}
    cluster.run(4 * QUICK.election_us_max)
    assert len(cluster.leaders()) == 1
    assert cluster.leaders() != [leader]


def test_a_paused_leader_wakes_up_deposed() -> None:
    """Its overdue mail comes before its overdue timers, and must not find it leading."""
    cluster, leader = leading()
    replica = cluster.replica(leader)
    late_us = cluster.now_us + 10 * QUICK.election_us_max
    effects = replica.on_message(Moment(late_us, 0), "s1", Promise(Ballot(9, "s9"), (), 0))
    assert not replica.leading
    assert effects[0].event.reason == "no-quorum"  # type: ignore[attr-defined]


def test_without_a_majority_nothing_is_decided_and_with_it_everything_goes_on() -> None:
    cluster, leader = leading()
    for name in [name for name in cluster.names if name != leader][:3]:
        cluster.kill(name)
    before = cluster.replica(leader).applied
    write(cluster, leader, 30)
    cluster.run(1_000_000)
    assert cluster.leaders() == []
    assert cluster.replica(leader).applied == before
    for name in cluster.names:
        cluster.restart(name)
    cluster.run(1_500_000)
    assert len(cluster.leaders()) == 1
    assert min(applied(cluster)) > before


def test_a_leader_leads_only_when_all_it_adopted_is_applied() -> None:
    """A value voted for by a majority is chosen, even if no one alive knows it: the next leader must apply it first."""
    cluster, leader = leading(size=3)
    write(cluster, leader, 3)
    # Accepts arrive, votes are cast, but the leader dies before it learns of any.
    others = [name for name in cluster.names if name != leader]
    at = Moment(cluster.now_us, 0)
    cluster.perform(leader, cluster.replica(leader).propose(at, Put("k", "chosen")), 0)
    cluster.cut |= {(name, leader) for name in others}
    cluster.run(7_000)
    cluster.kill(leader)
    cluster.heal()
    successor = cluster.elect()
    ready = cluster.events("leader-ready")[-1]
    elected = next(event for event in cluster.events("leader-elected") if event.ballot == ready.ballot)
    assert elected.adopted >= 1
    state = dict(cluster.replica(successor).learner.machine.snapshot()[2][0])
    assert state["k"][0] == "chosen"
    first = cluster.announced[ready.slot][0].op
    assert (first.label()[0], first.ballot) == ("leader-started", ready.ballot)


def test_propose_does_nothing_before_that() -> None:
    cluster = Cluster(3).start()
    cluster.until(lambda: bool(cluster.events("leader-elected")))
    replica = cluster.replica(cluster.events("leader-elected")[0].node)
    assert replica.role == "leader"
    assert not replica.leading
    assert replica.propose(Moment(cluster.now_us, 0), Put("k", "v")) == []


def test_a_replica_that_was_away_for_a_little_catches_up_slot_by_slot() -> None:
    cluster, leader = leading()
    away = next(name for name in cluster.names if name != leader)
    cluster.kill(away)
    write(cluster, leader, 30)
    cluster.restart(away)
    cluster.run(300_000)
    assert len(set(applied(cluster))) == 1
    assert not cluster.events("state-received")


def test_a_replica_that_was_away_for_long_holds_back_so_many_slots_and_then_receives_the_state() -> None:
    cluster, leader = leading()
    away = next(name for name in cluster.names if name != leader)
    cluster.kill(away)
    kept: list[int] = []
    for _ in range(10):
        write(cluster, leader, 25, gap_us=4_000)
        kept.append(len(cluster.replica(leader).acceptor.votes))
    held = QUICK.hold_back_slots + QUICK.snapshot_every + QUICK.window
    assert max(kept) > QUICK.keep_slots + 2 * QUICK.snapshot_every, "one that is away holds votes back"
    assert max(kept) <= held, "but only so many"
    cluster.restart(away)
    cluster.run(400_000)
    assert [type(event) for event in cluster.events("state-received")] == [StateReceived]
    assert len(set(applied(cluster))) == 1
    write(cluster, leader, 15)
    cluster.run(200_000)
    assert len(cluster.replica(leader).acceptor.votes) <= QUICK.keep_slots + 2 * QUICK.snapshot_every


def test_logs_stay_small_when_all_are_there() -> None:
    cluster, leader = leading()
    write(cluster, leader, 300, gap_us=4_000)
    cluster.run(200_000)
    for name in cluster.names:
        replica, disk = cluster.replica(name), cluster.nodes[name].disk
        assert QUICK.keep_slots <= len(replica.acceptor.votes) <= QUICK.keep_slots + 2 * QUICK.snapshot_every
        assert len(replica.learner.chosen) <= QUICK.keep_slots + 2 * QUICK.snapshot_every
        assert len(disk) == len(replica.acceptor.votes) + len(("identity", "promised", "snapshot"))


def test_a_candidate_that_is_far_behind_fetches_before_it_leads() -> None:
    cluster, leader = leading()
    behind = next(name for name in cluster.names if name != leader)
    cluster.kill(behind)
    write(cluster, leader, 120, gap_us=4_000)
    # All but two of the others die; the one that was away gets its chance.
    cluster.restart(behind)
    others = [name for name in cluster.names if name not in (leader, behind)]
    cluster.isolate(behind)
    for name in others:
        cluster.replica(name).election.patience_us = 10**12
    cluster.kill(leader)
    cluster.heal()
    cluster.run(QUICK.election_us_min)
    at = Moment(cluster.now_us, 0)
    cluster.perform(behind, cluster.replica(behind).on_timer(at, "election"), 0)
    cluster.until(lambda: cluster.leaders() == [behind], 2_000_000)
    assert cluster.replica(behind).applied >= 121


def test_a_leader_that_cannot_recover_gives_up() -> None:
    """The only one that knows a chosen slot died after it had promised: its promise must not block for ever."""
    cluster, leader = leading(size=3)
    cluster.kill(leader)
    candidate = cluster.elect()
    replica = cluster.replica(candidate)
    term = replica.leader
    assert term is not None
    term.ready, term.began_us = False, cluster.now_us - 3 * QUICK.election_us_max
    effects = replica.on_timer(Moment(cluster.now_us, 0), "heartbeat")
    first = effects[0]
    assert isinstance(first, Emit)
    assert first.event == LeaderSteppedDown(candidate, term.ballot, "not-recovered")


def test_the_window_bounds_what_is_open_and_commands_that_wait_share_slots() -> None:
    cluster, leader = leading(window=2, batch_max=4)
    for number in range(20):
        at = Moment(cluster.now_us, 0)
        cluster.perform(leader, cluster.replica(leader).propose(at, Put("k", str(number))), 0)
    term = cluster.replica(leader).leader
    assert term is not None
    assert len(term.open) == 2
    cluster.run(200_000)
    sizes = [len(value) for slot, value in sorted(cluster.announced.items()) if slot > 1]
    assert sum(sizes) == 20
    assert sizes[:3] == [1, 1, 4]
    assert [request.op.value for value in list(cluster.announced.values())[1:] for request in value] == [
        str(number) for number in range(20)
    ], "in the order in which they came"


def test_a_batch_waits_for_company_only_so_long() -> None:
    cluster, leader = leading(batch_us=10_000, batch_max=4)
    began_us = cluster.now_us
    write(cluster, leader, 3, gap_us=1_000)
    cluster.run(100_000)
    assert len(cluster.announced[2]) == 3
    accepts = [entry.at_us for entry in cluster.entries if entry.event.__struct_config__.tag == "vote-cast"]
    assert min(at_us for at_us in accepts if at_us >= began_us) >= began_us + 10_000


def test_two_candidates_of_one_round_collide_and_the_higher_node_wins() -> None:
    cluster = Cluster(5, delay_us=(2_000, 2_000)).start()
    cluster.run(QUICK.election_us_min)
    for name in ("s2", "s4"):
        cluster.perform(name, cluster.replica(name).election.ask(Moment(cluster.now_us, 0), ZERO, 0), 0)
    cluster.until(lambda: bool(cluster.leaders()))
    rounds = [event.ballot for event in cluster.events("campaign-started")]
    assert rounds == [Ballot(1, "s2"), Ballot(1, "s4")]
    assert [event.ballot for event in cluster.events("leader-ready")] == [Ballot(1, "s4")]


def test_causes_lead_from_a_reply_back_to_the_request() -> None:
    """Each entry that a command led to is caused, directly or not, by the entry that began it."""
    cluster, leader = leading(size=3)
    cluster.messages_logged = True
    root = cluster.emit(LeaderReady(leader, Ballot(1, leader), 1), None)
    at = Moment(cluster.now_us, root)
    cluster.perform(leader, cluster.replica(leader).propose(at, Put("k", "v")), root)
    cluster.run(30_000)
    (chosen,) = [
        entry
        for entry in cluster.entries
        if entry.seq > root and entry.event.__struct_config__.tag == "value-chosen"
    ]
    chain = [chosen]
    while (cause := chain[-1].cause) != root:
        assert cause is not None
        chain.append(cluster.entries[cause])
    tags = [str(entry.event.__struct_config__.tag) for entry in reversed(chain)]
    assert tags == [
        "message-sent",
        "message-delivered",
        "vote-cast",
        "message-sent",
        "message-delivered",
        "value-chosen",
    ]


def test_work_that_waited_names_the_request_it_waits_for() -> None:
    cluster, leader = leading(size=3, window=1)
    replica = cluster.replica(leader)
    replica.propose(Moment(cluster.now_us, 71), Put("k", "a"))
    assert replica.propose(Moment(cluster.now_us, 72), Put("k", "b")) == []
    term = replica.leader
    assert term is not None
    effects = term.flush(cluster.now_us, replica.applied + 1, cause=73)
    assert {
        effect.because for effect in effects if isinstance(effect, Send) and type(effect.message) is Accept
    } == {72}


def test_a_replica_is_picklable_and_goes_on_as_the_original_would() -> None:
    cluster, leader = leading()
    write(cluster, leader, 40)
    twin = cluster.copy({name: (cluster.replica(name), cluster.nodes[name].disk) for name in cluster.names})
    at = Moment(cluster.now_us, 0)
    for name in cluster.names:
        assert twin[name][0].on_timer(at, "heartbeat") == cluster.replica(name).on_timer(at, "heartbeat")
    assert LeaderElected in {type(entry.event) for entry in cluster.entries}
