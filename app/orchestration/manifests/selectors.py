"""Selectors of labels and of nodes.

Source: kubernetes/kubernetes, apimachinery, apis/meta/v1/validation; pkg/apis/core/validation (ValidateNodeSelectorTerm).
"""

from __future__ import annotations

from app.orchestration.fields import (
    Shape,
    bad_value,
    label_value,
    labels,
    list_of,
    one_of,
    qualified_name,
    text,
)
from app.orchestration.objects.selector import (
    DOES_NOT_EXIST,
    EXISTS,
    GREATER,
    IN,
    LESS,
    NAME_FIELD,
    NOT_IN,
    LabelSelector,
    NodeSelector,
    NodeSelectorTerm,
    Requirement,
    whole_number,
)


def _requirement(read: Requirement, where: str) -> Requirement:
    if read.operator in (IN, NOT_IN) and not read.values:
        raise bad_value(f"{where}.values", None, f"one or more values, as the operator is {read.operator}")
    if read.operator in (EXISTS, DOES_NOT_EXIST) and read.values:
        raise bad_value(f"{where}.values", list(read.values), f"nothing, as the operator is {read.operator}")
    if read.operator in (GREATER, LESS) and (len(read.values) != 1 or whole_number(read.values[0]) is None):
        allowed = f"one whole number in quotes, as the operator is {read.operator}"
        raise bad_value(f"{where}.values", list(read.values), allowed)
    return read


def _field(read: Requirement, where: str) -> Requirement:
    if len(read.values) != 1:
        raise bad_value(f"{where}.values", list(read.values), "exactly one value")
    return read


_LABELS = Shape(
    Requirement,
    {
        "key": qualified_name,
        "operator": one_of(IN, NOT_IN, EXISTS, DOES_NOT_EXIST),
        "values": list_of(label_value, 0, 256),
    },
    required=("key", "operator"),
    check=_requirement,
)
_NODES = Shape(
    Requirement,
    {
        "key": qualified_name,
        "operator": one_of(IN, NOT_IN, EXISTS, DOES_NOT_EXIST, GREATER, LESS),
        "values": list_of(label_value, 0, 256),
    },
    required=("key", "operator"),
    check=_requirement,
)
_FIELDS = Shape(
    Requirement,
    {"key": one_of(NAME_FIELD), "operator": one_of(IN, NOT_IN), "values": list_of(text, 0, 256)},
    required=("key", "operator"),
    check=_field,
)
LABEL_SELECTOR = Shape(LabelSelector, {"matchLabels": labels, "matchExpressions": list_of(_LABELS)})
NODE_TERM = Shape(NodeSelectorTerm, {"matchExpressions": list_of(_NODES), "matchFields": list_of(_FIELDS)})
NODE_SELECTOR = Shape(
    NodeSelector,
    {"nodeSelectorTerms": list_of(NODE_TERM, 1)},
    required=("nodeSelectorTerms",),
)
