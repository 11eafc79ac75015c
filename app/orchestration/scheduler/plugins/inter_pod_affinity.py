"""Filter and score: pods that want to be together, or apart, within a node, a zone or whatever a node label says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from app.orchestration.objects.selector import LABEL_VALUE
from app.orchestration.scheduler.framework import (
    ASSIGNED_POD,
    NODE,
    SCORE_MAX,
    SKIP,
    TARGET_POD,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, invalid, known, whole
from app.orchestration.scheduler.snapshot import Snapshot
from app.orchestration.scheduler.terms import AffinityTerm

NOT_TOGETHER = "node(s) didn't match pod affinity rules"
NOT_APART = "node(s) didn't match pod anti-affinity rules"
DISTURBS = "node(s) didn't satisfy existing pods anti-affinity rules"

NO_LABEL = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end"
    " with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
    " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)

_ENCODER = msgspec.msgpack.Encoder(order="sorted")

Pair = tuple[str, str]
"""(topology key, value)."""

SHORT = (29, 57, 58)
"""Percentages k for which 100 * (k / 100) in double precision falls short of k, and is cut to k - 1."""


class Matches:
    """How many pods match, by pair: those whose anti-affinity means the pod, and those that its own terms mean.

    A pair is there only while its count is not zero. own: the pod's namespace has these labels.
    """

    __slots__ = ("against", "apart", "snapshot", "together")

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.against: dict[Pair, int] = {}
        self.together: dict[Pair, int] = {}
        self.apart: dict[Pair, int] = {}

    def clone(self) -> Matches:
        """For a dry run."""
        copy = Matches(self.snapshot)
        copy.against, copy.together, copy.apart = dict(self.against), dict(self.together), dict(self.apart)
        return copy

    def count(self, pod: PodInfo, other: PodInfo, node: NodeInfo, delta: int) -> None:
        """`other` is on `node`, or (delta -1) no longer."""
        self.count_against(pod, other, node, delta)
        if pod.required_affinity and means_by_all(pod.required_affinity, other, self.snapshot):
            _add(self.together, pod.required_affinity, node, delta)
        if pod.required_anti_affinity:
            labels = self.snapshot.namespace_labels(other.namespace)
            meant = (
                t for t in pod.required_anti_affinity if t.matches(other.namespace, other.labels, labels)
            )
            _add(self.apart, meant, node, delta)

    def count_against(self, pod: PodInfo, other: PodInfo, node: NodeInfo, delta: int) -> None:
        """The same, only for the anti-affinity of `other`."""
        if other.required_anti_affinity:
            labels = self.snapshot.namespace_labels(pod.namespace)
            meant = (t for t in other.required_anti_affinity if t.matches(pod.namespace, pod.labels, labels))
            _add(self.against, meant, node, delta)


class InterPodAffinity:
    """Required terms filter, preferred ones score, both of the pod itself and of the pods that are there.

    The first pod of a group that wants to be together may go anywhere where the topology keys exist.
    Raw score of a node: sum of weights of the preferred terms that hold there (anti-affinity counts against), plus
    hardPodAffinityWeight for every required affinity of an existing pod that means the pod; normalised between the
    lowest and the highest.

    args:   InterPodAffinityArgs: hardPodAffinityWeight 0..100 (default 1), ignorePreferredTermsOfExistingPods.
    Raises: ArgumentError.

    Source: pkg/scheduler/framework/plugins/interpodaffinity (filtering.go, scoring.go, plugin.go).
    """

    name = "InterPodAffinity"
    score_key = "InterPodAffinity.score"

    def __init__(self, args: Args = NO_ARGS) -> None:
        weight, ignore = "hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"
        args = known(args, "", weight, ignore)
        self.hard_weight = whole(args.get(weight, 1), weight, 0, 100)
        self.ignore_existing: bool = args.get(ignore, False)
        if not isinstance(self.ignore_existing, bool):
            raise invalid(ignore, self.ignore_existing, "must be true or false")

    def pre_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot
    ) -> tuple[frozenset[str] | None, Status | None]:
        bad = unreadable(pod) if pod.with_affinity else None
        if bad is not None:
            return None, Status(Code.UNRESOLVABLE, (f"parsing pod: {bad}",))
        found = Matches(snapshot)
        for node in snapshot.with_required_anti_affinity:
            for other in node.pods_with_required_anti_affinity.values():
                found.count_against(pod, other, node, 1)
        if pod.required_affinity or pod.required_anti_affinity:
            _count_own(found, pod, snapshot)
        elif not found.against:
            return None, SKIP
        state.data[self.name] = found
        return None, None

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        found: Matches | None = state.data.get(self.name)
        if found is not None:
            found.count(pod, other, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        found: Matches | None = state.data.get(self.name)
        if found is not None:
            found.count(pod, other, node, -1)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        found: Matches | None = state.data.get(self.name)
        if found is None:
            return None
        if not _together(found, pod, node):
            return Status(Code.UNRESOLVABLE, (NOT_TOGETHER,))
        for term in pod.required_anti_affinity:
            value = node.labels.get(term.topology_key)
            if value is not None and found.apart.get((term.topology_key, value), 0) > 0:
                return Status(Code.UNSCHEDULABLE, (NOT_APART,))
        if found.against and any(found.against.get(pair, 0) > 0 for pair in node.labels.items()):
            return Status(Code.UNSCHEDULABLE, (DISTURBS,))
        return None

    def pre_score(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]
    ) -> Status | None:
        """Weigh the pairs. Skips where no term of anybody means anything."""
        wishes = bool(pod.preferred_affinity or pod.preferred_anti_affinity)
        if not nodes or (self.ignore_existing and not wishes):
            return SKIP
        scores: dict[Pair, int] = {}
        labels = snapshot.namespace_labels(pod.namespace)
        for node in snapshot.nodes if wishes else snapshot.with_affinity:
            if not node.labels:
                continue
            for other in (node.pods if wishes else node.pods_with_affinity).values():
                if wishes:
                    self._weigh_own(scores, pod, other, node, snapshot.namespace_labels(other.namespace))
                if other.with_affinity:
                    self._weigh_other(scores, pod, other, node, labels)
        if not scores:
            return SKIP
        state.data[self.score_key] = scores
        return None

    def _weigh_own(
        self, scores: dict[Pair, int], pod: PodInfo, other: PodInfo, node: NodeInfo, labels: Mapping[str, str]
    ) -> None:
        """What the pod wishes of `other`."""
        for sign, terms in ((1, pod.preferred_affinity), (-1, pod.preferred_anti_affinity)):
            for one in terms:
                if one.term.matches(other.namespace, other.labels, labels):
                    _weigh(scores, one.term.topology_key, node, sign * one.weight)

    def _weigh_other(
        self, scores: dict[Pair, int], pod: PodInfo, other: PodInfo, node: NodeInfo, labels: Mapping[str, str]
    ) -> None:
        """What `other` wishes of the pod."""
        if self.hard_weight:
            for term in other.required_affinity:
                if term.matches(pod.namespace, pod.labels, labels):
                    _weigh(scores, term.topology_key, node, self.hard_weight)
        for sign, terms in ((1, other.preferred_affinity), (-1, other.preferred_anti_affinity)):
            for one in terms:
                if one.term.matches(pod.namespace, pod.labels, labels):
                    _weigh(scores, one.term.topology_key, node, sign * one.weight)

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """The raw score; it may be below zero."""
        scores: dict[Pair, int] = state.data.get(self.score_key, {})
        return sum(scores.get(pair, 0) for pair in node.labels.items())

    def normalise(self, state: CycleState, pod: PodInfo, scores: list[int]) -> list[int]:
        """The lowest 0, the highest 100; all alike: 0."""
        lowest, highest = min(scores, default=0), max(scores, default=0)
        if highest == lowest:
            return [0] * len(scores)
        return [share_of(raw - lowest, highest - lowest) for raw in scores]

    def events(self) -> tuple[HintedEvent, ...]:
        pods = Action.ADD | Action.DELETE | Action.UPDATE_POD_LABEL
        nodes = Action.ADD | Action.UPDATE_NODE_LABEL
        return (
            HintedEvent(ASSIGNED_POD, pods, _after_pod),
            HintedEvent(TARGET_POD, Action.UPDATE_POD_LABEL),
            HintedEvent(NODE, nodes, _after_node),
        )


def unreadable(pod: PodInfo) -> str | None:
    """Where a selector of the pod has a value that no label can have, so that Kubernetes cannot read it, in its words."""
    kinds = (
        ("requiredAffinityTerms", pod.required_affinity),
        ("requiredAntiAffinityTerms", pod.required_anti_affinity),
        ("preferredAffinityTerms", tuple(one.term for one in pod.preferred_affinity)),
        ("preferredAntiAffinityTerms", tuple(one.term for one in pod.preferred_anti_affinity)),
    )
    for kind, terms in kinds:
        for term in terms:
            for requirement in term.selector.match_expressions if term.selector is not None else ():
                for number, value in enumerate(requirement.values):
                    if not LABEL_VALUE.fullmatch(value):
                        return f'{kind}: values[{number}][{requirement.key}]: Invalid value: "{value}": {NO_LABEL}'
    return None


def share_of(part: int, whole: int) -> int:
    """100 * part / whole as Go's double precision has it, cut to a whole number: 29 of 100 is 28 there."""
    share, rest = divmod(SCORE_MAX * part, whole)
    return share - 1 if not rest and share in SHORT else share


