"""Which pods are of one kind, and what is known of each: shared wherever nothing tells the pods apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from app.orchestration.objects.affinity import DO_NOT_SCHEDULE, SCHEDULE_ANYWAY
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.node_info import HOSTNAME_LABEL, PodInfo
from app.orchestration.scheduler.plugins.inter_pod_affinity import unreadable
from app.orchestration.scheduler.plugins.spread_constraints import owner_selectors
from app.orchestration.scheduler.profile import Profile
from app.orchestration.scheduler.vectorised.affinity import Ties
from app.orchestration.scheduler.vectorised.case import Case
from app.orchestration.scheduler.vectorised.cells import Cells
from app.orchestration.scheduler.vectorised.dry_runs import Room
from app.orchestration.scheduler.vectorised.matrix import Matrix
from app.orchestration.scheduler.vectorised.nominated import Cycle
from app.orchestration.scheduler.vectorised.refusals import AFFINITY, SPREAD
from app.orchestration.scheduler.vectorised.spreading import HardSpread, SoftSpread, identity_of
from app.orchestration.scheduler.vectorised.statics import Statics, look_of
from app.orchestration.scheduler.vectorised.table import Table

KINDS_MAX = SHARED_MAX = 512
"""Kinds of pods, and parts of what is known of them, that are kept; least recently used dropped first."""

ROOMS_MAX = 64
"""Kinds of pods and priorities for which dry runs are kept, likewise."""

_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def claims_of(pod: PodInfo) -> bytes:
    """Pods that are equal in this are equal to all plug-ins that do not look at labels of pods."""
    if not pod.with_affinity and not pod.spread:
        return pod.shape
    return b"+" + _ENCODER.encode((look_of(pod), pod.requests, pod.scored, pod.host_ports))


def kind_of(pod: PodInfo) -> tuple[Any, ...]:
    """Pods that are equal in this are equal to all plug-ins."""
    return (pod.shape, pod.namespace, *pod.labels.items(), *[owner.uid for owner in pod.owners])


class Known:
    """A case, and what it was made of beside the pod. case: None if the plain cycle has to decide."""

    def __init__(self, case: Case | None, selectors: tuple[Any, ...]) -> None:
        self.case = case
        self.selectors = selectors

    @property
    def outdated(self) -> bool:
        return self.case is not None and self.case.outdated


class Cases:
    """See the module. All of it is dropped when nodes come, go or move."""

    def __init__(self, cache: SchedulerCache, profile: Profile) -> None:
        self.profile = profile
        self.matrix = matrix = Matrix(cache)
        self.plugins: dict[str, Any] = profile.plugins
        self.services = matrix.snapshot.services
        self.namespaces = matrix.snapshot.namespaces
        self._known: dict[Any, Known] = {}
        self._rooms: dict[Any, Room] = {}
        self._shared: dict[Any, Any] = {}
        self.filters_by_spread = SPREAD in [one.name for one in profile.filters]
        self.scores_by_spread = SPREAD in [one.name for one in profile.scores]
        self.affine = AFFINITY in self.plugins

    def sync(self) -> bool:
        """Read what changed. False: everything has to be made anew."""
        matrix = self.matrix
        if matrix.stale:
            return False
        snapshot = matrix.cache.snapshot()
        if snapshot.namespaces is not self.namespaces:
            if snapshot.namespaces != self.namespaces:
                return False
            self.namespaces = snapshot.namespaces
        if snapshot.services is not self.services:
            if snapshot.services != self.services:
                self._known.clear()
            self.services = snapshot.services
        matrix.sync()
        return not matrix.stale

    def of(self, pod: PodInfo) -> Case | None:
        """What is known of the pod's kind, up to date."""
        key = kind_of(pod)
        known = self._known.get(key)
        selectors = owner_selectors(pod, self.matrix.snapshot) if pod.owners else ()
        if known is None or known.selectors != selectors or known.outdated:
            known = Known(self._make(pod), selectors)
        keep(self._known, key, known, KINDS_MAX)
        case = known.case
        if case is not None:
            if case.ties is None and self.affine and (pod.with_affinity or self.matrix.cache.terms):
                case.ties = Ties(self.matrix, self.plugins[AFFINITY], pod)
            case.catch_up()
        return case

    def room(self, cycle: Cycle) -> Room:
        """What dry runs found for such pods; where other pods do not matter, for all that claim the same."""
        pod = cycle.pod
        key = pod.priority, kind_of(pod) if cycle.case.tied else claims_of(pod)
        found = self._rooms.get(key) or Room()
        keep(self._rooms, key, found, ROOMS_MAX)
        return found

    def _make(self, pod: PodInfo) -> Case | None:
        matrix, snapshot = self.matrix, self.matrix.snapshot
        statics = self._share(("statics", look_of(pod)), lambda: Statics(matrix, self.profile, pod))
        if statics.narrowed or (self.affine and pod.with_affinity and unreadable(pod)):
            return None
        statics.catch_up()
        claims = claims_of(pod)
        table = self._share(("table", claims), lambda: Table(matrix, statics, self.profile, pod))
        plugin = self.plugins.get(SPREAD)
        case = Case(table, Cells(table, None))
        if plugin is None:
            return case
        constraints = plugin.constraints(pod, snapshot, DO_NOT_SCHEDULE) if self.filters_by_spread else ()
        if constraints:
            asked = tuple(map(identity_of, constraints))
            case.hard = self._share(
                ("hard", claims, pod.namespace, asked), lambda: HardSpread(matrix, pod, constraints)
            )
            case.itself = tuple(one.selects(pod.labels) for one in constraints)
        wishes = plugin.constraints(pod, snapshot, SCHEDULE_ANYWAY) if self.scores_by_spread else ()
        if [one.topology_key for one in wishes].count(HOSTNAME_LABEL) > 1:
            return None
        if wishes:
            all_labels = bool(pod.spread) or not plugin.system_defaulted
            key = ("soft", claims, pod.namespace, all_labels, *map(identity_of, wishes))
            case.cells = self._share(key, lambda: Cells(table, SoftSpread(matrix, pod, wishes, all_labels)))
        return case

    def _share(self, key: Any, make: Callable[[], Any]) -> Any:
        found = self._shared.get(key)
        if found is None or found.outdated:
            found = make()
        keep(self._shared, key, found, SHARED_MAX)
        return found


def keep(things: dict[Any, Any], key: Any, thing: Any, most: int) -> None:
    """Remember it as the latest, and forget the eldest of too many."""
    things.pop(key, None)
    things[key] = thing
    if len(things) > most:
        del things[next(iter(things))]
