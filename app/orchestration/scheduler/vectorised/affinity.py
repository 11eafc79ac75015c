"""InterPodAffinity in arrays: whom the pod's terms mean, and whose terms mean the pod, kept up to date pod by pod."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.inter_pod_affinity import (
    SHORT,
    InterPodAffinity,
    means_by_all,
)
from app.orchestration.scheduler.terms import AffinityTerm, WeightedTerm
from app.orchestration.scheduler.vectorised.matrix import Ints, Matrix
from app.orchestration.scheduler.vectorised.population import Sums, Tally
from app.orchestration.scheduler.vectorised.refusals import AGAINST, APART, TOGETHER, Refusals

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


class Ties:
    """Between one pod and those that are there.

    together: sums of the pods that all required terms mean, by each term's topology. apart: of those that each term of
    required anti-affinity means; against: of those whose required anti-affinity means the pod.
    weighed: (weight, topology, sums) of the terms that score. first: the pod itself is meant by its required terms.
    """

    def __init__(self, matrix: Matrix, plugin: InterPodAffinity, pod: PodInfo) -> None:
        self.matrix = matrix
        self.plugin = plugin
        self.pod = pod
        self.met = 0
        self.apart = [(term.topology_key, self._meant((term,), term)) for term in pod.required_anti_affinity]
        self.together = [
            (term.topology_key, self._meant(pod.required_affinity, term)) for term in pod.required_affinity
        ]
        self.first = bool(self.together) and means_by_all(pod.required_affinity, pod, matrix.snapshot)
        self.against: list[tuple[str, Sums]] = []
        wishes = bool(pod.preferred_affinity or pod.preferred_anti_affinity)
        self.scoring = wishes or not plugin.ignore_existing
        self.weighed: list[tuple[int, str, Sums]] = []
        for sign, preferred in ((1, pod.preferred_affinity), (-1, pod.preferred_anti_affinity)):
            for one in preferred:
                sums = self._meant((one.term,), one.term)
                self.weighed.append((sign * one.weight, one.term.topology_key, sums))

    @property
    def filtering(self) -> bool:
        """Whether some node may be refused, or a dry run may find so."""
        return bool(self.apart or self.together) or any(sums.total for _, sums in self.against)

    def catch_up(self) -> None:
        """Meet the groups that are new, and count what came and went."""
        groups = self.matrix.population.groups
        while self.met < len(groups):
            self._meet(self.met, groups[self.met])
            self.met += 1
        for _, sums in (*self.apart, *self.together, *self.against):
            sums.catch_up()
        for _, _, sums in self.weighed:
            sums.catch_up()

    def _meet(self, group: int, other: PodInfo) -> None:
        """What the terms of a group of pods mean for the pod."""
        pod = self.pod
        labels = self.matrix.snapshot.namespace_labels(pod.namespace)

        def means(terms: Iterable[AffinityTerm]) -> Iterable[AffinityTerm]:
            return (term for term in terms if term.matches(pod.namespace, pod.labels, labels))

        for term in means(other.required_anti_affinity):
            self.against.append((term.topology_key, self._holders(group, term)))
        if not self.scoring:
            return
        weight = self.plugin.hard_weight
        for term in means(other.required_affinity) if weight else ():
            self.weighed.append((weight, term.topology_key, self._holders(group, term)))
        pairs: tuple[tuple[int, tuple[WeightedTerm, ...]], ...] = (
            (1, other.preferred_affinity),
            (-1, other.preferred_anti_affinity),
        )
        for sign, preferred in pairs:
            for one in preferred:
                if one.term.matches(pod.namespace, pod.labels, labels):
                    sums = self._holders(group, one.term)
                    self.weighed.append((sign * one.weight, one.term.topology_key, sums))

    def _holders(self, group: int, term: AffinityTerm) -> Sums:
        """The pods of a group, by the topology of one of their terms."""
        groups = self.matrix.population.group
        tally = self.matrix.tally(("group", group), lambda kind: groups[kind] == group)
        return self._by_topology(tally, ("group", group), term)

    def _meant(self, terms: tuple[AffinityTerm, ...], term: AffinityTerm) -> Sums:
        """The pods that all of `terms` mean, by the topology of `term`."""
        matrix = self.matrix
        samples, snapshot = matrix.population.samples, matrix.snapshot
        key = ("terms", _ENCODER.encode(terms))
        tally = matrix.tally(key, lambda kind: means_by_all(terms, samples[kind], snapshot))
        return self._by_topology(tally, key, term)

    def _by_topology(self, tally: Tally, key: Any, term: AffinityTerm) -> Sums:
        return self.matrix.sums(tally, key, term.topology_key)

    def refuse(self, refusals: Refusals) -> None:
        """Write down which values are refused."""
        for code, refusing in ((AGAINST, self.against), (APART, self.apart)):
            for key, sums in refusing:
                if sums.total:
                    refused = refusals.of(key)
                    np.maximum(refused, (sums.by_value > 0) * np.uint8(code), out=refused)
        if self.together:
            anybody = any(sums.total for _, sums in self.together)
            for key, sums in self.together:
                refused = refusals.of(key)
                if anybody or not self.first:
                    np.maximum(refused, (sums.by_value <= 0) * np.uint8(TOGETHER), out=refused)
                else:
                    # The first of a group that wants to be together may begin wherever the label exists.
                    refused[-1] = max(int(refused[-1]), TOGETHER)

    def raws(self) -> Ints | None:
        """The raw score of each node; None where no term of anybody means anything."""
        by_key: dict[str, Ints] = {}
        for weight, key, sums in self.weighed:
            if sums.total:
                known = by_key.get(key)
                part = weight * sums.by_value
                by_key[key] = part if known is None else known + part
        total: Ints | None = None
        for key, by_value in by_key.items():
            part = by_value.take(self.matrix.topology(key).codes)
            total = part if total is None else total + part
        return total


def normalised(raws: Ints, fits: Any) -> Ints:
    """`InterPodAffinity.normalise`: the lowest of those that fit 0, the highest 100; all alike: 0."""
    judged = raws[fits]
    lowest, highest = int(judged.min()), int(judged.max())
    if highest == lowest:
        return np.zeros(len(raws), np.int64)
    parts, whole = SCORE_MAX * (raws - lowest), highest - lowest
    shares = parts // whole
    if any(whole * percent % SCORE_MAX == 0 for percent in SHORT):
        short = (shares * whole == parts) & np.isin(shares, SHORT)
        shares -= short
    return shares
