"""A world that runs single-decree Paxos: the steps of a vote, duels, faults, and the picture."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from msgspec.structs import replace

from app.checking.invariants import Checker
from app.consensus.singledecree.commands import ProposeValue
from app.scenarios.loader import FOLDER, load_scenario, parse_scenario
from app.simulation.randomness import stream
from app.vocabulary.base import Command, Entry, Refused
from app.vocabulary.commands import (
    HealNetwork,
    KillNode,
    Partition,
    PauseNode,
    RestartNode,
    ResumeNode,
    SetNetwork,
)
from app.vocabulary.ids import MS, SECOND
from app.world.scenario import Scenario, ScenarioError, scenario_from, to_plain
from app.world.wire import tag_of
from app.world.world import World
from tests.world.runs import Follower, difference, plain


class Line:
    """A world, its log judged and its picture compared as it goes."""

    def __init__(self, seed: int, **consensus: Any) -> None:
        scenario = load_scenario("single-decree")
        if consensus:
            scenario = replace(scenario, consensus=replace(scenario.consensus, **consensus))
        self.world, self.follower, self.checker = World(scenario, seed), Follower(), Checker()
        self.verdicts: list[Any] = []
        self.hear(self.world.start())

    def hear(self, entries: list[Entry]) -> None:
        assert self.world.failure is None, self.world.failure
        self.follower.follow(entries)
        for entry in entries:
            self.verdicts += self.checker.on_entry(entry)
        wrong = difference(self.follower.picture, plain(self.world.view()))
        assert not wrong, wrong

    def take(self, command: Command) -> bool:
        entries = self.world.take(command)
        if isinstance(entries, Refused):
            return False
        self.hear(entries)
        return True

    def run(self, for_us: int) -> None:
        self.hear(self.world.advance(self.world.now_us + for_us))

    def events(self, tag: str) -> list[Any]:
        return [entry.event for entry in self.follower.entries if tag_of(entry.event) == tag]

    def tags(self) -> list[str]:
        return [tag_of(entry.event) for entry in self.follower.entries]


def test_the_five_steps_of_a_vote_one_at_a_time() -> None:
    line = Line(1)
    assert line.take(ProposeValue("p1", "red"))
    for _ in range(80):
        line.run(50 * MS)
    steps = ["vote-opened", "ballot-promised", "value-chosen", "decision-saved", "decision-known"]
    firsts = [line.tags().index(step) for step in steps]
    assert firsts == sorted(firsts)
    counted = [(event.phase, f"{event.count}/{event.of}") for event in line.events("answers-counted")]
    assert counted[:3] == [("prepare", "1/5"), ("prepare", "2/5"), ("prepare", "3/5")]
    assert ("accept", "3/5") in counted
    assert line.follower.picture["memory"]["p1"]["phase"] == "done"
    assert {node: line.follower.picture["memory"][node]["decided"] for node in ("l1", "l2")} == {
        "l1": [["propose", "red"]],
        "l2": [["propose", "red"]],
    }
    assert line.verdicts == []


def test_two_proposers_one_decision_in_any_case() -> None:
    """PMS 2.2: who comes second proposes what the first got chosen."""
    for seed in range(12):
        line = Line(seed)
        line.take(ProposeValue("p1", "red"))
        line.run(stream(seed, "later").uniform_int(1, 1_500) * MS)
        line.take(ProposeValue("p2", "blue"))
        line.run(60 * SECOND)
        marks = {event.mark for event in line.events("value-chosen")}
        assert len(marks) == 1, seed
        assert {event.node for event in line.events("decision-saved")} == {"l1", "l2"}
        assert line.verdicts == []


@pytest.mark.parametrize("seed", range(12), ids=lambda seed: f"seed-{seed}")
def test_nothing_bad_happens_under_random_faults(seed: int) -> None:
    line, dice = Line(seed), stream(seed, "trouble")
    nodes = load_scenario("single-decree").of_role("storage")
    for _ in range(40):
        node = dice.pick(nodes)
        group = tuple(dice.shuffle(nodes)[: dice.uniform_int(1, 4)])
        rest = tuple(other for other in nodes if other not in group)
        line.take(
            dice.pick(
                (
                    ProposeValue("p1", f"red{seed}"),
                    ProposeValue("p2", f"blue{seed}"),
                    KillNode(node),
                    RestartNode(node),
                    RestartNode(node),
                    PauseNode(node),
                    ResumeNode(node),
                    Partition((group, rest)),
                    HealNetwork(),
                    SetNetwork(100_000, 100_000, 100_000),
                )
            )
        )
        line.run(dice.uniform_int(1, 900) * MS)
        if dice.uniform_int(0, 5) == 0:
            line.world = pickle.loads(pickle.dumps(line.world))
    line.take(HealNetwork())
    for node in nodes:
        line.take(ResumeNode(node))
        line.take(RestartNode(node))
    line.take(ProposeValue("p1", "green"))
    line.take(ProposeValue("p2", "grey"))
    line.run(120 * SECOND)
    assert line.verdicts == []
    decided = {tuple(map(tuple, line.follower.picture["memory"][node]["decided"])) for node in ("l1", "l2")}
    assert len(decided) == 1
    assert decided != {()}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(ProposeValue("a1", "red"), "not-a-proposer", id="an acceptor"),
        pytest.param(ProposeValue("p9", "red"), "unknown-node", id="nobody"),
        pytest.param(ProposeValue("p1", ""), "out-of-range", id="nothing"),
        pytest.param(ProposeValue("p2", "red"), "proposing-already", id="twice"),
    ],
)
def test_what_is_refused(command: ProposeValue, code: str) -> None:
    world = World(load_scenario("single-decree"), 1)
    world.start()
    assert not isinstance(world.take(ProposeValue("p2", "blue")), Refused)
    answer = world.take(command)
    assert isinstance(answer, Refused)
    assert answer.code == code


def test_another_protocol_does_not_take_the_command() -> None:
    world = World(load_scenario("classroom"), 1)
    world.start()
    answer = world.take(ProposeValue("s1", "red"))
    assert isinstance(answer, Refused)
    assert answer.code == "not-of-this-protocol"


def test_a_scenario_is_read_with_the_settings_of_its_protocol() -> None:
    scenario = load_scenario("single-decree")
    assert isinstance(scenario, Scenario)
    assert scenario_from(to_plain(scenario)) == scenario
    assert scenario.constants()["acceptors"] == "a1, a2, a3, a4, a5"


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        pytest.param(
            "  learners: [l1, l2]",
            "  learners: [l1, l9]",
            "learners names 'l9'; allowed are",
            id="no such machine",
        ),
        pytest.param(
            "  resend_us: 2_000_000",
            "  window: 3",
            "there is no field consensus.window",
            id="another protocol's",
        ),
    ],
)
def test_a_bad_scenario(line: str, instead: str, sentence: str) -> None:
    text = (FOLDER / "single-decree.yaml").read_text()
    assert line in text
    with pytest.raises(ScenarioError, match=sentence):
        parse_scenario(text.replace(line, instead))
