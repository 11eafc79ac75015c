"""The scenario `autoscaling` in a whole world: load brings pods, pods bring nodes, and all of them go with the load."""

from __future__ import annotations

import json
from typing import Any

from app.orchestration.commands import SetLoad
from app.scenarios.loader import load_scenario
from app.vocabulary.base import Command
from app.vocabulary.commands import SubmitManifest
from app.vocabulary.ids import SECOND
from app.web.api.library import demos
from app.world.world import World

DEMO = "grow-and-shrink"


class Watched:
    """A world, and the Kubernetes Events that it recorded: (reason, message)."""

    def __init__(self) -> None:
        self.world = World(load_scenario("autoscaling"), 42)
        self.world.start()
        self.said: list[tuple[str, str]] = []

    def run(self, seconds: int) -> None:
        until_us = self.world.now_us + seconds * SECOND
        while self.world.now_us < until_us and self.world.failure is None:
            for entry in self.world.advance(until_us):
                for _, event in getattr(entry.event, "notes", ()):
                    if event is not None:
                        self.said.append((event["reason"], event["message"]))
        assert self.world.failure is None, self.world.failure

    def take(self, command: Command) -> None:
        assert isinstance(self.world.take(command), list)

    def nodes(self) -> int:
        return len(self.world.view()["Node"])

    def messages(self, reason: str) -> list[str]:
        return [message for said, message in self.said if said == reason]


def manifests() -> list[dict[str, Any]]:
    """What the demo submits."""
    (demo,) = [demo for demo in demos() if demo["id"] == DEMO]
    wishes = [wish for step in demo["steps"] if "do" in step for wish in _many(step["do"])]
    return [wish["manifest"] for wish in wishes if wish["type"] == "submit-manifest"]


def _many(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def test_nodes_come_and_go_with_the_load_and_each_step_has_its_reason():
    seen = Watched()
    seen.run(6)
    *first, report = manifests()
    for manifest in first:
        seen.take(SubmitManifest(json.dumps(manifest)))
    seen.run(6)
    assert seen.nodes() == 1
    seen.take(SetLoad("Deployment", "shop", 5_000))
    seen.run(18)
    rescale, *_ = seen.messages("SuccessfulRescale")
    assert rescale.startswith(
        "New size: 17; reason: cpu resource utilization (percentage of request) above target (cpu"
    )
    assert any(
        text.startswith("0/1 nodes are available: 1 Insufficient cpu")
        for text in seen.messages("FailedScheduling")
    )
    assert seen.messages("ScaledUpGroup")[-1].startswith("Scale-up: group workers size set to 5 instead of")
    assert seen.messages("TriggeredScaleUp")
    assert seen.nodes() == 6
    seen.take(SubmitManifest(json.dumps(report)))
    seen.run(4)
    seen.take(SetLoad("Deployment", "shop", 200))
    seen.run(35)
    assert seen.messages("ScaleDownEmpty")
    assert any("pods to reschedule: default/" in text for text in seen.messages("ScaleDown"))
    assert seen.messages("ScaleDown").count("node removed by cluster autoscaler") == 5
    assert seen.nodes() == 1
    running = [pod for pod in seen.world.view()["Pod"].values() if pod["status"]["phase"] == "Running"]
    assert len(running) == 3
