"""Every planted bug is caught, and by a check that its row names; no control is ever reported.

How: under the random faults that its row names (`hunt.py`); by a schedule of three or four ballots in one slot
(`schedule.py`); or by a script, where chance needs long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from msgspec.structs import replace

from app.checking.invariants import CHECKS, Checker
from app.checking.linearizability.live import CHECK as LINEARIZABILITY
from app.checking.verdict import VALID
from app.consensus import PROTOCOLS
from app.consensus.multipaxos.broken import CONTROLS, SWITCHES
from app.consensus.multipaxos.messages import Accepted, Promise
from app.consensus.multipaxos.parts import PARTS, parts_with
from app.consensus.state import Get
from app.consensus.switch import Switch, complaint
from app.faults import FAULTS
from app.vocabulary.base import Entry
from app.vocabulary.events import RunStarted
from app.vocabulary.replicated import ClientRequest, Request
from tests.consensus.clocks import ClockedCluster
from tests.consensus.cluster import QUICK, Cluster
from tests.consensus.hunt import CALM_DELAY_US, CALM_FSYNC_US, Field, hunt
from tests.consensus.schedule import SCHEDULES, play
from tests.consensus.single_slot import chosen
from tests.consensus.test_reads import Asker

CORRECT = Switch(
    "", "Multi-Paxos as it should be.", "", provoked_by=("kill", "partition", "weather", "pause")
)
BY_ID = {switch.id: switch for switch in (*SWITCHES, *CONTROLS)}
MEMBERS = ("add-replica", "remove-replica")


def verdicts_of(cluster: Cluster) -> list[str]:
    checker = Checker()
    return [
        verdict.check
        for entry in cluster.entries
        for verdict in checker.on_entry(entry)
        if verdict.status != VALID
    ]


def lone_slot(switch: Switch) -> list[str]:
    """Two values chosen in a slot that a schedule of deliveries leads through."""
    return ["agreement"] if len(chosen(play(SCHEDULES[switch.id], (switch.id,))[-1])) > 1 else []


def duel(switch: Switch) -> list[str]:
    """Nothing goes wrong, and nothing is decided either."""
    cluster = Field(3, 1, QUICK, CALM_DELAY_US, CALM_FSYNC_US, switches=_ids(switch))
    run_started = cluster.entries[0].event
    assert isinstance(run_started, RunStarted)
    constants = {"election_us_max": QUICK.election_us_max, "window": QUICK.window, "loss_ppm": 0}
    cluster.entries[0] = Entry(0, 0, None, replace(run_started, constants=constants))
    cluster.start().run(3_000_000)
    return verdicts_of(cluster)


def watched(cluster: Cluster) -> Cluster:
    """With a client that reads, see `read_on`."""
    cluster.add("w9", lambda node: Asker())
    cluster.boot("w9", 0)
    return cluster


def read_on(cluster: Cluster, leader: str, for_us: int) -> None:
    """Time goes on, and the client reads every 2 ms from one who leads, or did."""
    end_us = cluster.now_us + for_us
    while cluster.now_us < end_us:
        request = Request("w9.0", cluster.now_us, Get("k"))
        cluster.send("w9", leader, ClientRequest(request), 0)
        cluster.run(2_000)


def a_slow_holder(switch: Switch) -> list[str]:
    """The holder's clock runs slow, the granters' run fast, all within the bound; then it is cut off from them."""
    settings = replace(QUICK, reads="lease", drift_ppm_max=300_000)
    found: list[str] = []
    for seed in range(1, 5):
        cluster = ClockedCluster(3, seed, settings, switches=_ids(switch)).start()
        watched(cluster)
        leader = cluster.elect()
        for name in cluster.names:
            cluster.set_drift(name, -290_000 if name == leader else 290_000)
        cluster.run(300_000)
        if not cluster.replica(leader).leading:
            continue
        cluster.isolate(leader, "w9")
        read_on(cluster, leader, 400_000)
        found += verdicts_of(cluster)
    return found


def restarts_beside_a_cut(switch: Switch) -> list[str]:
    """The leader and one replica do not hear each other; the third restarts again and again."""
    cluster = ClockedCluster(3, 1, replace(QUICK, reads="lease"), switches=_ids(switch)).start()
    watched(cluster)
    leader = cluster.elect()
    cluster.run(300_000)
    third, granter = (name for name in cluster.names if name != leader)
    cluster.cut |= {(leader, third), (third, leader)}
    for _ in range(12):
        cluster.run(20_000)
        cluster.kill(granter)
        cluster.run(500)
        cluster.restart(granter)
        read_on(cluster, leader, 60_000)
    return verdicts_of(cluster)


def a_cut_beside_the_leader(switch: Switch) -> list[str]:
    """The leader and one replica do not hear each other; the third hears both, and nobody asks for anything."""
    cluster = Cluster(3, 1, switches=_ids(switch)).start()
    leader = cluster.elect()
    cluster.run(200_000)
    third = next(name for name in cluster.names if name != leader)
    cluster.cut |= {(leader, third), (third, leader)}
    cluster.run(1_500_000)
    return verdicts_of(cluster)


def late_answers(switch: Switch) -> list[str]:
    """A leader hears old answers, and is heard by nobody."""
    found: list[str] = []
    for seed in range(1, 7):
        settings = replace(QUICK, reads="lease")
        cluster = Field(3, seed, settings, CALM_DELAY_US, CALM_FSYNC_US, switches=_ids(switch)).start()
        watched(cluster)
        leader = cluster.elect()
        cluster.run(300_000)
        for other in cluster.names:
            cluster.late[other, leader] = (85_000, 90_000)
        cluster.run(140_000)
        cluster.cut |= {(leader, other) for other in cluster.names}
        read_on(cluster, leader, 400_000)
        found += verdicts_of(cluster)
    return found


def votes_of_two_reigns(switch: Switch) -> list[str]:
    """A vote for what a replica proposed with one ballot reaches it when it proposes with another."""
    cluster = Cluster(3, 1, switches=_ids(switch)).start()
    name = cluster.elect()
    cluster.run(200_000)
    leader = cluster.replica(name).leader
    assert leader is not None
    peer = next(other for other in cluster.names if other != name)
    old, leader.ballot = leader.ballot, replace(leader.ballot, round=leader.ballot.round + 1)
    leader.propose(cluster.now_us, (), cluster.replica(name).learner.chosen_to)
    slot = leader.next_slot - 1
    for voter in (name, peer):
        if leader.on_accepted(voter, Accepted(old, slot)) is not None:
            return ["quorums"]
    return []


def promises_of_two_campaigns(switch: Switch) -> list[str]:
    """A promise to what a replica campaigned with before reaches it when it campaigns with another ballot."""
    cluster = Cluster(3, 1, switches=_ids(switch)).start()
    cluster.until(lambda: bool(cluster.events("campaign-started")))
    name = cluster.events("campaign-started")[0].node
    leader = cluster.replica(name).leader
    assert leader is not None
    peer = next(other for other in cluster.names if other != name)
    old, leader.ballot = leader.ballot, replace(leader.ballot, round=leader.ballot.round + 1)
    answers = [(name, Promise(leader.ballot, (), 0)), (peer, Promise(old, (), 0))]
    return ["quorums"] if any(leader.on_promise(*answer) for answer in answers) else []


def _ids(switch: Switch) -> tuple[str, ...]:
    return (switch.id,) if switch.id else ()


SCRIPTS: dict[str, Callable[[Switch], list[str]]] = {
    "adopts-lowest-ballot": lone_slot,
    "reports-promised-ballot": lone_slot,
    "duelling-proposers": duel,
    "forgets-lease-on-restart": restarts_beside_a_cut,
    "lease-counted-from-answer": late_answers,
    "lease-ignores-drift": a_slow_holder,
    "counts-votes-across-ballots": votes_of_two_reigns,
    "counts-late-promises": promises_of_two_campaigns,
}
HUNTED = [switch for switch in SWITCHES if switch.id not in SCRIPTS]


@pytest.mark.parametrize("switch", HUNTED, ids=lambda switch: switch.id)
def test_random_faults_find_it(switch: Switch) -> None:
    found = next(hunt(switch, range(40)), None)
    assert found is not None, "nobody noticed"
    _, _, checks = found
    assert checks[0] in switch.caught_by, checks


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_finds_it(name: str) -> None:
    switch = BY_ID[name]
    checks = SCRIPTS[name](switch)
    assert checks, "nobody noticed"
    assert checks[0] in switch.caught_by, checks


@pytest.mark.parametrize("control", [CORRECT, *CONTROLS], ids=lambda control: control.id or "correct")
def test_a_control_is_never_reported(control: Switch) -> None:
    palette = {fault: None for switch in SWITCHES for fault in switch.provoked_by if fault not in MEMBERS}
    calm = {*palette} - {"wipe", "bit-rot"}
    for faults in (("kill", "partition", "cut-link", "weather", "pause"), tuple(sorted(calm))):
        assert list(hunt(replace(control, provoked_by=faults), range(3))) == []


@pytest.mark.parametrize("control", [CORRECT, *CONTROLS], ids=lambda control: control.id or "correct")
def test_no_script_reports_a_control(control: Switch) -> None:
    needs = dict(control.needs)
    for script in (*dict.fromkeys(SCRIPTS.values()), a_cut_beside_the_leader):
        if script is not lone_slot and not needs:
            assert script(control) == [], script.__name__
    for schedule in SCHEDULES.values():
        assert len(chosen(play(schedule, _ids(control))[-1])) <= 1


def test_the_correct_protocol_while_the_group_changes() -> None:
    moving = replace(CORRECT, provoked_by=("add-replica", "remove-replica", "kill"))
    assert list(hunt(moving, range(10))) == []


def test_the_registry_is_complete() -> None:
    names = [switch.id for switch in (*SWITCHES, *CONTROLS)]
    assert len(SWITCHES) >= 25
    assert sorted(set(names)) == sorted(names)
    faults = {fault.name for fault in FAULTS} | set(MEMBERS)
    for switch in SWITCHES:
        assert switch.sentence.endswith(".")
        assert switch.source
        assert switch.caught_by
        assert set(switch.caught_by) <= {*CHECKS, LINEARIZABILITY}, switch.id
        assert set(switch.provoked_by) <= faults, switch.id
        assert switch.plants or switch.overrides, switch.id
        for part, plant in switch.plants.items():
            assert issubclass(plant, getattr(PARTS, part)), switch.id
        replace(QUICK, **dict(switch.overrides))
        replace(QUICK, **dict(switch.needs))
    assert all(control.kind == "control" and not control.caught_by for control in CONTROLS)
    assert PROTOCOLS["multipaxos"].switches is SWITCHES


def test_no_switch_no_bug() -> None:
    assert parts_with() is PARTS
    assert all(parts_with((switch.id,)) != PARTS for switch in SWITCHES if switch.plants)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        pytest.param(("no-such",), "switches names 'no-such'; allowed are", id="unknown"),
        pytest.param(
            ("votes-below-its-promise", "promises-lower-ballots"),
            "'votes-below-its-promise' and 'promises-lower-ballots', which both replace the acceptor",
            id="two of one part",
        ),
        pytest.param(("votes-below-its-promise", "applies-over-holes"), "", id="two of two parts"),
    ],
)
def test_what_cannot_be_switched_on(wanted: Iterable[str], sentence: str) -> None:
    assert (
        (sentence in complaint(SWITCHES, tuple(wanted)))
        if sentence
        else not complaint(SWITCHES, tuple(wanted))
    )
