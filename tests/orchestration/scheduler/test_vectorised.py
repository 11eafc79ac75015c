"""The arrays say what the plain plug-ins say, to the last digit, over random clusters and whatever happens to them."""

from __future__ import annotations

import pickle
from contextlib import ExitStack
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orchestration.objects.affinity import (
    Affinity,
    NodeAffinity,
    PodAffinityTerm,
    PodAntiAffinity,
    TopologySpreadConstraint,
)
from app.orchestration.objects.disruption_budget import BudgetSpec, BudgetStatus, PodDisruptionBudget
from app.orchestration.objects.meta import ObjectMeta, OwnerReference
from app.orchestration.objects.node import HOSTNAME_LABEL, Node, Taint
from app.orchestration.objects.pod import PodStatus
from app.orchestration.objects.selector import LabelSelector, NodeSelector, NodeSelectorTerm, Requirement
from app.orchestration.scheduler import cache
from app.orchestration.scheduler.cycle import Decision, Scheduler
from app.orchestration.scheduler.framework import Nomination
from app.orchestration.scheduler.node_info import PodInfo, pod_info
from app.orchestration.scheduler.plugins.inter_pod_affinity import share_of
from app.orchestration.scheduler.vectorised import VectorScheduler, covers, matrix, spread_scores, table
from app.orchestration.scheduler.vectorised.affinity import normalised
from tests.orchestration.scheduler.random_clusters import (
    altered,
    filler,
    replica_set,
    some_node,
    some_pod,
    surroundings,
)
from tests.orchestration.scheduler.shapes import node_object, pod_object, scheduler

ROWS = 3
"""So that clusters of more than three nodes are judged by the arrays."""

VERBS = (
    *("bind",) * 8, *("free",) * 2, "force", "look", "alter", "alter", "node", "drop", "nominate", "give up", "around",
    "copy", "leave",
)  # fmt: skip

FULL_VERBS = (*("preempt",) * 8, *("bind",) * 3, *("fill",) * 3, *(verb for verb in VERBS if verb != "bind"))
"""What happens to a full cluster."""


def vectors(*nodes: Node, **more: Any) -> VectorScheduler:
    plain = scheduler(*nodes, rows=ROWS, **more)
    return VectorScheduler(plain.cache, plain.profile, ROWS, plain.nominator, plain.chance)


def told(decision: Decision) -> Decision:
    return replace(decision, state=None)


