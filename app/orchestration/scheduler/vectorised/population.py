"""The pods on the nodes, by what other pods may look for in them; counts of those that somebody means.

Everything here follows one log of pods that came and went, so that a binding costs the same however many pods there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.node_info import NodeInfo, PodInfo

Ints = npt.NDArray[np.int64]

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


class Population:
    """Pods of one kind are equal in namespace, labels, affinity terms and whether they are leaving.

    samples: one pod of each kind. places: node -> how many of the kind are there.
    group:   of pods with the same affinity terms, by kind; -1 of those without. groups: one pod of each.
    log:     (node, kind, 1 or -1).
    """

    def __init__(self, nodes: Sequence[NodeInfo]) -> None:
        self.samples: list[PodInfo] = []
        self.places: list[dict[int, int]] = []
        self.group: list[int] = []
        self.groups: list[PodInfo] = []
        self.log: list[tuple[int, int, int]] = []
        self._kinds: dict[Any, int] = {}
        self._groups: dict[bytes, int] = {}
        for at, node in enumerate(nodes):
            for pod in node.pods.values():
                self.note(at, pod, 1)
        self.log.clear()

    def note(self, at: int, pod: PodInfo, delta: int) -> None:
        """A pod came to a node or left it."""
        terms = pod.shape if pod.with_affinity else None
        look = (pod.namespace, pod.terminating, terms, *pod.labels.items())
        kind = self._kinds.get(look)
        if kind is None:
            kind = self._kinds[look] = len(self.samples)
            self.samples.append(pod)
            self.places.append({})
            self.group.append(self._group(pod) if pod.with_affinity else -1)
        places = self.places[kind]
        places[at] = places.get(at, 0) + delta
        self.log.append((at, kind, delta))

    def _group(self, pod: PodInfo) -> int:
        terms = (
            pod.required_affinity,
            pod.required_anti_affinity,
            pod.preferred_affinity,
            pod.preferred_anti_affinity,
        )
        key = _ENCODER.encode(terms)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = len(self.groups)
            self.groups.append(pod)
        return group


class Tally:
    """How many pods of each node are meant.

    means: whether pods of a kind are. changes: (node, 1 or -1) since the beginning.
    """

    def __init__(self, population: Population, size: int, means: Callable[[int], bool]) -> None:
        self.population = population
        self.means = means
        self.known: dict[int, bool] = {}
        self.on_node = np.zeros(size, np.int64)
        self.changes: list[tuple[int, int]] = []
        self.position = len(population.log)
        for kind, places in enumerate(population.places):
            if self._means(kind):
                for at, number in places.items():
                    self.on_node[at] += number

    def catch_up(self) -> None:
        """Count what came and went."""
        log = self.population.log
        if self.position == len(log):
            return
        known = self.known
        for at, kind, delta in log[self.position :]:
            meant = known.get(kind)
            if meant if meant is not None else self._means(kind):
                self.on_node[at] += delta
                self.changes.append((at, delta))
        self.position = len(log)

    def _means(self, kind: int) -> bool:
        meant = self.known[kind] = self.means(kind)
        return meant


class Sums:
    """A tally by the values of a label. codes: value of each node, `size` where the node does not count.

    by_value: one entry more than there are values; the last stays 0. total: of all.
    """

    def __init__(self, tally: Tally, codes: Ints, size: int) -> None:
        self.tally = tally
        self.size = size
        self.codes: list[int] = codes.tolist()
        self.by_value = np.zeros(size + 1, np.int64)
        tally.catch_up()
        np.add.at(self.by_value, codes, tally.on_node)
        self.by_value[size] = 0
        self.total = int(self.by_value.sum())
        self.position = len(tally.changes)

    def catch_up(self) -> None:
        """Count what came and went."""
        tally = self.tally
        tally.catch_up()
        changes = tally.changes
        if self.position == len(changes):
            return
        for at, delta in changes[self.position :]:
            code = self.codes[at]
            if code != self.size:
                self.by_value[code] += delta
                self.total += delta
        self.position = len(changes)