def means_by_all(terms: tuple[AffinityTerm, ...], other: PodInfo, snapshot: Snapshot) -> bool:
    """Whether all terms mean `other`: a pod counts for affinity only if they do."""
    labels = snapshot.namespace_labels(other.namespace)
    return all(term.matches(other.namespace, other.labels, labels) for term in terms)


def _count_own(found: Matches, pod: PodInfo, snapshot: Snapshot) -> None:
    """Whom the pod's own terms mean, node by node."""
    asked: list[tuple[dict[Pair, int], tuple[AffinityTerm, ...]]] = []
    if pod.required_affinity:
        asked.append((found.together, pod.required_affinity))
    asked += [(found.apart, (term,)) for term in pod.required_anti_affinity]
    for counts, terms in asked:
        # What a selector of namespaces means may change while the node's pods stay the same.
        lasting = all(term.namespace_selector is None for term in terms)
        key = ("terms", _ENCODER.encode(terms)) if lasting else None

        def is_meant(other: PodInfo, terms: tuple[AffinityTerm, ...] = terms) -> bool:
            return means_by_all(terms, other, snapshot)

        for node in snapshot.nodes:
            if not node.pods:
                continue
            number = node.counted(key, is_meant) if key else sum(map(is_meant, node.pods.values()))
            if number:
                _add(counts, terms, node, number)


