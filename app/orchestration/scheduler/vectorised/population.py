"""The pods on the nodes, by what other pods may look for in them; counts of those that somebody means.

Everything here is told of each pod that comes and goes, so that a binding costs the same however many pods there are.
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

    samples: one pod of each kind. places: node -> how many of the kind are there. tallies: that count the kind.
    group:   of pods with the same affinity terms, by kind; -1 of those without. groups: one pod of each.
    """

    def __init__(self, nodes: Sequence[NodeInfo]) -> None:
        self.samples: list[PodInfo] = []
        self.places: list[dict[int, int]] = []
        self.tallies: list[list[Tally]] = []
        self.group: list[int] = []
        self.groups: list[PodInfo] = []
        self._kinds: dict[Any, int] = {}
        self._groups: dict[bytes, int] = {}
        for at, node in enumerate(nodes):
            for pod in node.pods.values():
                self.note(at, pod, 1)

    def note(self, at: int, pod: PodInfo, delta: int) -> None:
        """A pod came to a node or left it."""
        terms = pod.shape if pod.with_affinity else None
        look = (pod.namespace, pod.terminating, terms, *pod.labels.items())
        kind = self._kinds.get(look)
        if kind is None:
            kind = self._kinds[look] = len(self.samples)
            self.samples.append(pod)
            self.places.append({})
            self.tallies.append([])
            self.group.append(self._group(pod) if pod.with_affinity else -1)
        places = self.places[kind]
        places[at] = places.get(at, 0) + delta
        for tally in self.tallies[kind]:
            tally.count(at, delta)

    def _group(self, pod: PodInfo) -> int:
        key = _ENCODER.encode(
            (
                pod.required_affinity,
                pod.required_anti_affinity,
                pod.preferred_affinity,
                pod.preferred_anti_affinity,
            )
        )
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = len(self.groups)
            self.groups.append(pod)
        return group


class Tally:
    """How many pods of each node are meant.

    means: whether pods of a kind are. met: so many kinds were looked at. changes: (node, by how many) since the beginning.
    """

    def __init__(self, population: Population, size: int, means: Callable[[int], bool]) -> None:
        self.population = population
        self.means = means
        self.met = 0
        self.on_node = np.zeros(size, np.int64)
        self.changes: list[tuple[int, int]] = []
        self.catch_up()

    def count(self, at: int, delta: int) -> None:
        """Pods that are meant came to a node or left it."""
        self.on_node[at] += delta
        self.changes.append((at, delta))

    def catch_up(self) -> None:
        """Meet the kinds that are new; from then on the population tells of them."""
        population = self.population
        while self.met < len(population.samples):
            kind = self.met
            self.met += 1
            if self.means(kind):
                population.tallies[kind].append(self)
                for at, number in population.places[kind].items():
                    self.count(at, number)


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
