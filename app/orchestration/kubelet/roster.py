"""The leader's latest list of a node's pods, compared with the one before, so that a list costs what it says that is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import compress, filterfalse
from operator import not_

from app.orchestration.objects.pod import Pod


class Roster:
    """listed: the latest list, by key. unlike: running pods whose readiness is another than the list says.

    Objects of the store never change: a pod that is told as the same object is the same pod, and what was looked at before
    need not be again. Whatever terminates is looked at with every list.
    """

    def __init__(self) -> None:
        self.listed: dict[str, Pod] = {}
        self.unlike: dict[str, None] = {}
        self.loads: dict[str, int] = {}
        self._pods: tuple[Pod, ...] = ()
        self._leaving: dict[str, Pod] = {}

    def renew(self, pods: tuple[Pod, ...], released: Collection[str]) -> tuple[dict[str, None], list[Pod]]:
        """Take a list over: (keys of what came, changed or went; pods to take or let go, in the list's order).

        released: keys of pods of which nothing runs here any more, and that it is about to be said of.
        """
        came, went = _without(pods, self._pods), _without(self._pods, pods)
        self._pods = pods
        for pod in went:
            del self.listed[pod.key]
            self._leaving.pop(pod.key, None)
        for pod in came:
            self.listed[pod.key] = pod
            if pod.terminating:
                self._leaving[pod.key] = pod
        leaving = [self._leaving[key] for key in filterfalse(released.__contains__, self._leaving)]
        wanted = _identities((*came, *leaving))
        todo = compress(pods, map(wanted.__contains__, map(id, pods))) if leaving else came
        return dict.fromkeys(pod.key for pod in (*went, *came)), list(todo)

    def compare(self, key: str, ready: bool) -> bool:
        """Whether a pod that runs here is (ready) as the list says; one that is not is looked at with every list."""
        told = self.listed.get(key)
        alike = told is not None and told.ready == ready
        if alike:
            self.unlike.pop(key, None)
        else:
            self.unlike[key] = None
        return alike

    def forget(self, key: str) -> None:
        """The pod does not run here any more."""
        self.unlike.pop(key, None)


def _without(pods: tuple[Pod, ...], others: tuple[Pod, ...]) -> list[Pod]:
    """Those that are not, as the same objects, among the others."""
    known = _identities(others)
    return list(compress(pods, map(not_, map(known.__contains__, map(id, pods)))))


def _identities(pods: Iterable[Pod]) -> Collection[int]:
    """Only asked for membership: neither order nor the numbers themselves decide anything."""
    return frozenset(map(id, pods))