def _together(found: Matches, pod: PodInfo, node: NodeInfo) -> bool:
    alone = False
    for term in pod.required_affinity:
        value = node.labels.get(term.topology_key)
        if value is None:
            return False
        if found.together.get((term.topology_key, value), 0) <= 0:
            alone = True
    if not alone:
        return True
    # The first of a group that wants to be together would wait for ever, so it may begin anywhere.
    return not found.together and means_by_all(pod.required_affinity, pod, found.snapshot)


def _add(counts: dict[Pair, int], terms: Iterable[AffinityTerm], node: NodeInfo, delta: int) -> None:
    for term in terms:
        value = node.labels.get(term.topology_key)
        if value is None:
            continue
        pair = (term.topology_key, value)
        counts[pair] = counts.get(pair, 0) + delta
        if not counts[pair]:
            del counts[pair]


def _weigh(scores: dict[Pair, int], key: str, node: NodeInfo, weight: int) -> None:
    value = node.labels.get(key)
    if value is not None:
        scores[(key, value)] = scores.get((key, value), 0) + weight


def _after_pod(pod: PodInfo, old: PodInfo | None, new: PodInfo | None) -> Hint:
    """A pod that a term of the pod means came, went or changed its labels; or one whose anti-affinity means the pod went.

    The labels of namespaces are not known here: a namespaceSelector counts as matching.
    """
    before = old is not None and _means(pod.required_affinity, old)
    after = new is not None and _means(pod.required_affinity, new)
    if after and not before:
        return Hint.QUEUE
    if before and not after and _means(pod.required_affinity, pod):
        return Hint.QUEUE  # the last of the group may have gone: now the pod is the first
    if old is None:
        return Hint.SKIP
    if _any(pod.required_anti_affinity, old) and (new is None or not _any(pod.required_anti_affinity, new)):
        return Hint.QUEUE
    if new is None and _any(old.required_anti_affinity, pod):
        return Hint.QUEUE
    return Hint.SKIP


def _after_node(pod: PodInfo, old: NodeInfo | None, new: NodeInfo | None) -> Hint:
    """A node came with the topology keys that are asked for, or moved to other values of them, or left a value where
    anti-affinity holds: to come to a value that it had not only brings more of it."""
    if new is None:
        return Hint.SKIP
    together = [term.topology_key for term in pod.required_affinity]
    apart = [term.topology_key for term in pod.required_anti_affinity]
    suits = all(key in new.labels for key in together)
    if old is None:
        return Hint.QUEUE if suits else Hint.SKIP
    # Without terms of its own it was an existing pod's anti-affinity that refused, by a key not known here.
    if not together and not apart:
        return Hint.QUEUE if old.labels != new.labels else Hint.SKIP
    if any(key in old.labels and old.labels[key] != new.labels.get(key) for key in apart):
        return Hint.QUEUE
    if suits and any(old.labels.get(key) != new.labels[key] for key in together):
        return Hint.QUEUE
    return Hint.SKIP


def _means(terms: tuple[AffinityTerm, ...], other: PodInfo) -> bool:
    return bool(terms) and all(_meant(term, other) for term in terms)


def _any(terms: tuple[AffinityTerm, ...], other: PodInfo) -> bool:
    return any(_meant(term, other) for term in terms)


def _meant(term: AffinityTerm, other: PodInfo) -> bool:
    if term.namespace_selector is None:
        return term.matches(other.namespace, other.labels, None)
    return term.selector is not None and bool(term.selector.matches(other.labels))
