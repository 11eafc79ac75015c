"""What a checker says."""

from __future__ import annotations

from msgspec import Struct

VALID = "valid"
UNKNOWN = "unknown"
STALLED = "stalled"
INVALID = "invalid"
STATUSES = (VALID, UNKNOWN, STALLED, INVALID)
"""From best to worst."""


class Verdict(Struct, frozen=True):
    """A judgement on a log.

    check:   which rule ("agreement", "promises" ...).
    status:  VALID; INVALID; STALLED: nothing is done, so nothing wrong either; or UNKNOWN: a checker that could not look at
             everything never says VALID.
    seq:     the entry at which it became clear.
    entries: seqs of the entries that prove it, earliest first.
    code, fields: the sentence about it, in the words' section `verdict`.
    assumption: the fault outside the protocol's model that explains it, or "": then the protocol is to blame.
    """

    check: str
    status: str
    seq: int
    entries: tuple[int, ...]
    code: str
    fields: dict[str, str | int]
    assumption: str = ""


def worst(statuses: list[str]) -> str:
    """The worst of several statuses; VALID if there are none."""
    return max(statuses, key=STATUSES.index, default=VALID)
