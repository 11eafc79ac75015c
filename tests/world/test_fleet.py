"""Compute machines that are added to a running world and taken away again."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from app.orchestration.commands import AddNode, Cordon, Drain, RemoveNode
from app.orchestration.events import NodeRegistered
from app.orchestration.operations import ForgetNode, RegisterNode
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Command, Entry, Refused
from app.vocabulary.commands import CutLink, KillNode, Partition, PauseNode, RestartNode, SubmitTasks
from app.vocabulary.events import LinkHealed, MachineAdded, MachineRemoved, MessageDropped, NodeKilled
from app.vocabulary.ids import SECOND
from app.vocabulary.replicated import Outcome, Request
from app.world.world import World
from tests.world.runs import Follower, difference, plain, world


class Run:
    """A world, its log, and the law at every look."""

    def __init__(self, seed: int = 7) -> None:
        self.world = world("classroom", seed)
        self.follower = Follower()
        self.follower.follow(self.world.start())

    @property
    def log(self) -> list[Entry]:
        return self.follower.entries

    def until(self, seconds: int) -> Run:
        self.follower.follow(self.world.advance(seconds * SECOND))
        return self.right()

    def right(self) -> Run:
        assert self.world.failure is None, self.world.failure
        wrong = difference(self.follower.picture, plain(self.world.view()))
        assert not wrong, wrong
        return self

    def take(self, command: Command) -> Run:
        taken = self.world.take(command)
        assert not isinstance(taken, Refused), taken
        self.follower.follow(taken)
        return self.right()

    def told(self, kind: type) -> list[Any]:
        return [entry.event for entry in self.log if type(entry.event) is kind]

    def nodes(self) -> list[str]:
        return list(self.world.view()["Node"])


def test_added_machine_registers_and_takes_pods():
    run = Run().until(12).take(AddNode("n1", "a", 32_000, 65_536, 0, {"disk": "ssd"})).until(15)
    node = run.world.view()["Node"]["n1"]
    assert node["metadata"]["labels"] == {
        "kubernetes.io/hostname": "n1",
        "disk": "ssd",
        "topology.kubernetes.io/zone": "a",
    }
    assert node["status"]["allocatable"]["cpu"] == "32"
    assert run.world.view()["node"]["n1"]["state"] == "up"
    run.take(SubmitTasks(30, duration_ms=60_000)).until(20)
    assert any(fields["node"] == "n1" for fields in run.world.view()["placement"].values())


@pytest.mark.parametrize("first", [None, KillNode("n1"), PauseNode("n1")], ids=["up", "down", "paused"])
def test_removed_machine_is_gone_with_its_node_and_what_was_under_way(first):
    run = Run().until(12).take(AddNode("n1", "a", 32_000, 65_536)).until(15)
    run.take(SubmitTasks(30, duration_ms=60_000)).until(17)
    if first is not None:
        run.take(first).until(18)
    run.take(RemoveNode("n1"))
    assert "n1" not in run.world.view()["node"]
    assert "n1" not in run.world.view()["memory"]
    run.until(40)
    assert "n1" not in run.nodes()
    assert not any(pod["spec"].get("nodeName") == "n1" for pod in run.world.view()["Pod"].values())
    assert [event.node for event in run.told(MachineRemoved)] == ["n1"]


def test_machine_of_the_scenario_can_be_removed_and_come_back():
    run = Run().until(12).take(RemoveNode("c1")).until(20)
    assert "c1" not in run.nodes()
    run.take(AddNode("c1", "b", 4_000, 8_192)).until(30)
    assert run.world.view()["Node"]["c1"]["metadata"]["labels"]["topology.kubernetes.io/zone"] == "b"


def test_what_a_removed_machine_asked_for_comes_too_late(monkeypatch):
    asked: list[RegisterNode | ForgetNode] = []
    apply = ObjectStore.apply

    def noting(store: ObjectStore, slot: int, request: Request) -> Outcome:
        if (
            isinstance(request.op, RegisterNode | ForgetNode)
            and request.op.node == "c1"
            and request.op not in asked
        ):
            asked.append(request.op)
        return apply(store, slot, request)

    monkeypatch.setattr(ObjectStore, "apply", noting)
    run = Run().until(12).take(KillNode("c1")).until(14).take(RestartNode("c1")).until(20)
    run.take(RemoveNode("c1")).until(25).take(AddNode("c1", "b", 4_000, 8_192)).until(35)
    numbers = [op.before if isinstance(op, ForgetNode) else op.life for op in asked]
    assert [type(op) for op in asked] == [RegisterNode, RegisterNode, ForgetNode, RegisterNode]
    assert numbers == sorted(numbers)
    assert len(set(numbers[:3])) == 3
    assert "c1" in run.nodes()


def test_what_acts_on_a_machine_ends_with_it():
    run = Run().until(12).take(AddNode("n1", "a", 4_000, 8_192)).until(14)
    run.take(CutLink("n1", "s1", True)).take(Partition((("n1", "c1"), ("s1", "s2", "s3", "s4", "s5")), "p"))
    run.until(16).take(RemoveNode("n1")).until(25)
    assert run.told(LinkHealed)
    assert not run.world.view().get("cut")


@pytest.mark.parametrize("before", [(), (PauseNode("n1"),)], ids=["up", "paused with mail waiting"])
def test_taking_a_machine_away_is_no_failure(before: tuple[PauseNode, ...]):
    run = Run().until(12).take(AddNode("n1", "a", 4_000, 8_192)).until(14)
    for command in before:
        run.take(command).until(16)
    run.take(RemoveNode("n1")).until(18)
    assert not run.told(NodeKilled)
    assert not any("n1" in things for things in run.world.view().values())


def test_messages_to_a_machine_that_is_gone_die_with_it():
    run = Run().until(12).take(AddNode("n1", "a", 4_000, 8_192)).until(14)
    while not any(message["dst"] == "n1" for message in run.world.view().get("message", {}).values()):
        run.follower.follow(run.world.advance(run.world.now_us + 100_000, max_entries=1))
    run.take(RemoveNode("n1"))
    dropped = [event for event in run.told(MessageDropped) if event.reason == "removed"]
    assert dropped


def test_added_machine_is_killed_and_restarted_like_any_other():
    run = Run().until(12).take(AddNode("n1", "a", 4_000, 8_192)).until(14)
    run.take(KillNode("n1")).until(30)
    ready = run.world.view()["Node"]["n1"]["status"]["conditions"][-1]
    assert (ready["type"], ready["status"]) == ("Ready", "Unknown")
    run.take(RestartNode("n1")).until(45)
    ready = run.world.view()["Node"]["n1"]["status"]["conditions"][-1]
    assert (ready["type"], ready["status"]) == ("Ready", "True")


def test_copy_of_a_world_goes_on_alike():
    run = Run().until(12).take(AddNode("n1", "a", 4_000, 8_192)).take(SubmitTasks(12)).until(14)
    copy: World = pickle.loads(pickle.dumps(run.world))
    for subject in (run.world, copy):
        subject.take(RemoveNode("c2"))
    left, right = run.world.advance(30 * SECOND), copy.advance(30 * SECOND)
    assert left == right


def test_drained_node_is_cordoned_and_emptied():
    run = Run().until(12).take(SubmitTasks(12, duration_ms=60_000)).until(15)
    node = next(fields["node"] for fields in run.world.view()["placement"].values())
    run.take(Drain(node)).until(30)
    fields = run.world.view()["Node"][node]
    assert fields["spec"]["unschedulable"]
    assert fields["metadata"]["annotations"] == {"sim/drain": "drained"}
    pods = run.world.view()["Pod"].values()
    assert not [
        pod for pod in pods if pod["spec"].get("nodeName") == node and pod["status"]["phase"] == "Running"
    ]
    said = [event["message"] for event in run.world.view()["Event"].values() if event["reason"] == "Drained"]
    assert said == [f"node/{node} drained"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(AddNode("c1"), "node-exists", id="a name that is taken"),
        pytest.param(AddNode("No Name"), "bad-node-name", id="no name"),
        pytest.param(AddNode("n1", "nowhere"), "unknown-zone", id="no such zone"),
        pytest.param(AddNode("n1", "a", 0), "out-of-range", id="no cpu"),
        pytest.param(AddNode("n1", "a", labels={"a b": "c"}), "manifest-value", id="a bad label"),
        pytest.param(RemoveNode("n1"), "unknown-node", id="nobody"),
        pytest.param(RemoveNode("s1"), "not-compute", id="a replica"),
    ],
)
def test_refused(command, code):
    refused = Run().until(2).world.take(command)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_everybody_is_added_by_their_registration():
    run = Run().until(12).take(AddNode("n1", "a")).until(14)
    assert [event.node for event in run.told(MachineAdded)] == ["n1"]
    assert "n1" in [event.node for event in run.told(NodeRegistered)]
    run.take(Cordon("n1"))
