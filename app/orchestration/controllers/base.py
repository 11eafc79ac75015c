"""What a controller is: it looks at one object of the store and says what is to be written, no more.

The control plane keeps the work queue, proposes the writes (stamped with its ballot) and remembers those on their way; see
`control_plane.py`. Adding a controller: a module with a class, one line in `controllers/__init__.py`, one test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from app.orchestration.losses import Losses
from app.orchestration.objects.event import NORMAL, WARNING, Note
from app.orchestration.objects.meta import KubeObject
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.orchestration.tally import Tallies
from app.vocabulary.base import Operation

AnyObject = KubeObject


class Usage(Struct, frozen=True, gc=False):
    """What a pod uses now, as its kubelet last said."""

    cpu_milli: int
    memory_bytes: int


class Look(Struct):
    """What a controller is shown.

    now_us:   wall clock, as all times in objects. mono_us: monotonic clock, for durations.
    memory:   this controller's own, lost with the leadership. usage: by pod key. tallies: the pods of ReplicaSets.
    losses:   pods that are to be replaced.
    """

    store: ObjectStore
    now_us: int
    mono_us: int
    settings: KubeSettings
    memory: dict[str, Any]
    usage: Mapping[str, Usage]
    tallies: Tallies
    losses: Losses


class Plan(Struct, frozen=True):
    """writes: in this order, without ballot. wake_us: when to look again (wall clock) if nothing happens; None never.

    seen: how many objects the look went through. After many, changes are gathered for a while before the next look.
    """

    writes: tuple[Operation, ...] = ()
    wake_us: int | None = None
    seen: int = 0


NOTHING = Plan()


class Controller(Protocol):
    """name: "deployment". watches: kinds whose changes may matter."""

    name: str
    watches: tuple[str, ...]

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Keys to reconcile when `thing` was stored or deleted; asked for the old and the new of a change."""
        ...

    def reconcile(self, look: Look, key: str) -> Plan:
        """What is to be done about the object `key`, which may be gone. Pure but for `look.memory`."""
        ...


__all__ = ["NORMAL", "NOTHING", "WARNING", "AnyObject", "Controller", "Look", "Note", "Plan", "Usage"]
