"""Random clusters, pods and events of everything that a scheduling cycle may look at, few enough of each that they meet."""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from app.orchestration.objects.affinity import (
    DO_NOT_SCHEDULE,
    SCHEDULE_ANYWAY,
    Affinity,
    NodeAffinity,
    PodAffinity,
    PodAffinityTerm,
    PodAntiAffinity,
    PreferredSchedulingTerm,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)
from app.orchestration.objects.disruption_budget import (
    BudgetSpec,
    BudgetStatus,
    PodDisruptionBudget,
)
from app.orchestration.objects.meta import ObjectMeta, OwnerReference
from app.orchestration.objects.node import HOSTNAME_LABEL, ZONE_LABEL, ContainerImage, Node, Taint
from app.orchestration.objects.pod import (
    Container,
    ContainerPort,
    Pod,
    PodSpec,
    PodTemplate,
    Toleration,
)
from app.orchestration.objects.replica_set import ReplicaSet, ReplicaSetSpec
from app.orchestration.objects.selector import LabelSelector, NodeSelector, NodeSelectorTerm, Requirement
from app.orchestration.objects.service import Service, ServiceSpec
from app.orchestration.scheduler.node_info import PodInfo, pod_info
from tests.orchestration.scheduler.shapes import node_object, pod_object

SPOT = Taint("spot", "PreferNoSchedule")
TAINTS = ((), (), (), (Taint("gone", "NoExecute"),), (SPOT,), (SPOT, Taint("slow", "PreferNoSchedule")))
TOLERATIONS = ((), (), (Toleration("spot", "Exists"),), (Toleration("", "Exists"),))
PREFERS = NodeAffinity(
    preferred_during_scheduling_ignored_during_execution=(
        PreferredSchedulingTerm(7, NodeSelectorTerm((Requirement("disk", "In", ("ssd",)),))),
        PreferredSchedulingTerm(2, NodeSelectorTerm((Requirement(ZONE_LABEL, "Exists"),))),
    )
)
NARROW = NodeAffinity(
    NodeSelector((NodeSelectorTerm(match_fields=(Requirement("metadata.name", "In", ("n1",)),)),))
)
NOT_HDD = NodeAffinity(
    NodeSelector((NodeSelectorTerm((Requirement("disk", "NotIn", ("hdd",)),)),)),
    (PreferredSchedulingTerm(3, NodeSelectorTerm((Requirement("disk", "Exists"),))),),
)
IMAGE = ContainerImage(("big:latest",), 900 << 20)
KEYS = (ZONE_LABEL, HOSTNAME_LABEL, "disk")
SELECTORS = (
    LabelSelector({"app": "web"}),
    LabelSelector({"app": "db"}),
    LabelSelector(match_expressions=(Requirement("app", "Exists"),)),
    LabelSelector(match_expressions=(Requirement("tier", "NotIn", ("front",)),)),
    LabelSelector(),
    None,
)
SPACES = ("default", "default", "default", "other")
OWNERS = ("", "", "rs-web", "rs-db", "rs-gone")


def some_node(random: Random, name: str) -> Node:
    labels: dict[str, str] = {}
    zone, disk = random.choice(("a", "a", "b", "c", "", None)), random.choice(("ssd", "hdd", None))
    if zone is not None:
        labels[ZONE_LABEL] = zone
    if disk is not None:
        labels["disk"] = disk
    if random.random() < 0.9:
        labels[HOSTNAME_LABEL] = name if random.random() < 0.95 else "twin"
    made = node_object(
        name,
        cpu=random.choice((0, 1_000, 4_000, 4_000, 7_777)),
        memory=random.choice((0, 1 << 30, 3 << 30, 3 << 30, (1 << 40) + 1)),
        taints=random.choice(TAINTS),
        cordoned=random.random() < 0.1,
        labels=labels,
        pods=random.choice((1, 3, 110, 110)),
        **random.choice(({}, {"nvidia.com/gpu": 4})),
    )
    images = (IMAGE,) if random.random() < 0.3 else ()
    return replace(made, status=replace(made.status, images=images))


def altered(random: Random, node: Node) -> Node:
    """The node cordoned, tainted or grown: a change that moves no node."""
    spec = replace(node.spec, unschedulable=random.random() < 0.2, taints=random.choice(TAINTS))
    offered = node.status.allocatable | {"cpu": random.choice(("1", "4", "5555m"))}
    return replace(node, spec=spec, status=replace(node.status, allocatable=offered))


def _term(random: Random) -> PodAffinityTerm:
    spaces, chosen = random.choice(
        (((), None), ((), None), (("other",), None), ((), LabelSelector({"team": "x"})))
    )
    return PodAffinityTerm(
        random.choice(KEYS),
        random.choice(SELECTORS),
        spaces,
        chosen,
        random.choice(((), (), ("tier",))),
        random.choice(((), (), ("tier",))),
    )


def _terms(random: Random) -> tuple[PodAffinityTerm, ...]:
    return tuple(_term(random) for _ in range(random.choice((0, 0, 1, 1, 2))))


def _weighted(random: Random) -> tuple[WeightedPodAffinityTerm, ...]:
    return tuple(
        WeightedPodAffinityTerm(random.choice((1, 5, 50, 100)), _term(random))
        for _ in range(random.choice((0, 0, 1, 2)))
    )


def _affinity(random: Random) -> Affinity:
    kind = random.choice(("node", "together", "apart", "apart", "all"))
    nodes = random.choice((PREFERS, NOT_HDD)) if kind in ("node", "all") else None
    if random.random() < 0.05:
        nodes = NARROW
    together = PodAffinity(_terms(random), _weighted(random)) if kind in ("together", "all") else None
    apart = PodAntiAffinity(_terms(random), _weighted(random)) if kind in ("apart", "all") else None
    return Affinity(nodes, together, apart)


