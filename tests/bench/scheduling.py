"""Scheduling cycles per second at 5,000 nodes with the default profile, every decision explained; and binds through the log.

The peer is the plain cycle, which asks every plug-in of every node, over the same cluster and the same pods. All in seconds
of processor time: one core's worth, whatever else the machine does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from app.orchestration.events import PodBound
from app.orchestration.objects.affinity import (
    Affinity,
    PodAffinityTerm,
    PodAntiAffinity,
    TopologySpreadConstraint,
)
from app.orchestration.objects.meta import ObjectMeta, OwnerReference
from app.orchestration.objects.node import HOSTNAME_LABEL, ZONE_LABEL, Node, NodeSpec, NodeStatus
from app.orchestration.objects.pod import Container, ContainerPort, Pod, PodSpec, PodTemplate, Resources
from app.orchestration.objects.replica_set import ReplicaSet, ReplicaSetSpec
from app.orchestration.objects.selector import LabelSelector
from app.orchestration.objects.service import Service, ServiceSpec
from app.orchestration.scheduler.attempts import attempt_of
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.cycle import Scheduler
from app.orchestration.scheduler.node_info import PodInfo, pod_info
from app.orchestration.scheduler.queue import Waiting
from app.orchestration.scheduler.vectorised import VectorScheduler
from app.scenarios import load_scenario
from app.vocabulary.base import Moment
from app.vocabulary.commands import SubmitTasks
from app.vocabulary.ids import Ballot
from app.world.scenario import with_size
from app.world.world import World
from tests.bench.measure import Row

NODES, PODS = 5_000, 10_000
APPS = 100
"""Deployments that the pods of the later rows belong to, in turn; each has its own claims, labels and Service."""

PLAIN_CYCLES = 6
ROUNDS = 3
VERDICT_ROWS = 50
BALLOT = Ballot(1, "s1")
BINDS = 1_000
EACH, WAITING = 8, 500
"""Pods on each node of a full cluster, and pods that wait for it."""

Spec = Callable[[str, int], dict[str, Any]]
"""What a kind of workload adds to the spec of a pod, given its labels' app and the app's number."""


def nodes() -> Iterator[Node]:
    """Machines of four sizes in three zones."""
    for n in range(NODES):
        cpu, memory = ((32, 128), (64, 256), (96, 384), (128, 1_024))[n % 4]
        labels = {ZONE_LABEL: f"z{n % 3}", HOSTNAME_LABEL: f"n{n:04}"}
        offered = {"cpu": str(cpu), "memory": f"{memory}Gi", "pods": "110"}
        yield Node(ObjectMeta(f"n{n:04}", labels=labels), NodeSpec(), NodeStatus(offered))


def resources(shape: int) -> Resources:
    return Resources({"cpu": f"{250 * (1 + shape % 10)}m", "memory": f"{256 * (1 + shape)}Mi"})


def pods(shapes: int) -> list[PodInfo]:
    """Pods of nobody, of so many shapes in turn."""
    made: list[PodInfo] = []
    for n in range(PODS):
        spec = PodSpec((Container("main", resources=resources(n % shapes)),))
        made.append(pod_info(Pod(ObjectMeta(f"p{n}", "default", uid=f"u{n}"), spec)))
    return made


def apps(more: Spec) -> list[PodInfo]:
    """Pods of Deployments, one of each in turn."""
    made: list[PodInfo] = []
    for n in range(PODS):
        app = f"app{n % APPS}"
        owner = OwnerReference("ReplicaSet", app, app, "apps/v1", controller=True)
        metadata = ObjectMeta(f"p{n}", "default", uid=f"u{n}", labels={"app": app}, owner_references=(owner,))
        added = more(app, n % APPS)
        container = Container("main", resources=resources(n % APPS), ports=added.pop("ports", ()))
        made.append(pod_info(Pod(metadata, PodSpec((container,), **added))))
    return made


def over_zones(app: str, number: int) -> dict[str, Any]:
    """Never more than one pod of difference between the zones."""
    return {
        "topology_spread_constraints": (
            TopologySpreadConstraint(1, ZONE_LABEL, label_selector=LabelSelector({"app": app})),
        )
    }


def one_a_host(app: str, number: int) -> dict[str, Any]:
    """Never two of an app on one node."""
    term = PodAffinityTerm(HOSTNAME_LABEL, LabelSelector({"app": app}))
    return {"affinity": Affinity(pod_anti_affinity=PodAntiAffinity((term,)))}


def own_port(app: str, number: int) -> dict[str, Any]:
    """A port of the host for each app."""
    return {"ports": (ContainerPort(80, 8_000 + number),)}


WORKLOADS: dict[str, Callable[[], list[PodInfo]]] = {
    "alike": lambda: pods(1),
    "30 shapes": lambda: pods(30),
    "100 shapes": lambda: pods(100),
    f"{APPS} ReplicaSets": lambda: apps(lambda app, number: {}),
    "spread over zones": lambda: apps(over_zones),
    "anti-affinity by host": lambda: apps(one_a_host),
    "host ports": lambda: apps(own_port),
}


def surround(cache: SchedulerCache) -> None:
    """The ReplicaSets and Services of all apps."""
    owners: dict[str, ReplicaSet] = {}
    services: list[Service] = []
    for number in range(APPS):
        app = f"app{number}"
        template = PodTemplate(PodSpec((Container("main"),)))
        spec = ReplicaSetSpec(template, LabelSelector({"app": app}), PODS // APPS)
        owners[app] = ReplicaSet(ObjectMeta(app, "default", uid=app), spec=spec)
        services.append(Service(ObjectMeta(app, "default", uid=f"s-{app}"), spec=ServiceSpec({"app": app})))
    cache.surround({"default": {}}, (), tuple(services), owners)


def cycles(kind: type[Scheduler], todo: list[PodInfo]) -> float:
    """Cycles a second: choose, explain, count in."""
    cache = SchedulerCache()
    for node in nodes():
        cache.set_node(node)
    if any(pod.owners for pod in todo):
        surround(cache)
    scheduler = kind(cache, default_profile(), VERDICT_ROWS)
    at = Moment(0, 0, 0)
    started = time.process_time()
    for number, pod in enumerate(todo):
        decision = scheduler.choose(pod)
        attempt = attempt_of(decision, Waiting(pod, 0, number, 0), 1, BALLOT, at, ())
        assert attempt.node
        assert len(attempt.rows) == 10
        cache.assume(pod, decision.node, 0)
    return len(todo) / (time.process_time() - started)


def full_cluster() -> SchedulerCache:
    """Every node full of eight pods, of priorities 0 to 6."""
    cache = SchedulerCache()
    for number, node in enumerate(nodes()):
        cache.set_node(node)
        cpu = int(node.status.allocatable["cpu"]) * 1_000 // EACH
        for n in range(number * EACH, (number + 1) * EACH):
            cache.assume(claiming(f"f{n}", cpu, n % 7), node.metadata.name, 0)
    return cache


def claiming(name: str, cpu: int, priority: int) -> PodInfo:
    container = Container("main", resources=Resources({"cpu": f"{cpu}m", "memory": "256Mi"}))
    return pod_info(
        Pod(ObjectMeta(name, "default", uid=f"u-{name}"), PodSpec((container,), priority=priority))
    )


def refusals(kind: type[Scheduler], number: int, priority: int) -> float:
    """Cycles a second that find no node; those that preempt have their victims leave, and the node kept."""
    cache = full_cluster()
    scheduler = kind(cache, default_profile(), VERDICT_ROWS)
    todo = [claiming(f"h{n}", 16_000, priority) for n in range(number)]
    started = time.process_time()
    for pod in todo:
        found = scheduler.choose(pod).nomination
        assert found is not None
        assert bool(found.node) == bool(priority)
        if found.node:
            scheduler.nominator.add(pod, found.node)
            for victim in found.victims:
                cache.remove(victim.pod)
    return number / (time.process_time() - started)


def binds() -> float:
    """Bindings a second that a whole world decides through its log, with kubelets that take the pods."""
    world = World(with_size(load_scenario("datacenter"), 5, 60), 1)
    world.start()
    world.advance(20_000_000)
    started = time.process_time()
    world.take(SubmitTasks(count=BINDS, name="j", cpu_milli=50, memory_mib=8, duration_ms=3_600_000))
    bound = 0
    while bound < BINDS:
        bound += sum(type(entry.event) is PodBound for entry in world.advance(world.now_us + 100_000))
    return bound / (time.process_time() - started)


def run() -> list[Row]:
    """The figures of this benchmark."""
    rows: list[Row] = []
    for name, make in WORKLOADS.items():
        todo = make()
        plain = cycles(Scheduler, todo[:PLAIN_CYCLES])
        fast = max(cycles(VectorScheduler, todo) for _ in range(ROUNDS))
        rows.append(
            Row("scheduling", f"{NODES:,} nodes, {name}", fast, "cycles/s", fast / plain, "plain plug-ins")
        )
    for name, priority in (("full, none may preempt", 0), ("full, all preempt", 100)):
        plain, fast = (
            refusals(Scheduler, PLAIN_CYCLES, priority),
            refusals(VectorScheduler, WAITING, priority),
        )
        rows.append(
            Row("scheduling", f"{NODES:,} nodes, {name}", fast, "cycles/s", fast / plain, "plain plug-ins")
        )
    rows.append(Row("scheduling", "bindings through the log", binds(), "binds/s"))
    return rows
