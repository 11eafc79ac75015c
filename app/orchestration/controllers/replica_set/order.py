"""Which pods a ReplicaSet gives up first.

Source: kubernetes/kubernetes, pkg/controller/controller_utils.go (ActivePodsWithRanks),
pkg/controller/replicaset/replica_set.go (getPodsRankedByRelatedPodsOnSameNode).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cmp_to_key
from heapq import nsmallest
from itertools import groupby

from msgspec import Struct

from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.pod import PENDING, POD_READY, RUNNING, Pod

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_INT32 = 1 << 31


class Candidate(Struct, frozen=True):
    """What the order looks at. rank: how many pods of the set (and its siblings) are on the same node.

    ready_us, created_us: None is "unset". restarts: the most of its containers.
    """

    uid: str
    assigned: bool
    phase: str
    ready: bool
    rank: int = 0
    cost: int = 0
    ready_us: int | None = None
    restarts: int = 0
    created_us: int | None = None


def earlier(a: Candidate, b: Candidate, now_us: int) -> bool:
    """Whether `a` is given up before `b`: what is least useful first."""
    left, right = _rank(a), _rank(b)
    if left != right:
        return left < right
    if a.ready and b.ready and a.ready_us != b.ready_us:
        if a.ready_us is None or b.ready_us is None:
            return a.ready_us is None
        return _younger((a.ready_us, a.uid), (b.ready_us, b.uid), now_us)
    if a.restarts != b.restarts:
        return a.restarts > b.restarts
    if a.created_us != b.created_us:
        if a.created_us is None or b.created_us is None:
            return a.created_us is None
        return _younger((a.created_us, a.uid), (b.created_us, b.uid), now_us)
    return False


def _younger(a: tuple[int, str], b: tuple[int, str], now_us: int) -> bool:
    """By age, roughly; else by uid. a, b: (since when, uid)."""
    left, right = _bucket(now_us - a[0]), _bucket(now_us - b[0])
    return left < right if left != right else a[1] < b[1]


def _progress(phase: str) -> int:
    return {PENDING: 0, RUNNING: 2}.get(phase, 1)


def _bucket(age_us: int) -> int:
    """The age on a scale of powers of two (of nanoseconds, as there): pods of about the same age are drawn by lot."""
    return (age_us * 1000).bit_length() - 1 if age_us > 0 else -1


def candidate(pod: Pod, rank: int) -> Candidate:
    """A pod as the order sees it."""
    status = pod.status
    ready = condition_of(status.conditions, POD_READY)
    counts = [container.restart_count for container in status.container_statuses]
    return Candidate(
        uid=pod.metadata.uid,
        assigned=bool(pod.spec.node_name),
        phase=status.phase,
        ready=pod.ready,
        rank=rank,
        cost=deletion_cost(pod),
        ready_us=ready.last_transition_time if ready is not None else None,
        restarts=max([status.restart_count, *counts]),
        created_us=pod.metadata.creation_timestamp,
    )


def deletion_cost(pod: Pod) -> int:
    """The annotation's whole number; nought without one, or with a wrong one."""
    text = pod.metadata.annotations.get(DELETION_COST, "0")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or (digits != "0" and digits.startswith("0")):
        return 0
    number = int(text)
    return number if -_INT32 <= number < _INT32 else 0


def deletion_order(
    pods: Iterable[Pod], on_node: Mapping[str, int], now_us: int, count: int | None = None
) -> list[Pod]:
    """The first `count` of the pods (None: all), first the one to give up first.

    on_node: how many active pods of the set, and of sets with the same owner, each node has.
    """
    ranked = [(candidate(pod, on_node.get(pod.spec.node_name, 0)), pod) for pod in pods]
    ranked.sort(key=lambda it: _rank(it[0]))
    order: list[Pod] = []
    for _, alike in groupby(ranked, key=lambda it: _rank(it[0])):
        left = None if count is None else count - len(order)
        if left == 0:
            break
        order += [pod for _, pod in _ordered(list(alike), now_us, left)]
    return order


def _rank(it: Candidate) -> tuple[bool, int, bool, int, int]:
    """What counts before all that has to do with time."""
    return it.assigned, _progress(it.phase), it.ready, it.cost, -it.rank


def _ordered(
    alike: list[tuple[Candidate, Pod]], now_us: int, count: int | None
) -> list[tuple[Candidate, Pod]]:
    """The first `count` of pods of equal rank, in order."""

    def compare(a: tuple[Candidate, Pod], b: tuple[Candidate, Pod]) -> int:
        return -1 if earlier(a[0], b[0], now_us) else int(earlier(b[0], a[0], now_us))

    key = cmp_to_key(compare)
    return sorted(alike, key=key) if count is None or count >= len(alike) else nsmallest(count, alike, key)
