"""One direction between two machines: what it is made of, what ails it, and which messages it has seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from app.vocabulary.ids import NodeId

Mark = tuple[int, int]
"""(at_us, seq): when something happened, and its entry."""

CUT = "cut"
LOSS = "loss"
LATE = "late"
CORRUPT = "corrupt"
TAMPER = "tamper"
EDITED = "edited"
REPLAY = "replay"
ALTERED = (CORRUPT, TAMPER, EDITED)
"""What befalls a flight: it dies at a cut or by loss; it comes later than it was going to; bits flip on its way; somebody
changes it on its way; somebody records it and sends it again."""

WINDOW = 256
"""How many missing messages a receiver waits for; what is older is refused as a replay."""
PPM = 1_000_000


class Ill(Struct, frozen=True, gc=False):
    """What ails a link, besides the weather, in parts per million of messages.

    delay_us:    added to the delay of every message. bytes_per_s: 0 is no limit; messages queue for the line.
    corrupt_ppm: bits flip. tamper_ppm: somebody changes a field. replay_ppm: somebody sends it again after it came.
    """

    delay_us: int = 0
    loss_ppm: int = 0
    duplicate_ppm: int = 0
    reorder_ppm: int = 0
    corrupt_ppm: int = 0
    tamper_ppm: int = 0
    replay_ppm: int = 0
    bytes_per_s: int = 0


def together(ills: Iterable[Ill]) -> Ill | None:
    """Several ills of one link as one: delays add up, chances are independent, the narrowest line counts; None if none."""
    found: Ill | None = None
    for ill in ills:
        found = ill if found is None else _both(found, ill)
    return found


def _both(one: Ill, other: Ill) -> Ill:
    chances: dict[str, int] = {}
    for name in ("loss_ppm", "duplicate_ppm", "reorder_ppm", "corrupt_ppm", "tamper_ppm", "replay_ppm"):
        a, b = getattr(one, name), getattr(other, name)
        chances[name] = a + b - a * b // PPM
    limits = [ill.bytes_per_s for ill in (one, other) if ill.bytes_per_s]
    narrowest = min(limits, default=0)
    return Ill(delay_us=one.delay_us + other.delay_us, bytes_per_s=narrowest, **chances)


class Ailment(Struct, frozen=True):
    """An ill and the links that have it: from src to dst, "" for any, and the other way too if `both`."""

    src: NodeId
    dst: NodeId
    both: bool
    ill: Ill

    def hits(self, src: NodeId, dst: NodeId) -> bool:
        """Whether a link has it."""
        return self._one_way(src, dst) or (self.both and self._one_way(dst, src))

    def _one_way(self, src: NodeId, dst: NodeId) -> bool:
        return self.src in ("", src) and self.dst in ("", dst)


class Link:
    """One direction between two machines.

    arrived_us: when the last message that kept its place in the queue arrives: links keep order unless told otherwise.
    blocked:    since when nothing passes, and the entry of the cut; None: open.
    heard_us:   when the latest delivered message was sent. lost: the first drop since, if any.
    ill:        what ails it; None: nothing. free_us: when the line is free again, where bandwidth is limited.
    sent:       messages sent. newest: the highest number received. missing: lower ones that may still come, oldest first.
    """

    __slots__ = (
        "arrived_us",
        "blocked",
        "delays",
        "free_us",
        "heard_us",
        "ill",
        "key",
        "lost",
        "missing",
        "newest",
        "sent",
    )

    def __init__(self, delays: Sequence[int], key: bytes, blocked: Mark | None, ill: Ill | None) -> None:
        self.delays = delays
        self.key = key
        self.blocked = blocked
        self.ill = ill
        self.arrived_us = 0
        self.heard_us = 0
        self.lost: Mark | None = None
        self.free_us = 0
        self.sent = 0
        self.newest = 0
        self.missing: dict[int, None] | None = None

    def fresh(self, number: int) -> bool:
        """Whether a message of that number has not come yet; from now on it has. (The sliding window of RFC 4303, 3.4.3)"""
        missing = self.missing
        if number <= self.newest:
            if missing is None or number not in missing:
                return False
            del missing[number]
            return True
        gap = range(max(self.newest + 1, number - WINDOW), number)
        self.newest = number
        if gap:
            if missing is None:
                missing = self.missing = {}
            for absent in gap:
                missing[absent] = None
            while len(missing) > WINDOW:
                del missing[next(iter(missing))]
        return True

    def queue_us(self, now_us: int, bytes_per_s: int, size: int) -> int:
        """How long a message waits until its last byte is on the line."""
        begins_us = max(now_us, self.free_us)
        self.free_us = begins_us + size * 1_000_000 // bytes_per_s
        return self.free_us - now_us


class Split(Struct, frozen=True, dict=True):
    """One partition in force: nothing passes between different groups."""

    groups: tuple[tuple[NodeId, ...], ...]
    label: str
    since: Mark

    @cached_property
    def side(self) -> dict[NodeId, int]:
        """Which group each machine is in."""
        return {node: index for index, group in enumerate(self.groups) for node in group}

    def parts(self, one: NodeId, other: NodeId) -> bool:
        """Whether the two are in different groups; a machine in no group keeps its links."""
        side = self.side
        return one in side and other in side and side[one] != side[other]


class Wall(Struct, frozen=True):
    """Links on which nothing passes, one direction each, all because of one fault."""

    links: dict[tuple[NodeId, NodeId], None]
    since: Mark
