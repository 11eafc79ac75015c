"""The pods that each ReplicaSet manages, counted as they change: a look at one costs the same for 3 pods and for 3,000.

Part of what a leader remembers; Kubernetes' informers keep indices to the same end.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable

from app.orchestration.objects.meta import KubeObject, condition_of
from app.orchestration.objects.pod import POD_READY, Pod
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.selector import LabelSelector
from app.vocabulary.ids import SECOND

Labels = tuple[tuple[str, str], ...]
_LAST = "\U0010ffff"
"""Sorts after every key."""


class Tally:
    """active: pods that have not ended and are not about to be deleted. stopping: pods that are deleted and have not ended.

    ready:    (since when, key) of the active ones that are ready, sorted. on_node: active ones by their node, "" of none.
    labels:   which labels the pods have, and how many have them.
    """

    __slots__ = ("active", "labels", "on_node", "ready", "stopping")

    def __init__(self) -> None:
        self.active = self.stopping = 0
        self.ready: list[tuple[int, str]] = []
        self.on_node: dict[str, int] = {}
        self.labels: dict[Labels, int] = {}

    def available(self, min_ready_seconds: int, now_us: int) -> int:
        """How many have been ready for long enough (see `workload.is_available`)."""
        if not min_ready_seconds:
            return len(self.ready)
        return bisect_right(self.ready, (now_us - min_ready_seconds * SECOND, _LAST))

    def next_available_us(self, min_ready_seconds: int, now_us: int) -> int | None:
        """When the next pod will have been ready for long enough, if nothing happens."""
        number = self.available(min_ready_seconds, now_us)
        waits = number < len(self.ready)
        return self.ready[number][0] + min_ready_seconds * SECOND if waits else None

    def all_have(self, labels: dict[str, str]) -> bool:
        """Whether every pod has these labels, and maybe more."""
        return all(labels.items() <= dict(given).items() for given in self.labels)

    def all_match(self, selector: LabelSelector) -> bool:
        """Whether the selector means every pod."""
        return all(selector.matches(dict(given)) for given in self.labels)

    def count(self, pod: Pod, by: int) -> None:
        """The pod is there from now on (by: 1), or no more (-1)."""
        _add(self.labels, tuple(sorted(pod.metadata.labels.items())), by)
        if pod.finished:
            return
        if pod.terminating:
            self.stopping += by
            return
        self.active += by
        _add(self.on_node, pod.spec.node_name, by)
        condition = condition_of(pod.status.conditions, POD_READY)
        if condition is not None and condition.status == "True":
            since = (condition.last_transition_time, pod.key)
            if by > 0:
                insort(self.ready, since)
            else:
                del self.ready[bisect_right(self.ready, since) - 1]


def _add(counts: dict[str, int] | dict[Labels, int], name: str | Labels, by: int) -> None:
    number = counts.get(name, 0) + by  # type: ignore[arg-type]
    if number:
        counts[name] = number  # type: ignore[index]
    else:
        del counts[name]  # type: ignore[arg-type]


NOBODY = Tally()
"""That of an owner without pods."""


def tally_of(pods: Iterable[Pod]) -> Tally:
    """The count of these pods."""
    tally = Tally()
    for pod in pods:
        tally.count(pod, 1)
    return tally


class Tallies:
    """By the uid of the managing ReplicaSet."""

    def __init__(self, things: Iterable[KubeObject] = ()) -> None:
        self.by_owner: dict[str, Tally] = {}
        for thing in things:
            self.changed(None, thing)

    def of(self, owner: KubeObject) -> Tally:
        """How many pods it has."""
        return self.by_owner.get(owner.metadata.uid, NOBODY)

    def changed(self, old: KubeObject | None, new: KubeObject | None) -> None:
        """An object was stored (new) or is gone (None)."""
        for thing, by in ((old, -1), (new, 1)):
            if type(thing) is not Pod:
                continue
            owner = thing.controller
            if owner is not None and owner.kind == ReplicaSet.KIND:
                self.by_owner.setdefault(owner.uid, Tally()).count(thing, by)
                if not self.by_owner[owner.uid].labels:
                    del self.by_owner[owner.uid]


__all__ = ["NOBODY", "Tallies", "Tally", "tally_of"]
