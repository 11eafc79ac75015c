"""What the plug-ins say of every node, in arrays: the part of `vectorised` that looks at nodes.

All arithmetic is in integers, so it is the plain plug-ins' to the last digit.
"""

from __future__ import annotations

from math import gcd
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from app.orchestration.objects.quantity import CPU, MEMORY, PODS
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.framework import SCORE_MAX, Code, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.node_resources_balanced_allocation import balance
from app.orchestration.scheduler.profile import Profile, Runner
from app.orchestration.scheduler.snapshot import Snapshot

Ints = npt.NDArray[np.int64]

STATIC = ("NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity")
"""Filters that look at the Node object alone."""

FIT, BALANCED = "NodeResourcesFit", "NodeResourcesBalancedAllocation"
APART = ("NodePorts", "PodTopologySpread", "InterPodAffinity")
"""Filters that have nothing to say of the pods that are covered."""

FILTERS = (*STATIC, FIT, *APART)
PER_NODE = ("TaintToleration", "NodeAffinity", "ImageLocality")
"""Scores that depend on the Node object alone."""

SCORES = (*PER_NODE, FIT, BALANCED, "PodTopologySpread", "InterPodAffinity")
SAFE = 1 << 62
SLOTS, KINDS, CPUS, BYTES, LEFT, CLAIMED, FREE = 0, 1, 2, 3, 4, 6, 8
"""Columns of `Matrix.state`: free pod slots; how many of cpu and memory are offered (at least 1); cpu and memory offered;
left of them as scores count it; claimed; and, from FREE on, what is free of every resource."""

FEW = 5
"""Up to so many nodes are judged one by one."""


class Matrix:
    """What nodes offer and what is claimed, by resource and node, brought up to date from the cache's journal.

    changed: indices in the order of their changes; renewed: of those whose Node object changed.
    state: one row a node, see SLOTS.
    unit: greatest common divisors of all amounts of cpu and memory, by which the exact fractions of BalancedAllocation fit
    into 64 bits.
    """

    def __init__(self, cache: SchedulerCache) -> None:
        self.cache = cache
        self.layout = cache.layout
        self.position = len(cache.journal)
        self.snapshot: Snapshot = cache.snapshot()
        self.nodes: list[NodeInfo] = self.snapshot.nodes
        self.names = [node.name for node in self.nodes]
        self.where = {name: at for at, name in enumerate(self.names)}
        self.changed: list[int] = []
        self.renewed: list[int] = []
        self.objects: list[Any] = [None] * len(self.nodes)
        size = len(self.nodes)
        named = (name for node in self.nodes for name in node.allocatable)
        self.resources = {name: row for row, name in enumerate(dict.fromkeys((CPU, MEMORY, *named)))}
        self.state = np.zeros((size, FREE + len(self.resources)), np.int64)
        self.unit = [0, 0]
        for at in range(size):
            self._read(at)

    @property
    def stale(self) -> bool:
        """Nodes came, went or moved, or the journal began anew."""
        return self.layout != self.cache.layout

    def sync(self) -> None:
        """Read the nodes that changed since the last time."""
        journal = self.cache.journal
        if self.position < len(journal):
            for name in dict.fromkeys(journal[self.position :]):
                at = self.where[name]
                self._read(at)
                self.changed.append(at)
            self.position = len(journal)

    def _read(self, at: int) -> None:
        node = self.nodes[at]
        if self.objects[at] is not node.node:
            self._read_object(at, node)
        offered, requested, scored = node.allocatable, node.requested, node.scored
        cpu, memory = offered.get(CPU, 0), offered.get(MEMORY, 0)
        claimed_cpu, claimed_memory = requested.get(CPU, 0), requested.get(MEMORY, 0)
        self.state[at] = (
            offered.get(PODS, 0) - len(node.pods),
            max(1, (cpu > 0) + (memory > 0)),
            cpu,
            memory,
            cpu - scored.get(CPU, 0),
            memory - scored.get(MEMORY, 0),
            claimed_cpu,
            claimed_memory,
            *[offered.get(name, 0) - requested.get(name, 0) for name in self.resources],
        )
        self.unit[0] = gcd(self.unit[0], claimed_cpu)
        self.unit[1] = gcd(self.unit[1], claimed_memory)

    def _read_object(self, at: int, node: NodeInfo) -> None:
        self.objects[at] = node.node
        self.renewed.append(at)
        offered = node.allocatable
        if any(resource not in self.resources for resource in offered):
            self.layout = -1
        self.unit[0] = gcd(self.unit[0], offered.get(CPU, 0))
        self.unit[1] = gcd(self.unit[1], offered.get(MEMORY, 0))

    def units_for(self, pod: PodInfo) -> tuple[int, int, bool]:
        """Common divisors that also divide the pod's claims, and whether products of such shares fit into 64 bits."""
        cpu = gcd(self.unit[0], pod.requests.get(CPU, 0)) or 1
        memory = gcd(self.unit[1], pod.requests.get(MEMORY, 0)) or 1
        largest = int(self.state[:, CPUS].max(initial=0)) // cpu
        largest *= int(self.state[:, BYTES].max(initial=0)) // memory
        return cpu, memory, 2 * SCORE_MAX * largest < SAFE


