"""Selectors of labels, and of nodes.

Source: kubernetes/kubernetes, staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector),
pkg/labels/selector.go (Requirement.Matches), staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from app.orchestration.objects.meta import KubeStruct

if TYPE_CHECKING:
    from app.orchestration.objects.node import Node

IN, NOT_IN, EXISTS, DOES_NOT_EXIST, GREATER, LESS = "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"
NAME_FIELD = "metadata.name"
"""The one field that `matchFields` may select by."""

LABEL_VALUE = re.compile(r"|[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""What a label's value may be."""

_NUMBER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER_MAX = (1 << 63) - 1


class Requirement(KubeStruct, frozen=True):
    """operator: In, NotIn, Exists, DoesNotExist; for nodes also Gt and Lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """NotIn and DoesNotExist also match where the label is absent; an unknown operator matches nothing."""
        value, operator = labels.get(self.key), self.operator
        if operator == IN:
            return value is not None and value in self.values
        if operator == NOT_IN:
            return value is None or value not in self.values
        if operator == EXISTS:
            return value is not None
        if operator == DOES_NOT_EXIST:
            return value is None
        if operator not in (GREATER, LESS) or len(self.values) != 1:
            return False
        left, right = whole_number(value), whole_number(self.values[0])
        if left is None or right is None:
            return False
        return left > right if operator == GREATER else left < right


class LabelSelector(KubeStruct, frozen=True):
    """All of it must match; an empty selector matches everything. Where there is none (nil), nothing is meant: `selects`."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        for key, value in self.match_labels.items():
            if labels.get(key) != value:
                return False
        return all(requirement.matches(labels) for requirement in self.match_expressions)

    @property
    def empty(self) -> bool:
        return not self.match_labels and not self.match_expressions


class NodeSelectorTerm(KubeStruct, frozen=True):
    """All requirements must hold; a term without any matches no node, nor does one that Kubernetes cannot read."""

    match_expressions: tuple[Requirement, ...] = ()
    match_fields: tuple[Requirement, ...] = ()

    def matches(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether the node of this name and with these labels is meant."""
        if not self.match_expressions and not self.match_fields:
            return False
        fields = {NAME_FIELD: name}
        return (
            all(requirement.matches(labels) for requirement in self.match_expressions)
            and all(requirement.matches(fields) for requirement in self.match_fields)
            and all(_readable(one.operator, one.values) for one in self.match_expressions)
            and all(len(one.values) == 1 and one.operator in (IN, NOT_IN) for one in self.match_fields)
        )


class NodeSelector(KubeStruct, frozen=True):
    """One of the terms must match; without terms, no node does."""

    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()

    def matches(self, node: Node) -> bool:
        """Whether the node is meant."""
        name, labels = node.metadata.name, node.metadata.labels
        return any(term.matches(name, labels) for term in self.node_selector_terms)


def selects(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """Whether the selector matches; no selector (nil) matches nothing."""
    return selector is not None and selector.matches(labels)


@lru_cache(maxsize=4096)
def _readable(operator: str, values: tuple[str, ...]) -> bool:
    """Whether the operator takes so many values, and labels can have them.

    Source: pkg/labels/selector.go, NewRequirement.
    """
    if operator in (EXISTS, DOES_NOT_EXIST):
        return not values
    return bool(values) and all(LABEL_VALUE.fullmatch(value) for value in values)


def whole_number(text: str | None) -> int | None:
    """What Go's ParseInt(text, 10, 64) reads, or None."""
    if text is None or len(text) > 20 or not _NUMBER.fullmatch(text):
        return None
    number = int(text)
    return number if -_NUMBER_MAX - 1 <= number <= _NUMBER_MAX else None
