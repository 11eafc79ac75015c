"""Scheduling cycles per second at 5,000 nodes with the default profile, every decision explained; and binds through the log.

The peer is the plain cycle, which asks every plug-in of every node, over the same cluster. All in seconds of processor time:
one core's worth, whatever else the machine does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from app.orchestration.events import PodBound
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import HOSTNAME_LABEL, ZONE_LABEL, Node, NodeSpec, NodeStatus
from app.orchestration.objects.pod import Container, Pod, PodSpec, Resources
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

NODES, PODS, SHAPES = 5_000, 10_000, 30
PLAIN_CYCLES = 12
ROUNDS = 3
VERDICT_ROWS = 50
BALLOT = Ballot(1, "s1")
BINDS = 1_000


def nodes() -> Iterator[Node]:
    """Machines of four sizes in three zones."""
    for n in range(NODES):
        cpu, memory = ((32, 128), (64, 256), (96, 384), (128, 1_024))[n % 4]
        labels = {ZONE_LABEL: f"z{n % 3}", HOSTNAME_LABEL: f"n{n:04}"}
        offered = {"cpu": str(cpu), "memory": f"{memory}Gi", "pods": "110"}
        yield Node(ObjectMeta(f"n{n:04}", labels=labels), NodeSpec(), NodeStatus(offered))


def pods(shapes: int) -> list[PodInfo]:
    """Pods of so many shapes in turn."""
    made: list[PodInfo] = []
    for n in range(PODS):
        shape = n % shapes
        requests = {"cpu": f"{250 * (1 + shape % 10)}m", "memory": f"{256 * (1 + shape)}Mi"}
        spec = PodSpec((Container("main", resources=Resources(requests)),))
        made.append(pod_info(Pod(ObjectMeta(f"p{n}", "default", uid=f"u{n}"), spec)))
    return made


def cycles(kind: type[Scheduler], todo: list[PodInfo]) -> float:
    """Cycles a second: choose, explain, count in."""
    cache = SchedulerCache()
    for node in nodes():
        cache.set_node(node)
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
    alike, mixed = pods(1), pods(SHAPES)
    same = fast = plain = 0.0
    for _ in range(ROUNDS):
        same = max(same, cycles(VectorScheduler, alike))
        fast = max(fast, cycles(VectorScheduler, mixed))
        plain = max(plain, cycles(Scheduler, mixed[:PLAIN_CYCLES]))
    size = f"{NODES:,} nodes, {PODS:,} pods"
    return [
        Row("scheduling", f"{size} alike", same, "cycles/s", same / plain, "plain plug-ins"),
        Row("scheduling", f"{size}, {SHAPES} shapes", fast, "cycles/s", fast / plain, "plain plug-ins"),
        Row("scheduling", "plain plug-ins", plain, "cycles/s"),
        Row("scheduling", "bindings through the log", binds(), "binds/s"),
    ]