_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def look_of(pod: PodInfo) -> bytes:
    """Pods that are equal in this look alike to the plug-ins that look at the Node object alone."""
    return _ENCODER.encode(
        (
            pod.tolerations,
            pod.node_selector,
            pod.required_node_affinity,
            pod.preferred_node_affinity,
            pod.images,
        )
    )


class Statics:
    """What plug-ins say of every Node object by itself, whatever runs there: taints, labels, images.

    refused: per node the refusal, or None; closed: whether there is one; refusals: nodes by refusal.
    raws: raw scores by plug-in. even: whether they are all zero. plain: a PreFilter has something to say, so the plain cycle
    decides. own: nodes are looked at one by one; otherwise those with equal taints are asked once.
    """

    def __init__(self, matrix: Matrix, profile: Profile, pod: PodInfo, runner: Runner) -> None:
        self.matrix = matrix
        self.pod = pod
        self.position = len(matrix.renewed)
        plugins, size = profile.plugins, len(matrix.nodes)
        self.state = CycleState()
        names, refusal = runner.pre_filter(self.state, pod)
        self.plain = refusal is not None or names is not None
        for one in profile.pre_scores:
            if one.name in PER_NODE:
                status = one.pre_score(self.state, pod, matrix.snapshot, matrix.nodes)
                if status is not None and status.code is Code.SKIP:
                    self.state.skip_scores[one.name] = None
        self.filters: list[Any] = [
            one for one in profile.filters if one.name in STATIC and one.name not in self.state.skip_filters
        ]
        self.scores: list[Any] = [
            one for one in profile.scores if one.name in PER_NODE and one.name not in self.state.skip_scores
        ]
        added = any(
            getattr(one, "added", None) or getattr(one, "added_preferred", None) for one in plugins.values()
        )
        self.own = bool(
            added or pod.node_selector or pod.required_node_affinity or pod.preferred_node_affinity
            or any(one.name == "ImageLocality" for one in self.scores)
        )  # fmt: skip
        self.refused: list[Status | None] = [None] * size
        self.closed = np.zeros(size, np.bool_)
        self.refusals: dict[Status, int] = {}
        self.raws = {one.name: np.zeros(size, np.int64) for one in self.scores}
        self._classes: dict[Any, tuple[Status | None, list[int]]] = {}
        for place in range(size):
            self._judge(place)
        self.even = {name: not raws.any() for name, raws in self.raws.items()}

    def catch_up(self) -> None:
        """Look again at the Node objects that changed."""
        renewed = self.matrix.renewed
        if self.position < len(renewed):
            for place in dict.fromkeys(renewed[self.position :]):
                self._judge(place)
            self.position = len(renewed)
            self.even = {name: not raws.any() for name, raws in self.raws.items()}

    def _judge(self, place: int) -> None:
        node = self.matrix.nodes[place]
        look = None if self.own else (node.taints, node.unschedulable)
        found = None if look is None else self._classes.get(look)
        if found is None:
            found = self._ask(node)
            if look is not None:
                self._classes[look] = found
        status, raws = found
        old = self.refused[place]
        if old is not status:
            if old is not None:
                self.refusals[old] -= 1
            if status is not None:
                self.refusals[status] = self.refusals.get(status, 0) + 1
            self.refused[place], self.closed[place] = status, status is not None
        for plugin, raw in zip(self.scores, raws, strict=True):
            if raw != self.raws[plugin.name][place]:
                self.raws[plugin.name][place] = raw

    def _ask(self, node: NodeInfo) -> tuple[Status | None, list[int]]:
        for plugin in self.filters:
            status = plugin.filter(self.state, self.pod, node)
            if status is not None:
                return Status(status.code, status.reasons, plugin.name), [0] * len(self.scores)
        return None, [plugin.score(self.state, self.pod, node) for plugin in self.scores]


