"""Pod affinity terms, ready for matching: the namespaces they look into and the selector with matchLabelKeys filled in.

Source: k8s.io/kube-scheduler/framework/types.go, AffinityTerm; matchLabelKeys: pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class AffinityTerm(Struct, frozen=True, gc=False):
    """Pods of the namespaces (by name or label) whose labels match, together or apart by `topology_key`.

    selector: None matches no pod. same, different: keys and values that a pod must, or must not, have (matchLabelKeys and
    mismatchLabelKeys with the values of the pod that the term belongs to). namespace_selector: None selects by name only.
    """

    topology_key: str
    namespaces: tuple[str, ...]
    selector: Any
    namespace_selector: Any
    same: tuple[tuple[str, str], ...] = ()
    different: tuple[tuple[str, str], ...] = ()

    def matches(
        self, namespace: str, labels: Mapping[str, str], namespace_labels: Mapping[str, str] | None
    ) -> bool:
        """Whether a pod of `namespace` (which has `namespace_labels`) with these labels is meant."""
        if self.selector is None:
            return False
        if namespace not in self.namespaces and not (
            self.namespace_selector is not None and self.namespace_selector.matches(namespace_labels or {})
        ):
            return False
        for key, value in self.same:
            if labels.get(key) != value:
                return False
        for key, value in self.different:
            if labels.get(key) == value:
                return False
        return bool(self.selector.matches(labels))


class WeightedTerm(Struct, frozen=True, gc=False):
    """A preference."""

    term: AffinityTerm
    weight: int


def read_terms(terms: Any, namespace: str, labels: Mapping[str, str]) -> tuple[AffinityTerm, ...]:
    """Required terms of a pod in `namespace` with `labels`."""
    return tuple(_read_term(term, namespace, labels) for term in terms)


def read_weighted(terms: Any, namespace: str, labels: Mapping[str, str]) -> tuple[WeightedTerm, ...]:
    """Preferred terms of a pod in `namespace` with `labels`."""
    return tuple(
        WeightedTerm(_read_term(one.pod_affinity_term, namespace, labels), one.weight) for one in terms
    )


def _read_term(term: Any, namespace: str, labels: Mapping[str, str]) -> AffinityTerm:
    namespaces = tuple(term.namespaces)
    if not namespaces and term.namespace_selector is None:
        namespaces = (namespace,)
    return AffinityTerm(
        term.topology_key,
        namespaces,
        term.label_selector,
        term.namespace_selector,
        tuple((key, labels[key]) for key in term.match_label_keys if key in labels),
        tuple((key, labels[key]) for key in term.mismatch_label_keys if key in labels),
    )
