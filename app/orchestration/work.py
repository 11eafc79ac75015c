"""The work queue of the controllers: which (controller, key) is to be looked at, and when.

One round at a time: a key is not looked at again before all writes of its last look came out of the log. So no controller
ever decides on a store that lacks its own decisions.

Source of the back-off: kubernetes/kubernetes, client-go, util/workqueue (ItemExponentialFailureRateLimiter).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from app.orchestration.backoff import backoff_us
from app.orchestration.controllers.base import Controller
from app.orchestration.objects.meta import KubeObject
from app.orchestration.store import ObjectStore
from app.vocabulary.ids import MS, SECOND

Item = tuple[str, str]
"""(controller's name, key)."""

MANY, GATHER_US, GATHER_MAX_US = 100, 100, 1 * SECOND
"""After a look that went through more than so many objects, changes are gathered for so long for each of them, as the Job
controller (SyncJobBatchPeriod) and the endpoint slice controller do there."""
RETRY_US = 100 * MS
RETRY_MAX_US = 60 * SECOND
"""Delay before a key is looked at again whose writes failed, doubled each time."""


class Round(Struct):
    """The writes of one look: how many are on their way, whether one failed, whether one changed something."""

    left: int
    failed: bool = False
    changed: bool = False


class WorkQueue:
    """dirty: items to look at, with the cause. wake: items to look at again at a time (monotonic clock, as all here).

    pending: the writes of an item's last look that are on their way. failures: how often in a row its writes failed.
    rests:   items that gather changes until then.
    """

    def __init__(self, controllers: tuple[Controller, ...]) -> None:
        self.controllers: Mapping[str, Controller] = {it.name: it for it in controllers}
        self.watching: dict[str, list[Controller]] = {}
        for controller in controllers:
            for kind in controller.watches:
                self.watching.setdefault(kind, []).append(controller)
        self.dirty: dict[Item, int] = {}
        self.wake: dict[Item, int] = {}
        self.pending: dict[Item, Round] = {}
        self.failures: dict[Item, int] = {}
        self.rests: dict[Item, int] = {}

    def changed(
        self, store: ObjectStore, kind: str, old: KubeObject | None, new: KubeObject | None, cause: int
    ) -> None:
        """An object was stored (new) or is gone (None): who cares looks at what it concerns, before and after."""
        for controller in self.watching.get(kind, ()):
            for thing in (old, new):
                if thing is not None:
                    for key in controller.affected(store, kind, thing):
                        self.dirty.setdefault((controller.name, key), cause)

    def ready(self, now_us: int) -> list[tuple[Item, int]]:
        """What can be looked at now, with its cause; it is taken off the queue."""
        for item in [item for item, until_us in self.rests.items() if until_us <= now_us]:
            del self.rests[item]
        found = [
            (item, cause)
            for item, cause in self.dirty.items()
            if item not in self.pending and item not in self.rests
        ]
        for item, _ in found:
            del self.dirty[item]
            self.wake.pop(item, None)
        return found

    def looked(self, item: Item, writes: int, wake_us: int | None, seen: int = 0, now_us: int = 0) -> None:
        """A look asked for so many writes, and to be woken at that time; it went through so many objects."""
        if seen > MANY:
            self.rests[item] = now_us + min(seen * GATHER_US, GATHER_MAX_US)
        if writes:
            self.pending[item] = Round(writes)
        else:
            self.failures.pop(item, None)
        if wake_us is not None:
            self.wake[item] = wake_us

    def landed(self, item: Item, ok: bool, changed: bool, cause: int, now_us: int) -> None:
        """One write of an item came out of the log (changed: it did something), or was lost.

        After the last one the item is looked at again: at once if something changed, later if one failed.
        """
        round_ = self.pending.get(item)
        if round_ is None:
            return
        round_.left -= 1
        round_.failed = round_.failed or not ok
        round_.changed = round_.changed or changed
        if round_.left:
            return
        del self.pending[item]
        if round_.failed:
            failures = self.failures[item] = self.failures.get(item, 0) + 1
            again_us = now_us + backoff_us(failures, RETRY_US, RETRY_MAX_US)
            self.wake[item] = min(self.wake.get(item, again_us), again_us)
            return
        self.failures.pop(item, None)
        if round_.changed:
            self.dirty.setdefault(item, cause)

    def woken(self, now_us: int, cause: int) -> None:
        """Time has passed."""
        for item in [item for item, wake_us in self.wake.items() if wake_us <= now_us]:
            del self.wake[item]
            self.dirty.setdefault(item, cause)

    def next_us(self) -> int | None:
        """When the next item wants to be woken, or may be looked at again."""
        rested = (until_us for item, until_us in self.rests.items() if item in self.dirty)
        return min((*self.wake.values(), *rested), default=None)
