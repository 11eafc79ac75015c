"""What nodes offer and what is claimed of it, one column a node; brought up to date from the cache's journal."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from app.orchestration.objects.quantity import CPU, MEMORY, PODS
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.snapshot import Snapshot
from app.orchestration.scheduler.vectorised.below import Below
from app.orchestration.scheduler.vectorised.population import Population, Sums, Tally
from app.orchestration.scheduler.vectorised.topology import Topology

Ints = npt.NDArray[np.int64]

LIFE = 100_000
"""Changes after which everything is computed afresh, so that no log grows for ever."""

BELOW_MAX = 8
"""Priorities of which it is remembered what the pods below them hold; least recently used dropped first."""

TALLIES_MAX = 2_048
"""The same once so many counts are kept."""

SAFE = 1 << 62
LEFT, CLAIMED, OFFERED, SIZE, CROSSWISE, KINDS, WHOLE, PARTS, SLOTS = 0, 2, 4, 6, 8, 10, 11, 12, 13
"""Rows of `Matrix.state`, two for cpu and memory: 100 times what scores count as left; claimed, in `unit`s; offered (at
least 1); offered in `unit`s, and the same of the other one; how many of the two are offered (at least 1); twice the product
of both (at least 1), and 100 times that; free pod slots; and, from SLOTS + 1 on, what is free of every resource."""


class Matrix:
    """All nodes, by place in the snapshot.

    log:     places in the order of their changes, `changes` of them; latest: by place, where its latest change is.
    renewed: places whose Node object changed, likewise.
    retainted: how often the taints of a node changed.
    users:   by host port (protocol, number), the nodes where it is or was in use.
    unit: greatest common divisors of all amounts of cpu and memory, by which the fractions of BalancedAllocation are exact
    in 64 bits, if `exact`.
    """

    def __init__(self, cache: SchedulerCache) -> None:
        self.cache = cache
        self.layout = cache.layout
        self.position = cache.dropped + len(cache.journal)
        self.snapshot: Snapshot = cache.snapshot()
        self.nodes: list[NodeInfo] = self.snapshot.nodes
        self.names = [node.name for node in self.nodes]
        self.where = {name: at for at, name in enumerate(self.names)}
        self.changes = 0
        self.log = np.zeros(LIFE + len(self.nodes) + 1, np.int64)
        self.latest = np.zeros(len(self.nodes), np.int64)
        self.renewed: list[int] = []
        self.retainted = 0
        self.objects: list[Any] = [node.node for node in self.nodes]
        named = (name for node in self.nodes for name in node.allocatable)
        self.resources = {name: row for row, name in enumerate(dict.fromkeys((CPU, MEMORY, *named)))}
        self.state = np.zeros((SLOTS + 1 + len(self.resources), len(self.nodes)), np.int64)
        self.users: dict[tuple[str, int], npt.NDArray[np.bool_]] = {}
        self.unit = (1, 1)
        self.exact = True
        self._largest = [0, 0]
        self._population: Population | None = None
        self._below: dict[int, Below] = {}
        self._topologies: dict[str, Topology] = {}
        self._tallies: dict[Any, Tally] = {}
        self._sums: dict[Any, Sums] = {}
        self._measure()
        for at in range(len(self.nodes)):
            self._read(at)

    @property
    def stale(self) -> bool:
        """Nodes came, went or moved, the journal was not read in time, or everything is old."""
        cache = self.cache
        old = self.changes > LIFE or len(self._tallies) > TALLIES_MAX
        return old or self.layout != cache.layout or self.position < cache.dropped

    @property
    def population(self) -> Population:
        """The pods on the nodes, by what others may look for in them."""
        if self._population is None:
            self._population = Population(self.nodes)
        return self._population

    def below(self, priority: int) -> Below:
        """What pods below this priority hold."""
        found = self._below.pop(priority, None)
        if found is None:
            found = Below(self.nodes, self.resources, priority)
        self._below[priority] = found
        if len(self._below) > BELOW_MAX:
            del self._below[next(iter(self._below))]
        return found

    def topology(self, key: str) -> Topology:
        """The nodes by the values of a label."""
        found = self._topologies.get(key)
        if found is None:
            found = self._topologies[key] = Topology(key, self.nodes)
        return found

    def tally(self, key: Any, means: Callable[[int], bool]) -> Tally:
        """How many pods of each node are meant. key: says all that `means` depends on."""
        found = self._tallies.get(key)
        if found is None:
            found = self._tallies[key] = Tally(self.population, len(self.nodes), means)
        return found

    def sums(self, tally: Tally, key: Any, topology_key: str) -> Sums:
        """The tally of this key by the values of a label."""
        both = key, topology_key
        found = self._sums.get(both)
        if found is None:
            topology = self.topology(topology_key)
            found = self._sums[both] = Sums(tally, topology.codes, topology.missing)
        return found

    def sync(self) -> None:
        """Read what changed since the last time."""
        journal, start = self.cache.journal, self.position - self.cache.dropped
        if start >= len(journal):
            return
        seen: dict[int, None] = {}
        for name, pod, delta in journal[start:]:
            at = self.where[name]
            seen[at] = None
            if pod is None:
                continue
            if self._population is not None:
                self._population.note(at, pod, delta)
            for below in self._below.values():
                below.note(at, pod, delta)
        for at in seen:
            self._renew(at)
            self._read(at)
            self.latest[at] = self.changes
            self.log[self.changes] = at
            self.changes += 1
        self.position = self.cache.dropped + len(journal)

    def changed_since(self, position: int) -> Ints:
        """The places that changed, each once."""
        places = self.log[position : self.changes]
        if len(places) < 2:
            return places
        once: Ints = places[self.latest[places] == np.arange(position, self.changes)]
        return once

    def admit(self, pod: PodInfo) -> None:
        """The pod's claims are going to be counted in `unit`s."""
        self._refine(pod.requests.get(CPU, 0), pod.requests.get(MEMORY, 0))

    def _renew(self, at: int) -> None:
        """Take note of a change of the Node object."""
        node, old = self.nodes[at], self.objects[at]
        if old is node.node:
            return
        self.objects[at] = node.node
        self.renewed.append(at)
        if old.spec.taints != node.taints:
            self.retainted += 1
        if any(resource not in self.resources for resource in node.allocatable):
            self.layout = -1

    def _measure(self) -> None:
        """The units of all amounts there are."""
        cpu = memory = 0
        for node in self.nodes:
            cpu = gcd(cpu, node.allocatable.get(CPU, 0), node.requested.get(CPU, 0))
            memory = gcd(memory, node.allocatable.get(MEMORY, 0), node.requested.get(MEMORY, 0))
        self.unit = (cpu or 1, memory or 1)

    def _refine(self, cpu: int, memory: int) -> None:
        """Take smaller units where these amounts ask for it."""
        unit = self.unit
        if not cpu % unit[0] and not memory % unit[1]:
            return
        self.unit = gcd(unit[0], cpu), gcd(unit[1], memory)
        factors = np.array([[unit[0] // self.unit[0]], [unit[1] // self.unit[1]]], np.int64)
        state = self.state
        state[CLAIMED : CLAIMED + 2] *= factors
        state[SIZE : SIZE + 2] *= factors
        state[CROSSWISE : CROSSWISE + 2] = state[SIZE : SIZE + 2][::-1]
        self._check()
        if self.exact:
            state[WHOLE] = np.maximum(2 * state[SIZE] * state[SIZE + 1], 1)
            state[PARTS] = SCORE_MAX * state[WHOLE]

    def _check(self) -> None:
        cpu, memory = self._largest[0] // self.unit[0], self._largest[1] // self.unit[1]
        self.exact = 2 * SCORE_MAX * cpu * memory < SAFE

    def _read(self, at: int) -> None:
        node, largest = self.nodes[at], self._largest
        offered, requested, scored = node.allocatable, node.requested, node.scored
        cpu, memory = offered.get(CPU, 0), offered.get(MEMORY, 0)
        claimed_cpu, claimed_memory = requested.get(CPU, 0), requested.get(MEMORY, 0)
        self._refine(claimed_cpu, claimed_memory)
        self._refine(cpu, memory)
        if cpu > largest[0] or memory > largest[1]:
            largest[0], largest[1] = max(largest[0], cpu), max(largest[1], memory)
            self._check()
        for port in node.ports:
            if port not in self.users:
                self.users[port] = np.zeros(len(self.nodes), np.bool_)
            self.users[port][at] = True
        milli, byte = self.unit
        a, b = cpu // milli, memory // byte
        whole = (2 * a * b or 1) if self.exact else 1
        self.state[:, at] = (
            SCORE_MAX * (cpu - scored.get(CPU, 0)),
            SCORE_MAX * (memory - scored.get(MEMORY, 0)),
            claimed_cpu // milli,
            claimed_memory // byte,
            cpu or 1,
            memory or 1,
            a,
            b,
            b,
            a,
            (cpu > 0) + (memory > 0) or 1,
            whole,
            SCORE_MAX * whole,
            offered.get(PODS, 0) - len(node.pods),
            *[offered.get(name, 0) - requested.get(name, 0) for name in self.resources],
        )
