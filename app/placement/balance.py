"""The article's own measure, tasks over nodes, and what else tells how well pods are placed. Integers, folded from the log.

- Imbalance of values x over n nodes: max(x) / mean(x); 1 is even, n is all on one node.
- Jain's fairness index: (sum x)^2 / (n * sum x^2); 1 is even, 1/n is all on one node.
  Source: Jain, Chiu, Hawe, "A Quantitative Measure of Fairness and Discrimination ...", DEC-TR-301, 1984.
- Fragmentation of a resource by a set of pods: the part of what is free that lies on nodes where a pod does not fit,
  averaged over the pods.
  Source: F_n(M), equation 1, of Weng et al., "Beware of Fragmentation", USENIX ATC 2023, with each pod as a task of its
  own class; GPUs are shares of one pool here, so their case of a single card too full for the task does not come up.

`figures()` names its units: `_milli` thousandths, `_ppm` parts per million, `_us` microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import add
from typing import Any

import msgspec
from msgspec import Struct

from app.checking.properties import NONE, percentile
from app.orchestration.objects.node import ZONE_LABEL
from app.orchestration.objects.pod import PodSpec
from app.orchestration.objects.quantity import CPU, GPU, MEMORY, PODS, parse_quantity
from app.orchestration.scheduler.requests import requests_of
from app.vocabulary.base import Entry, Picture

ENDED = ("Succeeded", "Failed")
SHARES = {CPU: "cpu", MEMORY: "memory", GPU: "gpu"}
"""Resources whose shares are figures, and how those call them."""
TYPICAL_SHAPES_MAX = 50
"""So many different requests are remembered as typical, the most frequent ones."""

Shape = tuple[tuple[str, int], ...]
"""What a pod requests: (resource, amount), cpu and GPUs in thousandths, memory in bytes, by name."""


def imbalance_milli(values: Iterable[int]) -> int:
    """1,000 times max over mean; NONE of nothing and of nothing but zeros."""
    values = list(values)
    total = sum(values)
    return 1_000 * max(values) * len(values) // total if total else NONE


def jain_milli(values: Iterable[int]) -> int:
    """1,000 times Jain's index; NONE of nothing and of nothing but zeros."""
    values = list(values)
    squares = sum(value * value for value in values)
    return 1_000 * sum(values) ** 2 // (len(values) * squares) if squares else NONE


class _Node(Struct):
    """allocatable, requested: by resource. pods: bound to it and not ended. tasks: containers that run. used: or {}."""

    zone: str
    allocatable: dict[str, int]
    requested: dict[str, int]
    pods: int = 0
    tasks: int = 0
    used: dict[str, int] = {}

    def free(self, resource: str) -> int:
        """What may still be requested."""
        return max(0, self.allocatable.get(resource, 0) - self.requested.get(resource, 0))

    def holds(self, shape: Shape) -> bool:
        """Whether a pod that requests this fits by its requests alone."""
        return self.free(PODS) >= 1 and all(self.free(resource) >= asked for resource, asked in shape)


class _Pod(Struct):
    """since_us: when the log first had it. node: where it counts, or "" while it waits or when it ended."""

    shape: Shape
    since_us: int
    node: str = ""
    refused: bool = False
    ended: bool = False