class Table:
    """What the plug-ins say of every node for one shape of pod.

    lack: bits of what there is too little of, -1 where `statics` refuse. counts: nodes by `lack`.
    totals: weighted sum without the normalised plug-ins, -1 where the pod does not fit.
    bound: some nodes, not many, have at least this total.
    fit, even: raw scores of NodeResourcesFit and BalancedAllocation.
    """

    def __init__(self, matrix: Matrix, statics: Statics, profile: Profile, pod: PodInfo) -> None:
        self.matrix = matrix
        self.statics = statics
        self.pod = pod
        self.position = len(matrix.changed)
        self.plugins: dict[str, Any] = profile.plugins
        size = len(matrix.nodes)
        fitting: Any = profile.plugins[FIT] if FIT in [one.name for one in profile.filters] else None
        self.fitting = fitting is not None
        self.weights = {one.name: profile.weights[one.name] for one in profile.scores}
        scoring = [one.name for one in statics.scores]
        even: Any = profile.plugins.get(BALANCED)
        if even is not None and even.pre_score(statics.state, pod, matrix.snapshot, matrix.nodes) is None:
            scoring.append(BALANCED)
        if FIT in self.weights:
            scoring.append(FIT)
        self.order = [name for name in self.weights if name in scoring]
        self.wants = [
            (name, matrix.resources.get(name, -1), amount)
            for name, amount in pod.requests.items()
            if self.fitting and not fitting.ignores(name)
        ]
        self.scored = np.array([pod.scored.get(CPU, 0), pod.scored.get(MEMORY, 0)], np.int64)
        self.requested = np.array([pod.requests.get(CPU, 0), pod.requests.get(MEMORY, 0)], np.int64)
        # A resource that no node has is lacking everywhere: more of it is asked than there ever is.
        self.columns = [SLOTS, *(SLOTS if row < 0 else FREE + row for _, row, _ in self.wants)]
        self.amounts = np.array(
            [1, *(SAFE if row < 0 else amount for _, row, amount in self.wants)], np.int64
        )
        self.bits = 1 << np.arange(len(self.columns), dtype=np.int64)
        self.units = matrix.units_for(pod)
        self.lack = np.zeros(size, np.int64)
        self.fit, self.even = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.totals = np.full(size, -1, np.int64)
        self.counts: dict[int, int] = {0: size}
        self.bound = -1
        self.judge(np.arange(size))

    def catch_up(self) -> None:
        """Judge again the nodes that changed."""
        changed = self.matrix.changed
        if self.position < len(changed):
            again = list(dict.fromkeys(changed[self.position :]))
            self.position = len(changed)
            if len(again) <= FEW:
                for place in again:
                    self._judge_one(place)
            else:
                self.judge(np.array(again))

    def _judge_one(self, place: int) -> None:
        """As `judge` for one node, by the plain plug-ins: quicker than arrays of one."""
        pod, node, statics = self.pod, self.matrix.nodes[place], self.statics
        lack = 0
        if statics.closed[place]:
            lack = -1
        elif self.fitting:
            lack = int(len(node.pods) >= node.allocatable.get(PODS, 0))
            for bit, (resource, _, amount) in enumerate(self.wants, 1):
                if amount > node.allocatable.get(resource, 0) - node.requested.get(resource, 0):
                    lack |= 1 << bit
        total = 0
        if FIT in self.weights:
            fit = self.fit[place] = self.plugins[FIT].score(statics.state, pod, node)
            total += self.weights[FIT] * fit
        if BALANCED in self.order:
            even = self.even[place] = self.plugins[BALANCED].score(statics.state, pod, node)
            total += self.weights[BALANCED] * even
        if "ImageLocality" in statics.raws:
            total += self.weights["ImageLocality"] * int(statics.raws["ImageLocality"][place])
        self.totals[place] = -1 if lack else total
        old = int(self.lack[place])
        if old != lack:
            self.counts[old] -= 1
            self.counts[lack] = self.counts.get(lack, 0) + 1
            self.lack[place] = lack

    def judge(self, at: Ints) -> None:
        """Write down the verdicts of these nodes."""
        state = np.take(self.matrix.state, at, axis=0)
        lack = self._lacking(at, state)
        totals = self._totals(at, state)
        before = self.lack[at]
        moved = before != lack
        if moved.any():
            for old, new in zip(before[moved].tolist(), lack[moved].tolist(), strict=True):
                self.counts[old] -= 1
                self.counts[new] = self.counts.get(new, 0) + 1
            self.lack[at] = lack
        totals[lack != 0] = -1
        self.totals[at] = totals

    def words(self, lack: int) -> tuple[str, ...]:
        """Kubernetes' words for the bits of `lack`."""
        wanting = [
            f"Insufficient {name}" for bit, (name, _, _) in enumerate(self.wants, 1) if lack >> bit & 1
        ]
        return ("Too many pods", *wanting) if lack & 1 else tuple(wanting)

    def _lacking(self, at: Ints, state: Ints) -> Ints:
        if self.fitting:
            short = state[:, self.columns] < self.amounts
            lack: Ints = short @ self.bits
        else:
            lack = np.zeros(len(at), np.int64)
        if self.statics.refusals:
            lack[self.statics.closed[at]] = -1
        return lack

    def _totals(self, at: Ints, state: Ints) -> Ints:
        totals = np.zeros(len(at), np.int64)
        if FIT in self.weights:
            fit = self.fit[at] = self._least(state)
            totals += self.weights[FIT] * fit
        if BALANCED in self.order:
            even = self.even[at] = self._even(state)
            totals += self.weights[BALANCED] * even
        if "ImageLocality" in self.statics.raws:
            totals += self.weights["ImageLocality"] * self.statics.raws["ImageLocality"][at]
        return totals

    def _least(self, state: Ints) -> Ints:
        """`strategies.least_allocated` of cpu and memory with weight 1 each."""
        free = state[:, LEFT : LEFT + 2] - self.scored
        shares = np.maximum(SCORE_MAX * free // np.maximum(state[:, CPUS : CPUS + 2], 1), 0)
        total: Ints = (shares[:, 0] + shares[:, 1]) // state[:, KINDS]
        return total

    def _even(self, state: Ints) -> Ints:
        """`balance` of the shares of cpu and memory."""
        matrix = self.matrix
        if matrix.unit[0] % self.units[0] or matrix.unit[1] % self.units[1]:
            self.units = matrix.units_for(self.pod)
        offered = state[:, CPUS : CPUS + 2]
        claimed = np.minimum(state[:, CLAIMED : CLAIMED + 2] + self.requested, offered)
        if not self.units[2]:
            shares = zip(claimed.tolist(), offered.tolist(), strict=True)
            return np.array(
                [balance([(x, y) for x, y in zip(p, q, strict=True) if y]) for p, q in shares], np.int64
            )
        units = np.array(self.units[:2], np.int64)
        claimed, offered = claimed // units, offered // units
        a, b, of_a, of_b = claimed[:, 0], claimed[:, 1], offered[:, 0], offered[:, 1]
        whole = 2 * of_a * of_b
        scores: Ints = SCORE_MAX * (whole - np.abs(a * of_b - b * of_a)) // np.maximum(whole, 1)
        scores[whole == 0] = SCORE_MAX
        return scores
