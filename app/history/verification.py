"""Is the record what really runs? Recorded entries against the same run executed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any

import msgspec

BLOCK = 1_000


class Difference(msgspec.Struct, frozen=True):
    """The first entry that differs; None where one of the two has none."""

    seq: int
    recorded: list[Any] | None
    executed: list[Any] | None


class Verification(msgspec.Struct, frozen=True):
    """What comparing gave."""

    identical: bool
    entries: int
    first_difference: Difference | None

    @property
    def sentence(self) -> str:
        """`identical, 4,812 entries`, or what differs first."""
        if self.first_difference is None:
            return f"identical, {self.entries:,} entries"
        found = self.first_difference
        if found.executed is None:
            return f"different: the record goes on with entry {found.seq:,}, where the execution ends"
        if found.recorded is None:
            return f"different: the record lacks entry {found.seq:,} ({found.executed[3][0]} at {found.executed[1]} us)"
        what = f"{found.recorded[3][0]} at {found.recorded[1]} us, executed {found.executed[3][0]} at {found.executed[1]} us"
        return f"different from entry {found.seq:,} on: recorded {what}"


def compare(recorded: Iterable[bytes], executed: Iterable[bytes], first_seq: int = 0) -> Verification:
    """Compare wire entries one by one; both begin with entry `first_seq`. The record's end ends the comparison."""
    count = 0
    for seq, (left, right) in enumerate(zip_longest(recorded, executed), first_seq):
        if left is None:
            break
        if left != right:
            return Verification(False, count, Difference(seq, _plain(left), _plain(right)))
        count += 1
    return Verification(True, count, None)


def marks(recorded: Iterable[bytes], digest: Any, rest: Callable[[], None]) -> dict[int, str]:
    """seq -> digest at every block's end and at the end of a record that begins with entry 0.

    rest: called between blocks, so that a server goes on serving.
    """
    found: dict[int, str] = {}
    seq = -1
    for seq, wire in enumerate(recorded):
        digest.add(wire)
        if (seq + 1) % BLOCK == 0:
            found[seq] = digest.hex
            rest()
    if seq >= 0:
        found[seq] = digest.hex
    return found


def first_block_that_differs(recorded: dict[int, str], executed: dict[int, str]) -> tuple[int, int] | None:
    """(first, last seq) of the earliest block whose digests differ, or None."""
    agreed = -1
    for seq in sorted(recorded):
        if recorded[seq] != executed.get(seq):
            return agreed + 1, seq
        agreed = seq
    return None


def _plain(wire: bytes | None) -> list[Any] | None:
    return None if wire is None else msgspec.msgpack.decode(wire, type=list[Any])