class Draws:
    """A stream of chance that remembers what was asked of it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.asked: list[tuple[int, int]] = []

    def uniform_int(self, low: int, high: int) -> int:
        self.asked.append((low, high))
        return self.random.randint(low, high)


class Cluster:
    """A random cluster, and what happens to it. seen: what the cycles found, to tell what a test has covered."""

    def __init__(self, seed: int, full: bool = False) -> None:
        self.random = random = Random(seed)
        self.verbs = FULL_VERBS if full else VERBS
        nodes = [some_node(random, f"n{n}") for n in range(random.randint(4, 10))]
        self.chooser = vectors(*nodes, chance=Draws(seed) if random.random() < 0.3 else None)
        self.chooser.cache.surround(**surroundings(random))
        self.bound: dict[str, PodInfo] = {}
        self.alone = full and random.random() < 0.6
        self.kinds = [some_pod(random, f"k{n}", self.alone) for n in range(4)]
        self.seen: list[Decision] = []
        for number in range(100, 130 if full else 100):
            self.happen("fill", number, self.kinds[0])

    def pod(self, step: int) -> PodInfo:
        """One of a few kinds, or a new one."""
        if self.random.random() < 0.7:
            return replace(self.random.choice(self.kinds), key=f"default/p{step}", uid=f"uid-p{step}")
        return some_pod(self.random, f"p{step}", self.alone)

    def step(self, number: int) -> None:
        random, chooser, pod = self.random, self.chooser, self.pod(number)
        verb = random.choice(self.verbs)
        self.happen(verb, number, pod)
        plain = Scheduler(chooser.cache, chooser.profile, ROWS, chooser.nominator)
        plain.start = chooser.start
        if self.chooser.chance is not None:
            plain.chance = pickle.loads(pickle.dumps(self.chooser.chance))
        decision, expected = self.chooser.choose(pod), plain.choose(pod)
        assert told(decision) == told(expected), f"step {number}, {verb}: {pod}"
        assert self.chooser.start == plain.start
        assert getattr(self.chooser.chance, "asked", None) == getattr(plain.chance, "asked", None)
        self.seen.append(decision)
        if decision.node and verb == "bind":
            self.bind(pod, decision.node)
        if decision.nomination is not None and verb == "preempt":
            self.preempt(pod, decision.nomination)

    def preempt(self, pod: PodInfo, nomination: Nomination) -> None:
        """The victims leave, at once or not; the place is kept."""
        for victim in nomination.victims:
            self.leave(victim.pod, at_once=self.random.random() < 0.6)
        if nomination.node:
            self.chooser.nominator.add(pod, nomination.node)

    def leave(self, key: str, at_once: bool) -> None:
        cache = self.chooser.cache
        if at_once:
            del self.bound[key]
            cache.remove(key)
        else:
            self.bound[key] = leaving = replace(self.bound[key], terminating=True, preempted=True)
            cache.confirm(leaving, cache.node_of[key])

    def bind(self, pod: PodInfo, node: str) -> None:
        self.chooser.cache.assume(pod, node, 0)
        self.chooser.nominator.remove(pod.key)
        self.bound[pod.key] = pod

    def happen(self, verb: str, number: int, pod: PodInfo) -> None:
        random, chooser = self.random, self.chooser
        names = list(chooser.cache.nodes)
        if verb == "free" and self.bound:
            self.leave(random.choice(list(self.bound)), at_once=True)
        elif verb == "leave" and self.bound:
            self.leave(random.choice(list(self.bound)), at_once=False)
        elif verb == "fill":
            self.bind(filler(random, f"f{number}", self.alone), random.choice(names))
        elif verb == "force":
            self.bind(some_pod(random, f"f{number}", self.alone), random.choice(names))
        elif verb == "alter":
            chooser.cache.set_node(altered(random, chooser.cache.nodes[random.choice(names)].node))
        elif verb == "node":
            chooser.cache.set_node(some_node(random, f"n{random.randint(0, 11)}"))
        elif verb == "drop" and len(names) > ROWS + 1:
            self.drop(random.choice(names))
        elif verb == "nominate":
            chooser.nominator.add(some_pod(random, f"w{number}", self.alone), random.choice(names))
        elif verb == "give up" and chooser.nominator.node_of:
            chooser.nominator.remove(random.choice(list(chooser.nominator.node_of)))
        elif verb == "around":
            chooser.cache.surround(**surroundings(random))
        elif verb == "copy":
            self.chooser = pickle.loads(pickle.dumps(chooser))

    def drop(self, name: str) -> None:
        for key in list(self.chooser.cache.nodes[name].pods):
            del self.bound[key]
        self.chooser.cache.remove_node(name)


@pytest.mark.parametrize("few", [0, 48], ids=["in arrays", "one by one"])
@pytest.mark.parametrize("short", [False, True], ids=["long logs", "short logs"])
@pytest.mark.parametrize("full", [False, True], ids=["with room", "full"])
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_arrays_agree_with_the_plain_plugins(few, short, full, seed):
    with ExitStack() as stack:
        stack.enter_context(patch.object(table, "FEW", few))
        stack.enter_context(patch.object(spread_scores, "FEW", few))
        if short:
            stack.enter_context(patch.object(cache, "JOURNAL_MAX", 4))
            stack.enter_context(patch.object(matrix, "LIFE", 10))
        cluster = Cluster(seed, full)
        for number in range(25):
            cluster.step(number)


def test_the_default_profile_is_covered_and_used():
    chooser = vectors(*(node_object(f"n{n}") for n in range(6)))
    assert covers(chooser.profile)
    with patch.object(Scheduler, "choose", side_effect=AssertionError("the plain cycle")):
        assert chooser.choose(pod_info(pod_object(100, 100))).node == "n0"


ON_N2 = NodeAffinity(
    NodeSelector((NodeSelectorTerm(match_fields=(Requirement("metadata.name", "In", ("n2",)),)),))
)
OF_ONE_NODE = {
    "named by node affinity": pod_object(100, 100, spec={"affinity": Affinity(ON_N2)}),
    "named by nodeName": pod_object(100, 100, on="n2"),
    "nominated": replace(pod_object(100, 100), status=PodStatus("Pending", nominated_node_name="n2")),
    "named and full": pod_object(9_000, 100, spec={"affinity": Affinity(ON_N2)}),
}


@pytest.mark.parametrize("made", OF_ONE_NODE.values(), ids=OF_ONE_NODE)
def test_pods_of_one_node_take_the_arrays_too(made):
    nodes = [node_object(f"n{n}") for n in range(6)]
    chooser, pod = vectors(*nodes), pod_info(made)
    expected = told(scheduler(*nodes, rows=ROWS).choose(pod))
    with patch.object(Scheduler, "choose", side_effect=AssertionError("the plain cycle")):
        assert told(chooser.choose(pod)) == expected


def guarding(allowed: int, selector: LabelSelector) -> PodDisruptionBudget:
    return PodDisruptionBudget(
        ObjectMeta("b", "default"), BudgetSpec(selector), BudgetStatus(disruptions_allowed=allowed)
    )


WEB, DB = LabelSelector({"app": "web"}), LabelSelector({"app": "db"})
BUDGETS = {
    "less is allowed": (guarding(1, WEB), guarding(0, WEB)),
    "it means others": (guarding(0, DB), guarding(0, WEB)),
    "it is new": (None, guarding(0, WEB)),
}


@pytest.mark.parametrize(("before", "after"), BUDGETS.values(), ids=BUDGETS)
def test_dry_runs_are_forgotten_when_of_a_budget(before, after):
    nodes = [node_object(f"n{n}") for n in range(6)]
    chooser, pod = vectors(*nodes), pod_info(pod_object(4_000, 100, priority=5))
    for number in range(6):
        labels = {"app": "web" if number < 3 else "free"}
        chooser.cache.assume(pod_info(pod_object(4_000, 100, f"f{number}", labels=labels)), f"n{number}", 0)
    plain = Scheduler(chooser.cache, chooser.profile, ROWS, chooser.nominator)
    whys = []
    for budget in (before, after):
        chooser.cache.surround({}, () if budget is None else (budget,))
        decision = told(chooser.choose(pod))
        assert decision == told(plain.choose(pod))
        assert decision.nomination is not None
        whys.append(decision.nomination.victims[0].why)
    assert "PodDisruptionBudgets" in whys[1] or "breaks no" in whys[1]
    assert whys[0] != whys[1]


def around(selected: str, team: str) -> dict[str, Any]:
    """A ReplicaSet that selects an app, and a namespace of a team."""
    return {
        "namespaces": {"default": {}, "other": {"team": team}},
        "owners": {"rs": replica_set("rs", LabelSelector({"app": selected}))},
    }


def owned(name: str, app: str, **spec: Any) -> PodInfo:
    made = pod_object(100, 100, name, labels={"app": app}, spec=spec)
    owner = OwnerReference("ReplicaSet", "rs", "rs", "apps/v1", controller=True)
    return pod_info(replace(made, metadata=replace(made.metadata, owner_references=(owner,))))


APART = PodAntiAffinity(
    (PodAffinityTerm(HOSTNAME_LABEL, LabelSelector(), namespace_selector=LabelSelector({"team": "x"})),)
)
EVEN = TopologySpreadConstraint(
    1, HOSTNAME_LABEL, label_selector=LabelSelector({"app": "web"}), node_taints_policy="Honor"
)
CHANGES = {
    "the owner selects others": (owned("p", "web"), lambda cache: cache.surround(**around("db", "x"))),
    "a namespace is of another team": (
        owned("p", "web", affinity=Affinity(pod_anti_affinity=APART)),
        lambda cache: cache.surround(**around("web", "y")),
    ),
    "the emptiest node no longer counts": (
        owned("p", "web", topology_spread_constraints=(EVEN,)),
        lambda cache: cache.set_node(hosted(5, taints=(Taint("gone", "NoExecute"),))),
    ),
}


def hosted(number: int, **more: Any) -> Node:
    return node_object(f"n{number}", labels={HOSTNAME_LABEL: f"n{number}"}, **more)


@pytest.mark.parametrize(("pod", "change"), CHANGES.values(), ids=CHANGES)
def test_what_is_known_of_a_kind_of_pods_is_forgotten_when(pod, change):
    chooser = vectors(*(hosted(number) for number in range(6)))
    chooser.cache.surround(**around("web", "x"))
    for number in range(5):
        chooser.cache.assume(owned(f"b{number}", "web"), f"n{number}", 0)
        chooser.cache.assume(replace(owned(f"d{number}", "db"), namespace="other"), f"n{number}", 0)
    plain = Scheduler(chooser.cache, chooser.profile, ROWS, chooser.nominator)
    before = told(chooser.choose(pod))
    assert before == told(plain.choose(pod))
    change(chooser.cache)
    after = told(chooser.choose(pod))
    assert after == told(plain.choose(pod))
    assert after != before


def test_affinity_is_normalised_as_in_double_precision():
    raws = np.arange(101)
    assert normalised(raws, raws >= 0).tolist() == [share_of(raw, 100) for raw in range(101)]
