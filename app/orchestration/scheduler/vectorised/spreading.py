"""PodTopologySpread in arrays: who is counted where, kept up to date pod by pod."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.node_info import HOSTNAME_LABEL, PodInfo
from app.orchestration.scheduler.plugins.spread_constraints import Constraint
from app.orchestration.scheduler.vectorised.matrix import Ints, Matrix
from app.orchestration.scheduler.vectorised.population import Sums, Tally
from app.orchestration.scheduler.vectorised.refusals import SKEWED, Refusals

Mask = npt.NDArray[np.bool_]


def identity_of(constraint: Constraint) -> tuple[Any, ...]:
    """Two constraints that are equal in this mean the same, for pods of the same namespace."""
    one = constraint
    return one.max_skew, one.topology_key, one.key, one.min_domains, one.honor_affinity, one.honor_taints


def tally_of(matrix: Matrix, pod: PodInfo, constraint: Constraint) -> Tally:
    """The pods that count when `pod` is spread."""
    samples, namespace = matrix.population.samples, pod.namespace

    def means(kind: int) -> bool:
        other = samples[kind]
        return other.namespace == namespace and not other.terminating and constraint.selects(other.labels)

    return matrix.tally(("spread", namespace, constraint.key), means)


def counting_nodes(matrix: Matrix, pod: PodInfo, constraint: Constraint) -> Mask:
    """The nodes that the policies of the constraint let count."""
    if not constraint.honor_affinity and not constraint.honor_taints:
        return np.ones(len(matrix.nodes), np.bool_)
    return np.array([constraint.counts(pod, node) for node in matrix.nodes], np.bool_)


def labelled_nodes(matrix: Matrix, constraints: tuple[Constraint, ...]) -> Mask:
    """The nodes that have the labels of all constraints."""
    found = np.ones(len(matrix.nodes), np.bool_)
    for constraint in constraints:
        topology = matrix.topology(constraint.topology_key)
        found &= topology.codes != topology.missing
    return found


class Counting:
    """What depends on taints holds until the taints of a node change."""

    def __init__(self, matrix: Matrix, constraints: tuple[Constraint, ...]) -> None:
        self.matrix = matrix
        self.by_taints = any(one.honor_taints for one in constraints)
        self.retainted = matrix.retainted

    @property
    def outdated(self) -> bool:
        return self.by_taints and self.retainted != self.matrix.retainted


class HardSpread(Counting):
    """The constraints that filter. limits: (constraint, sums by value, where the values are that count)."""

    def __init__(self, matrix: Matrix, pod: PodInfo, constraints: tuple[Constraint, ...]) -> None:
        super().__init__(matrix, constraints)
        self.limits: list[tuple[Constraint, Sums, Any]] = []
        labelled = labelled_nodes(matrix, constraints)
        for one in constraints:
            topology = matrix.topology(one.topology_key)
            counting = labelled & counting_nodes(matrix, pod, one)
            codes = np.where(counting, topology.codes, topology.missing)
            seen = np.zeros(topology.missing + 1, np.bool_)
            seen[codes] = True
            domains = np.flatnonzero(seen[:-1])
            sums = Sums(tally_of(matrix, pod, one), codes, topology.missing)
            self.limits.append((one, sums, domains))

    def refuse(self, refusals: Refusals, itself: tuple[bool, ...]) -> None:
        """Write down which values are refused. itself: whether each constraint counts the pod itself."""
        code = SKEWED + 2 * len(self.limits)
        for (one, sums, domains), own in zip(self.limits, itself, strict=True):
            code -= 2
            sums.catch_up()
            counts, refused = sums.by_value[:-1], refusals.of(one.topology_key)
            lowest = 0
            if len(domains) and len(domains) >= one.min_domains:
                lowest = int((counts if len(domains) == len(counts) else counts[domains]).min())
            skewed = counts > one.max_skew - own + lowest
            np.maximum(refused[:-1], skewed * np.uint8(code), out=refused[:-1])
            refused[-1] = max(int(refused[-1]), code + 1)


class SoftSpread(Counting):
    """The constraints that score.

    axes: of every constraint but that over hosts: (constraint, sums by domain, domain of each node).
    host: the one over hosts and its tally. named: by constraint, the nodes that have its label.
    ignored: the nodes that lack a label they need. look: what tells apart which nodes look alike.
    """

    def __init__(
        self, matrix: Matrix, pod: PodInfo, constraints: tuple[Constraint, ...], all_labels: bool
    ) -> None:
        super().__init__(matrix, constraints)
        self.constraints = constraints
        self.look = (all_labels, *(one.topology_key for one in constraints))
        size = len(matrix.nodes)
        labelled = labelled_nodes(matrix, constraints) if all_labels else np.ones(size, np.bool_)
        self.ignored = ~labelled
        self.axes: list[tuple[Constraint, Sums, Ints]] = []
        self.host: tuple[Constraint, Tally] | None = None
        self.named: list[Mask] = []
        for one in constraints:
            topology, tally = matrix.topology(one.topology_key), tally_of(matrix, pod, one)
            self.named.append(topology.codes != topology.missing)
            if one.topology_key == HOSTNAME_LABEL:
                self.host = one, tally
                continue
            # Nodes without the label are one domain more, that of the empty value.
            nameless = topology.values.get("", topology.missing)
            domains = np.where(self.named[-1], topology.codes, nameless)
            counting = labelled & counting_nodes(matrix, pod, one)
            last = topology.missing + 1
            self.axes.append((one, Sums(tally, np.where(counting, domains, last), last), domains))

    def catch_up(self) -> None:
        """Count what came and went."""
        for _, sums, _ in self.axes:
            sums.catch_up()
        if self.host is not None:
            self.host[1].catch_up()
