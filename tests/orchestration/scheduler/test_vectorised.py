"""The arrays say what the plain plug-ins say, to the last digit, over random clusters and whatever happens to them."""

from __future__ import annotations

import pickle
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orchestration.objects.affinity import Affinity, NodeAffinity, PreferredSchedulingTerm
from app.orchestration.objects.node import ContainerImage, Node, Taint
from app.orchestration.objects.pod import Container, Toleration
from app.orchestration.objects.selector import NodeSelectorTerm, Requirement
from app.orchestration.scheduler import verdict_tables
from app.orchestration.scheduler.cycle import Decision, Scheduler
from app.orchestration.scheduler.node_info import PodInfo, pod_info
from app.orchestration.scheduler.vectorised import VectorScheduler, covers
from tests.orchestration.scheduler.shapes import node_object, pod_object, scheduler

ROWS = 3
"""So that clusters of more than three nodes are judged by the arrays."""

SPOT = Taint("spot", "PreferNoSchedule")
TAINTS = ((), (Taint("gone", "NoExecute"),), (SPOT,), (SPOT, Taint("slow", "PreferNoSchedule")))
TOLERATIONS = ((), (Toleration("spot", "Exists"),), (Toleration("", "Exists"),))
PREFERS = Affinity(
    NodeAffinity(
        preferred_during_scheduling_ignored_during_execution=(
            PreferredSchedulingTerm(7, NodeSelectorTerm((Requirement("disk", "In", ("ssd",)),))),
            PreferredSchedulingTerm(2, NodeSelectorTerm((Requirement("zone", "Exists"),))),
        )
    )
)
IMAGE = ContainerImage(("big:latest",), 900 << 20)


def vectors(*nodes: Node, **more: Any) -> VectorScheduler:
    plain = scheduler(*nodes, rows=ROWS, **more)
    return VectorScheduler(plain.cache, plain.profile, ROWS, plain.nominator)


@st.composite
def nodes(draw, name: str) -> Node:
    made = node_object(
        name,
        cpu=draw(st.sampled_from([0, 1_000, 4_000, 7_777])),
        memory=draw(st.sampled_from([0, 1 << 30, 3 << 30, (1 << 40) + 1])),
        taints=draw(st.sampled_from(TAINTS)),
        cordoned=draw(st.integers(0, 5)) == 0,
        labels=draw(st.sampled_from([{}, {"disk": "ssd"}, {"disk": "hdd", "zone": "a"}])),
        pods=draw(st.sampled_from([1, 3, 110])),
        **draw(st.sampled_from([{}, {"nvidia.com/gpu": 4}])),
    )
    images = (IMAGE,) if draw(st.integers(0, 3)) == 0 else ()
    return replace(made, status=replace(made.status, images=images))


@st.composite
def pods(draw, name: str = "p") -> PodInfo:
    made = pod_object(
        draw(st.sampled_from([None, 0, 100, 333, 2_000])),
        draw(st.sampled_from([None, 0, 100 << 20, (1 << 30) + 7])),
        name,
        tolerations=draw(st.sampled_from(TOLERATIONS)),
        spec=draw(st.sampled_from([{}, {"node_selector": {"disk": "ssd"}}, {"affinity": PREFERS}])),
        priority=draw(st.integers(0, 2)),
        **draw(st.sampled_from([{}, {"nvidia.com/gpu": 1}])),
    )
    if draw(st.integers(0, 3)) == 0:
        container = replace(made.spec.containers[0], image="big")
        made = replace(made, spec=replace(made.spec, containers=(container, Container("more", "small"))))
    return pod_info(made)


def told(decision: Decision) -> Decision:
    return replace(decision, state=None)


@pytest.mark.parametrize("few", [0, 5], ids=["judged in arrays", "judged one by one"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_arrays_agree_with_the_plain_plugins(few, data):
    with patch.object(verdict_tables, "FEW", few):
        agree(data)


def agree(data):
    chooser = vectors(*(data.draw(nodes(f"n{n}")) for n in range(data.draw(st.integers(4, 9)))))
    bound: list[str] = []
    for step in range(data.draw(st.integers(1, 12))):
        verb = data.draw(st.sampled_from(["bind", "bind", "bind", "free", "node", "copy"]))
        pod = data.draw(pods(f"p{step}"))
        if verb == "free" and bound:
            chooser.cache.remove(bound.pop(0))
        elif verb == "node":
            chooser.cache.set_node(data.draw(nodes(f"n{data.draw(st.integers(0, 9))}")))
        elif verb == "copy":
            chooser = pickle.loads(pickle.dumps(chooser))
        plain = Scheduler(chooser.cache, chooser.profile, ROWS, chooser.nominator)
        decision = chooser.choose(pod)
        assert told(decision) == told(plain.choose(pod))
        if decision.node and verb == "bind":
            chooser.cache.assume(pod, decision.node, 0)
            bound.append(pod.key)


def test_the_default_profile_is_covered_and_used():
    chooser = vectors(*(node_object(f"n{n}") for n in range(6)))
    assert covers(chooser.profile)
    pod = pod_info(pod_object(100, 100))
    chooser.choose(pod)
    assert list(chooser._tables) == [pod.shape]


def test_only_what_changed_is_judged_again(monkeypatch):
    chooser = vectors(*(node_object(f"n{n}") for n in range(20)))
    pod = pod_info(pod_object(100, 100))
    chooser.choose(pod)
    table = chooser._tables[pod.shape]
    judged: list[int] = []
    judge = table._judge_one

    def watched(place: int) -> None:
        judged.append(place)
        judge(place)

    monkeypatch.setattr(table, "_judge_one", watched)
    chooser.cache.assume(replace(pod, key="default/other"), "n7", 0)
    chooser.choose(pod)
    assert [table.matrix.names[place] for place in judged] == ["n7"]