class Balance:
    """Folds entries, from entry 0 on, or begins with a picture (`of`), which knows nothing of pods that are gone."""

    def __init__(self) -> None:
        self.now_us = 0
        self.nodes: dict[str, _Node] = {}
        self.pods: dict[str, _Pod] = {}
        self.placement: dict[str, str] = {}
        self.waits: list[int] = []
        self.bound = 0
        self._victims: dict[tuple[str, str], None] = {}
        self.deleted = 0
        self._tasks: dict[str, int] = {}
        self._used: dict[str, dict[str, int]] = {}
        self._typical: dict[Shape, int] = {}
        self._folds: dict[str, Callable[[Any], None]] = {
            "object-stored": self._on_stored,
            "object-deleted": self._on_deleted,
            "pod-bound": self._on_bound,
            "pod-unschedulable": self._on_unschedulable,
            "container-started": self._on_running,
            "container-finished": self._on_running,
            "container-killed": self._on_running,
            "kubelet-started": self._on_idle,
            "node-killed": self._on_idle,
            "machine-removed": self._on_removed,
            "usage-measured": self._on_used,
        }

    @classmethod
    def of(cls, picture: Picture, now_us: int) -> Balance:
        """What a picture shows. It does not show how long pods waited that are gone."""
        balance = cls()
        for name, fields in picture.get("Node", {}).items():
            balance._node(name, fields)
        for name, fields in picture.get("memory", {}).items():
            if "running" in fields:
                balance._tasks[name] = len(fields["running"])
                balance._used[name] = _used(fields.get("usage") or ())
        placed = picture.get("placement", {})
        for key, fields in picture.get("Pod", {}).items():
            balance.now_us = int(fields["metadata"].get("creationTimestamp") or 0)
            balance._pod(key, fields)
            _, attempts = newest(placed.get(key, {}))
            for attempt in attempts:
                balance._tried(key, attempt, int(attempt["at_us"]))
        balance.now_us = now_us
        return balance

    def on_entry(self, entry: Entry) -> None:
        """Fold one entry."""
        self.now_us = entry.at_us
        fold = self._folds.get(str(entry.event.__struct_config__.tag))
        if fold is not None:
            fold(entry.event)

    # Figures

    def rows(self) -> list[dict[str, Any]]:
        """The nodes, one by one. used_cpu_milli: None while nobody said."""
        return [
            {
                "node": name,
                "zone": node.zone,
                "tasks": self._tasks.get(name, 0),
                "pods": node.pods,
                "requested_cpu_milli": node.requested.get(CPU, 0),
                "allocatable_cpu_milli": node.allocatable.get(CPU, 0),
                "requested_memory_mib": node.requested.get(MEMORY, 0) >> 20,
                "allocatable_memory_mib": node.allocatable.get(MEMORY, 0) >> 20,
                "requested_gpu_milli": node.requested.get(GPU, 0),
                "allocatable_gpu_milli": node.allocatable.get(GPU, 0),
                "used_cpu_milli": self._used.get(name, {}).get(CPU),
                "used_memory_mib": _mib(self._used.get(name, {}).get(MEMORY)),
            }
            for name, node in self.nodes.items()
        ]

    def figures(self) -> dict[str, int]:
        """Every figure by name, `NONE` (-1) where there is nothing to say yet."""
        waiting, waits = self._waiting(), sorted(self.waits)
        refused = [pod for pod in self.pods.values() if pod.refused and not pod.node and not pod.ended]
        figures = {
            "nodes": len(self.nodes),
            "nodes_used": sum(1 for node in self.nodes.values() if node.pods),
            "tasks": sum(self._tasks.get(name, 0) for name in self.nodes),
            **self._evenness(),
            "waiting": sum(waiting.values()),
            "unschedulable": len(refused),
            "waited_p50_us": percentile(waits, 50),
            "waited_p95_us": percentile(waits, 95),
            "waited_max_us": percentile(waits, 100),
            "bound": self.bound,
            "preempted": len(self._victims),
        }
        held_back, typical = self.fragmentation_ppm(waiting), self.fragmentation_ppm(self.typical())
        for resource, name in SHARES.items():
            figures[f"{name}_requested_ppm"] = self._requested_ppm(resource)
            figures[f"fragmentation_{name}_ppm"] = held_back[resource]
            figures[f"typical_{name}_ppm"] = typical[resource]
        return figures

    def _evenness(self) -> dict[str, int]:
        """Of tasks, and of the requested and the used share of each node's cpu."""
        offered = {name: node.allocatable.get(CPU, 0) for name, node in self.nodes.items()}
        asked = [_share_ppm(node.requested.get(CPU, 0), offered[name]) for name, node in self.nodes.items()]
        used = [
            _share_ppm(self._used[name].get(CPU, 0), offered[name]) for name in offered if name in self._used
        ]
        values = {"tasks": [self._tasks.get(name, 0) for name in self.nodes], "cpu": asked, "used": used}
        figures: dict[str, int] = {}
        for name, shares in values.items():
            figures[f"{name}_imbalance_milli"] = imbalance_milli(shares)
            figures[f"{name}_jain_milli"] = jain_milli(shares)
        return figures

    def typical(self) -> dict[Shape, int]:
        """How often each request was made by pods of this run, the most frequent ones."""
        ranked = sorted(self._typical.items(), key=lambda item: (-item[1], item[0]))
        return dict(ranked[:TYPICAL_SHAPES_MAX])

    def fragmentation_ppm(self, pods: Mapping[Shape, int]) -> dict[str, int]:
        """By resource; see the module. pods: how many of each shape. NONE without pods, or where nothing is free."""
        number = sum(pods.values())
        nodes = [(node, [node.free(resource) for resource in SHARES]) for node in self.nodes.values()]
        free, lost = [0] * len(SHARES), [0] * len(SHARES)
        for _, amounts in nodes:
            free = list(map(add, free, amounts))
        for shape, count in pods.items():
            for node, amounts in nodes:
                if not node.holds(shape):
                    lost = [sum_ + count * amount for sum_, amount in zip(lost, amounts, strict=True)]
        return {
            resource: part * 1_000_000 // (number * whole) if number and whole else NONE
            for resource, part, whole in zip(SHARES, lost, free, strict=True)
        }

    def _requested_ppm(self, resource: str) -> int:
        offered = sum(node.allocatable.get(resource, 0) for node in self.nodes.values())
        asked = sum(node.requested.get(resource, 0) for node in self.nodes.values())
        return _share_ppm(asked, offered) if offered else NONE

    def _waiting(self) -> dict[Shape, int]:
        shapes: dict[Shape, int] = {}
        for pod in self.pods.values():
            if not pod.node and not pod.ended:
                shapes[pod.shape] = shapes.get(pod.shape, 0) + 1
        return shapes

    # Folds

    def _on_stored(self, event: Any) -> None:
        key = f"{event.namespace}/{event.name}" if event.namespace else event.name
        if event.kind == "Pod":
            self._pod(key, event.object)
        elif event.kind == "Node":
            self._node(key, event.object)

    def _node(self, name: str, fields: Mapping[str, Any]) -> None:
        offered = (fields.get("status") or {}).get("allocatable") or {}
        allocatable = {resource: parse_quantity(text, resource) for resource, text in offered.items()}
        zone = (fields["metadata"].get("labels") or {}).get(ZONE_LABEL, "")
        known = self.nodes.get(name)
        if known is None:
            self.nodes[name] = _Node(zone, allocatable, {})
        else:
            known.zone, known.allocatable = zone, allocatable

    def _pod(self, key: str, fields: Mapping[str, Any]) -> None:
        status, spec = fields.get("status") or {}, fields["spec"]
        pod = self.pods.get(key)
        if pod is None:
            shape = shape_of(spec)
            self._typical[shape] = self._typical.get(shape, 0) + 1
            pod = self.pods[key] = _Pod(shape, self.now_us)
        if status.get("phase") in ENDED:
            self._leave(pod)
            pod.ended = True
        elif spec.get("nodeName"):
            self._settle(key, pod, spec["nodeName"])

    def _settle(self, key: str, pod: _Pod, name: str) -> None:
        """The pod counts on a node from now on."""
        if pod.node == name or pod.ended:
            return
        self._leave(pod)
        pod.node, pod.refused = name, False
        self.placement[key] = name
        node = self.nodes.setdefault(name, _Node("", {}, {}))
        node.pods += 1
        self._claim(node, pod.shape, 1)

    def _leave(self, pod: _Pod) -> None:
        node = self.nodes.get(pod.node)
        pod.node = ""
        if node is not None:
            node.pods -= 1
            self._claim(node, pod.shape, -1)

    def _claim(self, node: _Node, shape: Shape, times: int) -> None:
        for resource, asked in (*shape, (PODS, 1)):
            node.requested[resource] = node.requested.get(resource, 0) + times * asked

    def _on_deleted(self, event: Any) -> None:
        key = f"{event.namespace}/{event.name}" if event.namespace else event.name
        if event.kind == "Node":
            self.nodes.pop(key, None)
        elif event.kind == "Pod" and (pod := self.pods.pop(key, None)) is not None:
            self._leave(pod)
            self.deleted += 1

    def _on_bound(self, event: Any) -> None:
        self._count_bound(event.pod, event.node, self.now_us)

    def _count_bound(self, key: str, node: str, at_us: int) -> None:
        self.bound += 1
        self.placement[key] = node
        pod = self.pods.get(key)
        if pod is not None:
            self.waits.append(max(0, at_us - pod.since_us))
            pod.refused = False

    def _on_unschedulable(self, event: Any) -> None:
        pod = self.pods.get(event.pod)
        if pod is not None and not pod.node:
            pod.refused = True
        self._note_victims(event.attempt)

    def _tried(self, key: str, attempt: Mapping[str, Any], at_us: int) -> None:
        """An attempt as a picture shows it."""
        pod = self.pods[key]
        if attempt["node"]:
            self._count_bound(key, attempt["node"], at_us)
        elif not pod.node:
            pod.refused = True
        self._note_victims(attempt)

    def _note_victims(self, attempt: Mapping[str, Any] | None) -> None:
        for victim, node, *_ in (attempt or {}).get("victims") or ():
            self._victims[victim, node] = None

    def _on_running(self, event: Any) -> None:
        self._tasks[event.node] = len(event.running)

    def _on_idle(self, event: Any) -> None:
        self._tasks[event.node] = 0
        self._used[event.node] = _used(())

    def _on_removed(self, event: Any) -> None:
        self._tasks.pop(event.node, None)
        self._used.pop(event.node, None)

    def _on_used(self, event: Any) -> None:
        self._used[event.node] = _used(event.pods)


def shape_of(spec: Any) -> Shape:
    """What a pod's spec requests, in whole, as the scheduler counts it. spec: as the log shows it."""
    return tuple(sorted(requests_of(msgspec.convert(spec, PodSpec)).items()))


def newest(placement: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """The picture's ring of attempts of a pod in order: (the number of the newest, oldest first)."""
    attempts = [placement[name] for name in placement if name.isdigit()]
    return int(placement.get("last", 0)), sorted(attempts, key=lambda one: int(one["attempt"]))


def _used(pods: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    """The sum over (pod, milli-cpu, bytes)."""
    rows = list(pods)
    return {CPU: sum(cpu for _, cpu, _ in rows), MEMORY: sum(memory for _, _, memory in rows)}


def _share_ppm(part: int, whole: int) -> int:
    return part * 1_000_000 // whole if whole else 0


def _mib(size: int | None) -> int | None:
    return None if size is None else size >> 20
