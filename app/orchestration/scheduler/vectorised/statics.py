"""What plug-ins say of every Node object by itself, whatever runs there: taints, labels, images."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from app.orchestration.scheduler.framework import Code, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.profile import Profile
from app.orchestration.scheduler.vectorised.matrix import Ints, Matrix

STATIC = ("NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity")
"""Filters that look at the Node object alone."""

PER_NODE = ("TaintToleration", "NodeAffinity", "ImageLocality")
"""Scores that look at the Node object alone."""

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def look_of(pod: PodInfo) -> bytes:
    """Pods that are equal in this look alike to the plug-ins that look at the Node object alone."""
    return _ENCODER.encode(
        (
            pod.node,
            pod.tolerations,
            pod.node_selector,
            pod.required_node_affinity,
            pod.preferred_node_affinity,
            pod.images,
        )
    )


class Statics:
    """refused: per node the refusal, or None; closed: whether there is one; refusals: nodes by refusal.

    raws: raw scores by plug-in. version: counted up when one of them changes. uneven: whether one of them is not 0.
    classes: what `cells` remembers of nodes that look alike.
    narrowed: a PreFilter names the nodes, or refuses the pod, so that the plain cycle decides.
    own: nodes are looked at one by one; otherwise those with equal taints are asked once.
    """

    outdated = False

    def __init__(self, matrix: Matrix, profile: Profile, pod: PodInfo) -> None:
        self.matrix = matrix
        self.pod = pod
        self.position = len(matrix.renewed)
        self.version = 0
        self.classes: dict[Any, tuple[Ints, Ints]] = {}
        self.state = CycleState()
        self.narrowed = self._pre_filter(profile)
        for one in profile.pre_scores:
            if one.name in PER_NODE:
                status = one.pre_score(self.state, pod, matrix.snapshot, matrix.nodes)
                if status is not None and status.code is Code.SKIP:
                    self.state.skip_scores[one.name] = None
        skip = self.state
        self.filters: list[Any] = [
            one for one in profile.filters if one.name in STATIC and one.name not in skip.skip_filters
        ]
        self.scores: list[Any] = [
            one for one in profile.scores if one.name in PER_NODE and one.name not in skip.skip_scores
        ]
        self.own = self._look_one_by_one(profile)
        size = len(matrix.nodes)
        self.refused: list[Status | None] = [None] * size
        self.closed, self.who = np.zeros(size, np.bool_), np.zeros(size, np.uint8)
        self.refusals: dict[Status, int] = {}
        self.raws: dict[str, Ints] = {one.name: np.zeros(size, np.int64) for one in self.scores}
        self._classes: dict[Any, tuple[Status | None, list[int]]] = {}
        if not self.narrowed:
            for place in range(size):
                self._judge(place)
        self.uneven = {name: bool(raws.any()) for name, raws in self.raws.items()}

    def _pre_filter(self, profile: Profile) -> bool:
        for plugin in profile.pre_filters:
            if plugin.name in STATIC:
                names, status = plugin.pre_filter(self.state, self.pod, self.matrix.snapshot)
                if status is not None and status.code is Code.SKIP:
                    self.state.skip_filters[plugin.name] = None
                elif status is not None or names is not None:
                    return True
        return False

    def _look_one_by_one(self, profile: Profile) -> bool:
        added = any(
            getattr(one, "added", None) or getattr(one, "added_preferred", None)
            for one in profile.plugins.values()
        )
        pod = self.pod
        chosen = pod.node or pod.node_selector or pod.required_node_affinity or pod.preferred_node_affinity
        return bool(added or chosen or any(one.name == "ImageLocality" for one in self.scores))

    def catch_up(self) -> None:
        """Look again at the Node objects that changed."""
        renewed = self.matrix.renewed
        if self.position < len(renewed):
            before = self.version
            for place in dict.fromkeys(renewed[self.position :]):
                self._judge(place)
            self.position = len(renewed)
            if self.version != before:
                self.classes.clear()
                self.uneven = {name: bool(raws.any()) for name, raws in self.raws.items()}

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
            self.who[place] = 0 if status is None else 1 + STATIC.index(status.plugin)
        for plugin, raw in zip(self.scores, raws, strict=True):
            if raw != self.raws[plugin.name][place]:
                self.raws[plugin.name][place] = raw
                self.version += 1

    def _ask(self, node: NodeInfo) -> tuple[Status | None, list[int]]:
        for plugin in self.filters:
            status = plugin.filter(self.state, self.pod, node)
            if status is not None:
                return Status(status.code, status.reasons, plugin.name), [0] * len(self.scores)
        return None, [plugin.score(self.state, self.pod, node) for plugin in self.scores]
