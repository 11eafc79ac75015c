"""The scenario `spares`: replicas come and go while clients run, by commands to the world; the picture follows."""

from __future__ import annotations

from typing import Any

import pytest

from app.checking.invariants import Checker
from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.multipaxos.messages import Rejoin
from app.faults.hold_message import HoldMessage, ReleaseMessage
from app.faults.wipe import WipeDisk
from app.scenarios.loader import load_scenario
from app.vocabulary.base import Command, Entry, Message, Picture, Refused
from app.vocabulary.commands import KillNode, RestartNode
from app.vocabulary.ids import SECOND
from app.world.picture import fold
from app.world.scenario import ScenarioError, scenario_from, to_plain, with_size
from app.world.world import World


class Watched:
    """A world whose every entry is judged and folded."""

    def __init__(self) -> None:
        self.world = World(load_scenario("spares"), 42)
        self.checker = Checker()
        self.picture: Picture = {}
        self.entries: list[Entry] = []
        self.hear(self.world.start())
        self.run(12)

    def hear(self, entries: list[Entry]) -> None:
        for entry in entries:
            assert not self.checker.on_entry(entry), entry
            fold(self.picture, entry.event.changes())
        self.entries += entries
        assert self.world.failure is None

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.hear(self.world.advance(self.world.now_us + SECOND))
            seen = {kind: found for kind, found in self.picture.items() if found}
            assert seen == self.world.view()

    def refused(self, command: Command) -> Refused | None:
        taken = self.world.take(command)
        if isinstance(taken, Refused):
            return taken
        self.hear(taken)
        return None

    def until_sent(self, kind: type[Message]) -> list[int]:
        """Go on, instant by instant, until messages of this kind fly; their ids."""
        until_us = self.world.now_us + 30 * SECOND
        while self.world.now_us < until_us:
            self.hear(self.world.advance(until_us, 1))
            flights = self.world.ground().network.flights
            found = [flight.id for flight in flights.values() if type(flight.message) is kind]
            if found:
                return found
        raise AssertionError(f"no {kind.KIND} was sent")

    def do(self, command: Command, seconds: int = 6) -> None:
        assert self.refused(command) is None, command
        self.run(seconds)

    def current(self) -> dict[str, Any]:
        return self.picture["configuration"]["current"]

    def events(self, tag: str) -> list[Any]:
        return [entry.event for entry in self.entries if entry.event.__struct_config__.tag == tag]


def test_the_group_moves_to_other_machines_and_the_clients_follow() -> None:
    watched = Watched()
    assert watched.current()["members"] == ["s1", "s2", "s3"]
    for node in ("s4", "s5", "s6"):
        watched.do(AddReplica(node), 8)
    assert watched.current()["members"] == ["s1", "s2", "s3", "s4", "s5", "s6"]
    assert (watched.current()["q1"], watched.current()["q2"]) == (4, 4)
    for node in ("s1", "s2", "s3"):
        while watched.refused(RemoveReplica(node)) is not None:
            watched.run(2)
        watched.run(6)
        watched.do(KillNode(node), 0)
    watched.run(20)
    assert watched.current()["members"] == ["s4", "s5", "s6"]
    before = len([event for event in watched.events("operation-ended") if event.status == "ok"])
    watched.run(20)
    after = len([event for event in watched.events("operation-ended") if event.status == "ok"])
    assert after - before > 30, "clients found the new replicas"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (AddReplica("s2"), "already-a-member"),
        (AddReplica("c1"), "not-storage"),
        (AddReplica("s9"), "unknown-node"),
        (AddReplica("s4", 2, 2), "quorums"),
        (RemoveReplica("s6"), "not-a-member"),
        (RemoveReplica("s2", 1, 1), "quorums"),
    ],
    ids=["a member twice", "no storage node", "nobody", "quorums too small", "no member", "quorums of two"],
)
def test_a_refusal_in_words(command: Command, code: str, words: dict[str, dict[str, str]]) -> None:
    refused = Watched().refused(command)
    assert refused is not None
    assert refused.code == code
    assert "{" not in words["refused"][code].format(**refused.fields)


