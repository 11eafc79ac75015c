"""The Kubernetes half inside a whole world: consensus under it, delays, disks and failures around it."""

from __future__ import annotations

from typing import Any

import pytest

from app.orchestration.api_events import ResultReturned, SubmissionFailed, TasksSubmitted
from app.orchestration.commands import PauseRollout, ResumeRollout, SetImage, UndoRollout
from app.orchestration.events import ContainerKilled, JobFinished, NodeUnreachable, PodBound, PodEvicted
from app.scenarios import load_scenario
from app.scenarios.yaml_text import manifest_command
from app.vocabulary.base import Command, Entry, Event, Refused
from app.vocabulary.commands import KillNode, RestartNode, SubmitComputation, SubmitTasks
from app.vocabulary.events import CommandTaken, NodeKilled
from app.vocabulary.ids import SECOND
from app.words import word
from app.world.world import World

JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: words, annotations: {sim/duration: 6s}}
spec:
  completions: 6
  parallelism: 6
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "x", resources: {requests: {cpu: 500m, memory: 256Mi}}}]
"""


class Run:
    """A classroom with its log."""

    def __init__(self, seed: int = 42) -> None:
        self.world = World(load_scenario("classroom"), seed)
        self.log: list[Entry] = self.world.start()

    def until(self, seconds: int) -> Run:
        self.log += self.world.advance(seconds * SECOND)
        assert self.world.failure is None, self.world.failure
        return self

    def take(self, command: Command) -> None:
        taken = self.world.take(command)
        assert isinstance(taken, list), taken
        self.log += taken

    def told(self, kind: type[Event]) -> list[Any]:
        return [entry.event for entry in self.log if type(entry.event) is kind]

    def causes(self, kind: type[Event]) -> list[type[Event]]:
        """The kinds of events that the first one of `kind` goes back to."""
        entry = next(entry for entry in self.log if type(entry.event) is kind)
        chain: list[type[Event]] = []
        while entry.cause is not None:
            entry = self.log[entry.cause]
            chain.append(type(entry.event))
        return chain


def test_manifest_runs_to_completion_while_its_node_dies():
    run = Run().until(12)
    run.take(manifest_command(JOB))
    run.until(17)
    victim = run.told(PodBound)[0].node
    run.take(KillNode(victim))
    run.until(50)
    assert [(event.job, event.condition, event.succeeded) for event in run.told(JobFinished)] == [
        ("default/words", "Complete", 6)
    ]
    assert run.told(PodEvicted)
    assert NodeKilled in run.causes(PodEvicted)
    assert run.causes(NodeUnreachable)[-1] is CommandTaken
    assert run.causes(PodBound)[-1] is CommandTaken
    assert run.told(TasksSubmitted) == []


def test_answer_returns_although_leader_and_a_worker_die():
    run = Run().until(12)
    run.take(SubmitComputation("primes", 6, 100_000))
    run.until(16)
    leader = next(id for id, memory in run.world.view()["memory"].items() if memory.get("leading"))
    run.take(KillNode(leader))
    run.take(KillNode("c1"))
    run.until(70)
    assert [event.answer for event in run.told(ResultReturned)] == [{"primes": 9_592, "upto": 100_000}]


@pytest.mark.parametrize("seed", [1, 2])
def test_majority_gone_for_ten_times_the_grace_moves_no_pod(seed):
    run = Run(seed).until(12)
    run.take(SubmitTasks(12, duration_ms=600_000))
    run.until(20)
    where = {pod: fields["node"] for pod, fields in run.world.view()["placement"].items()}
    assert len(where) == 12
    for node in ("s1", "s2", "s3"):
        run.take(KillNode(node))
    run.until(80)
    for node in ("s1", "s2", "s3"):
        run.take(RestartNode(node))
    run.until(120)
    pods = run.world.view()["Pod"]
    assert {pod: fields["spec"]["nodeName"] for pod, fields in pods.items()} == where
    assert {fields["status"]["phase"] for fields in pods.values()} == {"Running"}
    assert not run.told(PodEvicted)
    assert not run.told(ContainerKilled)


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "web:1"}]}
"""


def test_a_rollout_goes_back_only_where_there_is_something_to_go_back_to():
    """As kubectl, which looks before it asks: nothing is logged, and the sentence is there at once."""
    run = Run().until(6)
    run.take(manifest_command(DEPLOYMENT))
    run.until(10)

    def refused(revision: int = 0) -> str:
        before = len(run.log)
        answer = run.world.take(UndoRollout("Deployment", "web", revision))
        assert isinstance(answer, Refused)
        assert len(run.log) == before
        return word("refused", answer.code, answer.fields)

    why = 'no rollout history found for deployment "web"'
    assert refused() == f"There is no revision of Deployment web to go back to: {why}"
    assert refused(7) == "Deployment web has no revision 7; there are 1"
    run.take(SetImage("Deployment", "web", "web:2"))
    run.until(14)
    run.take(PauseRollout("web"))
    run.until(15)
    assert refused() == "Deployment web is paused, so it cannot go back; resume it first"
    run.take(ResumeRollout("web"))
    run.until(16)
    run.take(UndoRollout("Deployment", "web"))
    run.until(20)
    assert run.told(SubmissionFailed) == []
    assert refused(1) == "Deployment web has no revision 1; there are 2, 3"
