"""Messages and delays per phase, counted, against `shared/conformance/consensus/costs.json`.

Every link takes exactly one delay and disks take none, so virtual time counts delays.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.consensus.client import ClientMachine, ClientSettings
from app.consensus.multipaxos.settings import Settings
from app.consensus.session import SessionSettings
from app.simulation.randomness import stream
from app.vocabulary.base import Moment
from app.vocabulary.commands import PutKey
from app.vocabulary.ids import SECOND
from tests.consensus.cluster import Cluster

DELAY_US = 1_000
QUIET = Settings(
    heartbeat_us=1_000 * SECOND,
    election_us_min=2_000 * SECOND,
    election_us_max=3_000 * SECOND,
    retransmit_us=1_000 * SECOND,
    catchup_us=1_000 * SECOND,
    eager_notices=True,
)
"""No heartbeat, election or retransmission comes in between; commit notices are sent at once, where the costs count them."""
CLIENT = ClientSettings(
    per_1000_s=0, session=SessionSettings(timeout_us=9_000 * SECOND, retry_us=9_000 * SECOND)
)


@pytest.fixture(scope="module")
def costs(shared_dir: Path) -> dict[str, Any]:
    file = shared_dir / "conformance" / "consensus" / "costs.json"
    return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def cluster_of(size: int, **changes: Any) -> Cluster:
    settings = msgspec.structs.replace(QUIET, **changes)
    cluster = Cluster(size, settings=settings, delay_us=(DELAY_US, DELAY_US), fsync_us=0)
    cluster.add("w1", lambda node: ClientMachine("w1", cluster.names, CLIENT, stream(0, "w1")))
    return cluster.start()


def elected(size: int, **changes: Any) -> tuple[Cluster, str]:
    """A cluster with a leader, in which everything has arrived; counters at zero."""
    cluster = cluster_of(size, **changes)
    leader = cluster.elect()
    cluster.run(10 * DELAY_US)
    next(iter(cluster.nodes["w1"].process._sessions.values())).target = leader
    cluster.sent.clear()
    return cluster, leader


def put(cluster: Cluster, value: str) -> None:
    at = Moment(cluster.now_us, 0)
    cluster.perform("w1", cluster.nodes["w1"].process.on_command(at, PutKey("w1", "k1", value)), 0)


def delays(cluster: Cluster, tag: str, since_us: int, **fields: Any) -> int:
    """After how many delays the first such event came."""
    for entry in cluster.entries:
        event: Any = entry.event
        if entry.at_us >= since_us and event.__struct_config__.tag == tag:
            if all(getattr(event, name) == value for name, value in fields.items()):
                return (entry.at_us - since_us) // DELAY_US
    raise AssertionError(f"no {tag}")


@pytest.mark.parametrize("size", [3, 5], ids="n={}".format)
def test_a_command_under_a_stable_leader(size: int, costs: dict[str, Any]) -> None:
    stable = costs["multi_paxos_stable_leader"]
    cluster, leader = elected(size)
    began_us = cluster.now_us
    put(cluster, "a")
    cluster.run(10 * DELAY_US)
    requests = {"client-request": 1, "client-reply": 1}
    assert cluster.sent == {**stable[f"example_n{size}"], **requests}
    assert stable["per_command_messages"].startswith("2(n-1)")
    assert cluster.sent["accept"] + cluster.sent["accepted"] == 2 * (size - 1)
    # The client is one delay away from the leader, so the leader's delays count from the request's arrival.
    assert delays(cluster, "value-chosen", began_us + DELAY_US) == stable["leader_commits_after_delays"]
    assert delays(cluster, "operation-ended", began_us) == stable["remote_client_sees_after_delays"]
    for follower in cluster.names:
        if follower != leader:
            learned = delays(cluster, "value-applied", began_us + DELAY_US, node=follower)
            assert learned == stable["followers_learn_after_delays"]


@pytest.mark.parametrize("size", [3, 5], ids="n={}".format)
def test_notices_that_ride_along_cost_nothing(size: int, costs: dict[str, Any]) -> None:
    cluster, leader = elected(size, eager_notices=False)
    commands = 50
    for number in range(commands):
        put(cluster, str(number))
        cluster.run(5 * DELAY_US)
    assert "commit" not in cluster.sent
    assert cluster.sent["accept"] + cluster.sent["accepted"] == commands * 2 * (size - 1)
    assert "unless piggybacked" in costs["multi_paxos_stable_leader"]["per_command_messages"]
    # Every notice but the last one has come with the next accept.
    behind = {cluster.replica(name).applied - cluster.replica(leader).applied for name in cluster.names}
    assert behind == {0, -1}


@pytest.mark.parametrize("size", [3, 5], ids="n={}".format)
def test_a_change_of_leader(size: int, costs: dict[str, Any]) -> None:
    """Phase 1 over all open slots at once; the pre-vote before it is ours and not counted there."""
    cluster, old = elected(size)
    for number in range(5):
        put(cluster, str(number))
    cluster.run(10 * DELAY_US)
    cluster.kill(old)
    cluster.sent.clear()
    cluster.until(lambda: bool(cluster.leaders()), for_us=9_000 * SECOND)
    began_us = max(
        entry.at_us for entry in cluster.entries if entry.event.__struct_config__.tag == "campaign-started"
    )
    # The dead leader is asked as well, but does not answer.
    assert costs["leader_change"]["messages"].startswith("2(n-1) for phase 1 over all open slots at once")
    assert cluster.sent["prepare"] == size - 1
    assert cluster.sent["promise"] == size - 2
    assert delays(cluster, "leader-elected", began_us) == costs["leader_change"]["extra_delays"]


@pytest.mark.parametrize("size", [3, 5], ids="n={}".format)
def test_the_first_decision(size: int, costs: dict[str, Any]) -> None:
    """Both phases of single-decree Paxos, with the proposer among the acceptors: n - 1 instead of n each way."""
    single = costs["single_decree"]
    assert single["collocated_proposer_is_acceptor"] == "n-1 instead of n per direction"
    cluster = cluster_of(size)
    cluster.elect()
    cluster.run(10 * DELAY_US)
    counted = {kind: cluster.sent[kind] for kind in ("prepare", "promise", "accept", "accepted", "commit")}
    assert counted == dict.fromkeys(counted, size - 1)
    began_us = min(
        entry.at_us for entry in cluster.entries if entry.event.__struct_config__.tag == "campaign-started"
    )
    leader = cluster.leaders()[0]
    assert delays(cluster, "value-chosen", began_us) == single["proposer_knows_after_delays"]
    for other in cluster.names:
        if other != leader:
            learned = delays(cluster, "value-applied", began_us, node=other)
            assert learned == single["other_learners_after_delays"]


def test_messages_per_command_stay_within_the_bound_of_dslabs(costs: dict[str, Any]) -> None:
    """At most 15 messages to servers for each server and command, heartbeats and elections included (test10)."""
    bound = int(costs["dslabs_bound"].split()[0])
    cluster = Cluster(5)
    cluster.add(
        "w1",
        lambda node: ClientMachine("w1", cluster.names, ClientSettings(per_1000_s=100_000), stream(0, "w1")),
    )
    cluster.start().elect()
    cluster.sent.clear()
    cluster.run(5 * SECOND)
    to_servers = sum(count for kind, count in cluster.sent.items() if kind != "client-reply")
    decided = cluster.nodes["w1"].process.ok
    assert decided >= 400
    assert to_servers <= bound * 5 * decided
