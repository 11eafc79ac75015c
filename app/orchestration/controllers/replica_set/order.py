"""Which pods a ReplicaSet gives up first.

Source: kubernetes/kubernetes, pkg/controller/controller_utils.go (ActivePodsWithRanks),
pkg/controller/replicaset/replica_set.go (getPodsRankedByRelatedPodsOnSameNode).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cmp_to_key

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
    for left, right in (
        (a.assigned, b.assigned),
        (_progress(a.phase), _progress(b.phase)),
        (a.ready, b.ready),
        (a.cost, b.cost),
        (-a.rank, -b.rank),
    ):
        if left != right:
            return left < right
    if a.ready and b.ready and a.ready_us != b.ready_us:
        if a.ready_us is None or b.ready_us is None:
            return a.ready_us is None
        left, right = _bucket(now_us - a.ready_us), _bucket(now_us - b.ready_us)
        return left < right if left != right else a.uid < b.uid
    if a.restarts != b.restarts:
        return a.restarts > b.restarts
    if a.created_us != b.created_us:
        if a.created_us is None or b.created_us is None:
            return a.created_us is None
        left, right = _bucket(now_us - a.created_us), _bucket(now_us - b.created_us)
        return left < right if left != right else a.uid < b.uid
    return False


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


def deletion_order(pods: Iterable[Pod], related: Iterable[Pod], now_us: int) -> list[Pod]:
    """The pods, first the one to give up first. related: active pods of the set and of sets with the same owner."""
    on_node = Counter(pod.spec.node_name for pod in related)
    ranked = [(candidate(pod, on_node[pod.spec.node_name]), pod) for pod in pods]

    def compare(a: tuple[Candidate, Pod], b: tuple[Candidate, Pod]) -> int:
        return -1 if earlier(a[0], b[0], now_us) else int(earlier(b[0], a[0], now_us))

    return [pod for _, pod in sorted(ranked, key=cmp_to_key(compare))]