def _spread(random: Random) -> tuple[TopologySpreadConstraint, ...]:
    pairs = [(key, action) for key in KEYS for action in (DO_NOT_SCHEDULE, SCHEDULE_ANYWAY)]
    return tuple(
        TopologySpreadConstraint(
            random.choice((1, 1, 2, 3)),
            key,
            action,
            random.choice(SELECTORS),
            random.choice((None, None, 2, 4)) if action == DO_NOT_SCHEDULE else None,
            random.choice(("Honor", "Ignore")),
            random.choice(("Honor", "Ignore")),
            random.choice(((), (), ("tier",))),
        )
        for key, action in random.sample(pairs, random.choice((1, 1, 2, 3)))
    )


def some_pod(random: Random, name: str, alone: bool = False) -> PodInfo:
    """alone: it does not look at other pods."""
    spec: dict[str, Any] = {}
    if random.random() < 0.15:
        spec["node_selector"] = {"disk": "ssd"}
    if alone and random.random() < 0.25:
        named = Requirement("metadata.name", "In", (f"n{random.randint(0, 9)}",))
        nodes = NodeSelector((NodeSelectorTerm(match_fields=(named,)),))
        spec["affinity"] = Affinity(NodeAffinity(nodes, random.choice(((), PREFERS.preferred))))
    if not alone and random.random() < 0.45:
        spec["affinity"] = _affinity(random)
    if not alone and random.random() < 0.3:
        spec["topology_spread_constraints"] = _spread(random)
    labels = {"app": random.choice(("web", "web", "db"))} if random.random() < 0.9 else {}
    if random.random() < 0.4:
        labels["tier"] = random.choice(("front", "back"))
    if random.random() < 0.1:
        labels["only"] = name
    gpus: Any = random.choice(({}, {}, {"nvidia.com/gpu": 1}))
    made = pod_object(
        random.choice((None, 0, 100, 100, 333, 2_000)),
        random.choice((None, 0, 100 << 20, (1 << 30) + 7)),
        name,
        tolerations=random.choice(TOLERATIONS),
        on=f"n{random.randint(0, 9)}" if random.random() < 0.05 else "",
        spec=spec,
        priority=random.choice((0, 0, 1, 2)),
        labels=labels,
        **gpus,
    )
    return pod_info(_dressed(random, made))


def _dressed(random: Random, pod: Pod) -> Pod:
    """With images, ports, a namespace, an owner and a nomination."""
    container = pod.spec.containers[0]
    if random.random() < 0.2:
        port = ContainerPort(80, random.choice((80, 81)), random.choice(("", "10.0.0.1", "10.0.0.2")))
        container = replace(container, ports=(port,))
    containers: tuple[Container, ...] = (container,)
    if random.random() < 0.2:
        containers = (replace(container, image="big"), Container("more", "small"))
    owner = random.choice(OWNERS)
    owners = (OwnerReference("ReplicaSet", owner, owner, "apps/v1", True),) if owner else ()
    metadata = replace(pod.metadata, namespace=random.choice(SPACES), owner_references=owners)
    if random.random() < 0.05:
        metadata = replace(metadata, deletion_timestamp=1)
    status = pod.status
    if random.random() < 0.05:
        status = replace(status, nominated_node_name=f"n{random.randint(0, 9)}")
    return replace(pod, metadata=metadata, spec=replace(pod.spec, containers=containers), status=status)


def replica_set(name: str, selector: LabelSelector) -> ReplicaSet:
    template = PodTemplate(PodSpec((Container("main"),)))
    return ReplicaSet(ObjectMeta(name, "default", uid=name), spec=ReplicaSetSpec(template, selector))


def filler(random: Random, name: str, alone: bool) -> PodInfo:
    """A pod that takes much of a node, for preemption to push out."""
    made = some_pod(random, name, alone)
    requests = made.requests | {
        "cpu": random.choice((300, 500, 1_000, 2_000)), "memory": random.choice((1 << 20, 1 << 30))
    }  # fmt: skip
    priority, start_us = random.choice((-1, 0, 0, 1, 1)), random.choice((None, 1, 2, 3, 3))
    return replace(made, requests=requests, priority=priority, start_us=start_us)


def budgets(random: Random) -> tuple[PodDisruptionBudget, ...]:
    """Budgets with nothing or little left."""
    return tuple(
        PodDisruptionBudget(
            ObjectMeta(f"b{number}", random.choice(SPACES)),
            BudgetSpec(random.choice(SELECTORS)),
            BudgetStatus(
                disrupted_pods={f"f{random.randint(100, 129)}": 1},
                disruptions_allowed=random.choice((0, 0, 1, 2)),
            ),
        )
        for number in range(random.choice((0, 1, 1, 2)))
    )


def surroundings(random: Random) -> dict[str, Any]:
    """What a snapshot has beside nodes: namespaces, budgets, Services and owners."""
    services = (
        Service(ObjectMeta("web", "default"), spec=ServiceSpec({"app": "web"})),
        Service(ObjectMeta("front", "other"), spec=ServiceSpec({"tier": "front"})),
        Service(ObjectMeta("headless", "default"), spec=ServiceSpec()),
    )
    owners = {
        "rs-web": replica_set("rs-web", LabelSelector({"app": random.choice(("web", "web", "db"))})),
        "rs-db": replica_set("rs-db", LabelSelector({"app": "db"})),
    }
    return {
        "namespaces": {"default": {}, "other": {"team": random.choice(("x", "x", "y"))}},
        "budgets": budgets(random),
        "services": tuple(one for one in services if random.random() < 0.6),
        "owners": owners,
    }
