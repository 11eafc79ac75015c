"""The arithmetic of leases: for how long, by whom, and who waits."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.consensus.configuration import Configuration, Seat, first_of
from app.consensus.multipaxos.leases import FOR_EVER, Grants, agreed_by, held_for_us
from app.consensus.multipaxos.settings import Settings
from app.simulation.clock import Clock
from app.vocabulary.base import Moment
from app.vocabulary.effects import Emit
from app.vocabulary.ids import ZERO, Ballot
from tests.consensus.cluster import QUICK

LEASE = replace(QUICK, reads="lease")


@pytest.mark.parametrize(
    ("granted_us", "drift_ppm_max", "held_us"),
    [
        pytest.param(3_000_000, 0, 3_000_000, id="clocks that run alike"),
        pytest.param(3_000_000, 10_000, 2_940_592, id="1 %: 3 s * 0.99 / 1.01, less 2 us for rounding"),
        pytest.param(3_000_000, 200, 2_998_798, id="200 ppm, as Spanner allows for"),
        pytest.param(1_000_000, 500_000, 333_331, id="50 %: a third"),
        pytest.param(2, 10_000, -1, id="too short to be of use"),
    ],
)
def test_how_long_it_is_held(granted_us, drift_ppm_max, held_us):
    assert held_for_us(granted_us, drift_ppm_max) == held_us


@pytest.mark.parametrize("drift_ppm_max", [0, 1, 200, 10_000, 333_333, 500_000])
@pytest.mark.parametrize("granted_us", [1_000, 150_000, 2_999_999])
def test_the_worst_clocks_within_the_bound_are_borne(granted_us, drift_ppm_max):
    """A holder as slow as allowed is done before a granter as fast as allowed, whenever either last read its clock."""
    holder, granter = Clock(), Clock()
    holder.set_drift(0, -drift_ppm_max)
    granter.set_drift(0, drift_ppm_max)
    for asked_us in (0, 1, 7, 999):
        # Heard in the very instant of asking: the tightest case.
        until_us = holder.monotonic_us(asked_us) + held_for_us(granted_us, drift_ppm_max)
        over_us = granter.when_us(granter.monotonic_us(asked_us) + granted_us)
        assert holder.when_us(until_us) <= over_us


def test_a_clock_beyond_the_bound_is_not_borne():
    holder = Clock()
    holder.set_drift(0, -50_000)
    until_us = held_for_us(3_000_000, 10_000)
    assert holder.when_us(until_us) > 3_000_000


FIVE = first_of(("s1", "s2", "s3", "s4", "s5"))
WIDE = replace(FIVE, quorum1=4, quorum2=2)
NARROW = replace(FIVE, quorum1=2, quorum2=4)


def marks(**of: int) -> dict[str, tuple[int, int]]:
    return {node: (0, mark) for node, mark in of.items()}


@pytest.mark.parametrize(
    ("held", "answers", "agreed"),
    [
        pytest.param((FIVE,), marks(s2=9, s3=7), 7, id="majority: two peers, and oneself"),
        pytest.param((FIVE,), marks(s2=9), 0, id="majority: one peer is not enough"),
        pytest.param((FIVE,), marks(s2=9, s3=7, s4=8), 8, id="the two latest"),
        pytest.param((WIDE,), marks(s2=9), 9, id="q1 of 4: one peer, no four of five are without it and us"),
        pytest.param((NARROW,), marks(s2=9, s3=8, s4=7), 7, id="q1 of 2: three peers"),
        pytest.param((NARROW,), marks(s2=9, s3=8), 0, id="q1 of 2: two peers leave two who might elect"),
        pytest.param((FIVE, WIDE), marks(s2=9), 0, id="every configuration of an open slot"),
        pytest.param((first_of(("s1",)),), {}, FOR_EVER, id="alone"),
        pytest.param((first_of(("s1", "s2")),), {}, FOR_EVER, id="two: nobody is elected without oneself"),
        pytest.param((first_of(("s2", "s3", "s4")),), marks(s2=9, s3=8), 8, id="no seat of one's own"),
        pytest.param((FIVE,), {"s2": (1, 9), "s3": (0, 7)}, 0, id="another acceptor on the same machine"),
        pytest.param((FIVE,), {"s2": (-1, 9), "s3": (0, 7)}, 0, id="a blank disk counts for nothing"),
    ],
)
def test_who_must_agree(held: tuple[Configuration, ...], answers, agreed):
    assert agreed_by(held, answers, ("s1", 0)) == agreed


def test_a_leader_that_rejoined_as_new_counts_in_the_configuration_of_its_seat():
    old, new = first_of(("s1", "s2", "s3")), Configuration(1, (Seat("s1", 1, 7), Seat("s2"), Seat("s3")))
    assert agreed_by((new,), marks(s2=5), ("s1", 1)) == 5
    assert agreed_by((old,), marks(s2=5), ("s1", 1)) == 0


def granted(*grants: tuple[int, Ballot], settings: Settings = LEASE) -> Grants:
    made = Grants(settings)
    made.begin(0)
    for now_us, ballot in grants:
        made.grant(now_us, ballot)
    return made


L5, L7 = Ballot(5, "s1"), Ballot(7, "s2")


@pytest.mark.parametrize(
    ("grants", "now_us", "ballot", "defers"),
    [
        pytest.param((), 149_999, L5, True, id="started: what was granted before may still hold"),
        pytest.param((), 150_000, L5, False, id="started a full lease ago"),
        pytest.param(((200_000, L5),), 349_999, L7, True, id="granted: a higher ballot waits"),
        pytest.param(((200_000, L5),), 350_000, L7, False, id="the lease ends"),
        pytest.param(((200_000, L5),), 200_001, L5, False, id="the holder's own ballot does not wait"),
        pytest.param(((200_000, L7),), 200_001, L5, False, id="nor does a lower one: it can choose nothing"),
        pytest.param(((200_000, L5), (300_000, L5)), 449_999, L7, True, id="renewed"),
        pytest.param(
            ((200_000, L7), (210_000, L5)), 359_999, Ballot(8, "s3"), True, id="an old leader's renews too"
        ),
        pytest.param(((10_000, L5),), 100_000, L7, True, id="granted soon after a start"),
    ],
)
def test_who_waits(grants, now_us, ballot, defers):
    assert granted(*grants).defers(now_us, ballot) == defers


def test_it_is_said_once_for_each_ballot_why_an_election_waits():
    grants = granted((200_000, L5))
    [said] = grants.defer(Moment(230_000, 0), "s3", L7)
    assert isinstance(said, Emit)
    event: Any = said.event
    assert (event.node, event.ballot, event.holder, event.until_us, event.rest_us) == (
        "s3",
        L7,
        L5,
        350_000,
        120_000,
    )
    assert grants.defer(Moment(240_000, 0), "s3", L7) == []
    assert grants.defer(Moment(250_000, 0), "s3", Ballot(8, "s3")) != []


@pytest.mark.parametrize("reads", ["log", "read-index"])
def test_without_leases_nobody_waits(reads):
    grants = granted((200_000, L5), settings=replace(QUICK, reads=reads))
    assert not grants.defers(0, L7)
    assert not grants.defers(200_001, L7)
    assert grants.holder == ZERO


@pytest.mark.parametrize(
    ("changes", "grant_us"),
    [({}, 0), ({"reads": "lease"}, 150_000), ({"reads": "lease", "read_lease_us": 100_000}, 100_000)],
    ids=["off", "as long as nobody campaigns anyway", "shorter"],
)
def test_how_long_is_granted(changes, grant_us):
    assert replace(QUICK, **changes).grant_us == grant_us