def test_nobody_leads_so_nobody_can_change_the_group() -> None:
    watched = Watched()
    for node in ("s1", "s2", "s3"):
        watched.do(KillNode(node), 0)
    refused = watched.refused(AddReplica("s4"))
    assert refused is not None
    assert refused.code == "no-leader"
    down = watched.refused(AddReplica("s1"))
    assert down is not None
    assert down.code == "not-up"


def test_a_wiped_disk_comes_back_as_another_acceptor() -> None:
    watched = Watched()
    watched.do(WipeDisk("s2"), 2)
    watched.do(RestartNode("s2"), 1)
    assert watched.picture["memory"]["s2"]["role"] == "blank"
    watched.run(10)
    assert watched.picture["memory"]["s2"]["role"] == "follower"
    assert watched.current()["incarnations"] == [0, 1, 0]


def wiped_twice(watched: Watched) -> int:
    """s2 is wiped; its plea is held on its way while it is wiped again. The id of that plea."""
    watched.do(WipeDisk("s2"), 2)
    watched.do(RestartNode("s2"), 0)
    [plea, *_] = watched.until_sent(Rejoin)
    watched.do(HoldMessage(plea), 0)
    watched.do(WipeDisk("s2"), 2)
    return plea


def voters_without(watched: Watched, node: str) -> tuple[str, ...]:
    """Who votes when this one is away."""
    watched.do(KillNode(node), 12)
    return watched.events("value-chosen")[-1].voters


def test_a_plea_of_a_life_that_was_wiped_takes_no_seat() -> None:
    """It is released when the life after it has its seat, and would make that one an outsider for ever."""
    watched = Watched()
    plea = wiped_twice(watched)
    watched.do(RestartNode("s2"), 12)
    assert watched.current()["incarnations"] == [0, 1, 0]
    watched.do(ReleaseMessage(plea), 12)
    assert watched.events("message-released")
    assert watched.current()["incarnations"] == [0, 1, 0]
    assert "s2" in voters_without(watched, "s3")


def test_a_plea_of_a_life_that_was_wiped_comes_first_and_the_next_one_asks_again() -> None:
    watched = Watched()
    plea = wiped_twice(watched)
    watched.do(ReleaseMessage(plea), 6)
    assert watched.current()["incarnations"] == [0, 1, 0], "given to a life that is over"
    watched.do(RestartNode("s2"), 12)
    assert watched.current()["incarnations"] == [0, 2, 0]
    assert watched.events("replica-rejoined")[-1].incarnation == 2
    assert "s2" in voters_without(watched, "s3")


def test_a_late_plea_takes_no_seat_from_who_was_removed_and_added_again() -> None:
    watched = Watched()
    watched.do(WipeDisk("s2"), 2)
    watched.do(RestartNode("s2"), 0)
    [plea, *_] = watched.until_sent(Rejoin)
    watched.do(HoldMessage(plea), 12)
    watched.do(RemoveReplica("s2"), 12)
    watched.do(AddReplica("s2"), 12)
    seats = dict(zip(watched.current()["members"], watched.current()["incarnations"], strict=True))
    assert seats == {"s1": 0, "s2": 1, "s3": 0}
    number = watched.current()["number"]
    watched.do(ReleaseMessage(plea), 12)
    assert watched.current()["number"] == number
    assert "s2" in voters_without(watched, "s3")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"quorum1": 1, "quorum2": 2}, "1 + 2 = 3; allowed are sums of 4 or more"),
        ({"quorum1": 4}, "quorum1 is 4 of 3 members"),
    ],
    ids=["sum", "too many"],
)
def test_a_scenario_with_quorums_that_cannot_be_is_refused(change: dict[str, int], sentence: str) -> None:
    plain = to_plain(load_scenario("spares"))
    plain["consensus"] |= change
    with pytest.raises(ScenarioError, match="The scenario cannot be used") as caught:
        scenario_from(plain)
    assert sentence in str(caught.value)


def test_a_scenario_is_not_resized_beyond_its_quorums() -> None:
    plain = to_plain(load_scenario("spares"))
    plain["consensus"] |= {"quorum1": 2, "quorum2": 2}
    with pytest.raises(ScenarioError, match="2 \\+ 2 = 4"):
        with_size(scenario_from(plain), 5, 1)
