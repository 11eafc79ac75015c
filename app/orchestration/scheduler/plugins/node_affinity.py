"""Filter and score: the node labels that a pod requires or prefers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from app.orchestration.objects.affinity import NodeAffinity as Affinity
from app.orchestration.objects.affinity import PreferredSchedulingTerm
from app.orchestration.objects.selector import (
    DOES_NOT_EXIST,
    EXISTS,
    GREATER,
    IN,
    LESS,
    NAME_FIELD,
    NOT_IN,
    NodeSelector,
    NodeSelectorTerm,
    whole_number,
)
from app.orchestration.scheduler.framework import (
    NODE,
    SKIP,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
    default_normalise,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, ArgumentError, invalid, known
from app.orchestration.scheduler.snapshot import Snapshot

POD = Status(Code.UNRESOLVABLE, ("node(s) didn't match Pod's node affinity/selector",))
ENFORCED = Status(Code.UNRESOLVABLE, ("node(s) didn't match scheduler-enforced node affinity",))
CONFLICT = Status(Code.UNRESOLVABLE, ("pod affinity terms conflict",))


class NodeAffinity:
    """`spec.nodeSelector` and `spec.affinity.nodeAffinity`; the argument addedAffinity is asked of every pod besides.

    Source: pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go.
    """

    name = "NodeAffinity"

    def __init__(self, args: Args = NO_ARGS) -> None:
        added = _read_added(known(args, "", "addedAffinity").get("addedAffinity"))
        self.added = added.required
        self.added_preferred = added.preferred

    def pre_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot
    ) -> tuple[frozenset[str] | None, Status | None]:
        """Nothing asked: skip. Nodes named by `matchFields` in every term: only those are looked at."""
        selector = pod.required_node_affinity
        if selector is None and self.added is None and not pod.node_selector:
            return None, SKIP
        if selector is None or not selector.node_selector_terms:
            return None, None
        named = [_named(term) for term in selector.node_selector_terms]
        if any(names is None for names in named):
            return None, None
        names = frozenset[str]().union(*(one for one in named if one is not None))
        return (names, None) if names else (None, CONFLICT)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        if self.added is not None and not self.added.matches(node.node):
            return ENFORCED
        return None if required_match(pod, node) else POD

    def pre_score(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]
    ) -> Status | None:
        return None if pod.preferred_node_affinity or self.added_preferred else SKIP

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """Sum of the weights of the preferences that match."""
        return preference(self.added_preferred, node) + preference(pod.preferred_node_affinity, node)

    def normalise(self, state: CycleState, pod: PodInfo, scores: list[int]) -> list[int]:
        return default_normalise(scores)

    def events(self) -> tuple[HintedEvent, ...]:
        return (HintedEvent(NODE, Action.ADD | Action.UPDATE_NODE_LABEL, self._after_node),)

    def _after_node(self, pod: PodInfo, old: NodeInfo | None, new: NodeInfo) -> Hint:
        if self.added is not None and not self.added.matches(new.node):
            return Hint.SKIP
        if not required_match(pod, new):
            return Hint.SKIP
        return Hint.QUEUE if old is None or not required_match(pod, old) else Hint.SKIP


def required_match(pod: PodInfo, node: NodeInfo) -> bool:
    """Whether the node satisfies the pod's nodeSelector and required node affinity."""
    labels = node.labels
    for key, value in pod.node_selector.items():
        if labels.get(key) != value:
            return False
    required: NodeSelector | None = pod.required_node_affinity
    return required is None or required.matches(node.node)


def preference(terms: Sequence[PreferredSchedulingTerm], node: NodeInfo) -> int:
    """The weights of the terms that match; an empty preference matches nothing, as there."""
    return sum(
        term.weight for term in terms if term.weight and term.preference.matches(node.name, node.labels)
    )


def _named(term: NodeSelectorTerm) -> frozenset[str] | None:
    """The nodes that a term names, None if it names none."""
    names: frozenset[str] | None = None
    for requirement in term.match_fields:
        if requirement.key == NAME_FIELD and requirement.operator == IN:
            values = frozenset(requirement.values)
            names = values if names is None else names & values
    return names


def _read_added(value: Any) -> Affinity:
    if value is None:
        return Affinity()
    if isinstance(value, dict):
        value = {key: part for key, part in value.items() if part is not None}
    known(
        value,
        "addedAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    )
    try:
        affinity = msgspec.convert(value, Affinity)
    except msgspec.ValidationError as error:
        raise ArgumentError("addedAffinity", str(error)) from None
    path = "addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    for number, term in enumerate(affinity.required.node_selector_terms if affinity.required else ()):
        _check(term, f"{path}[{number}]")
    path = "addedAffinity.preferredDuringSchedulingIgnoredDuringExecution"
    for number, preferred in enumerate(affinity.preferred):
        _check(preferred.preference, f"{path}[{number}].preference")
    return affinity


def _check(term: NodeSelectorTerm, path: str) -> None:
    for number, requirement in enumerate(term.match_expressions):
        where, values = f"{path}.matchExpressions[{number}]", requirement.values
        if requirement.operator in (IN, NOT_IN) and not values:
            raise ArgumentError(
                f"{where}.values", "Required value: for 'in', 'notin' operators, values set can't be empty"
            )
        if requirement.operator in (EXISTS, DOES_NOT_EXIST) and values:
            raise invalid(
                f"{where}.values", list(values), "values set must be empty for exists and does not exist"
            )
        if requirement.operator in (GREATER, LESS) and (len(values) != 1 or whole_number(values[0]) is None):
            raise invalid(
                f"{where}.values", list(values), "for 'Gt', 'Lt' operators, exactly one integer is required"
            )
        if requirement.operator not in (IN, NOT_IN, EXISTS, DOES_NOT_EXIST, GREATER, LESS):
            raise invalid(f"{where}.operator", requirement.operator, "not a valid selector operator")
    for number, requirement in enumerate(term.match_fields):
        where = f"{path}.matchFields[{number}]"
        if requirement.key != NAME_FIELD:
            raise invalid(f"{where}.key", requirement.key, "not a valid field selector key")
        if requirement.operator not in (IN, NOT_IN) or len(requirement.values) != 1:
            raise invalid(
                f"{where}.values",
                list(requirement.values),
                "must have one element, with operator In or NotIn",
            )
