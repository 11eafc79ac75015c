"""What clients did and were told: operations with a beginning and, mostly, an end."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

ABSENT = "absent"
NULL_UNKNOWN = "unknown"
READ_NULLS = (ABSENT, NULL_UNKNOWN)
"""What a read of null saw: the initial value; or nobody knows."""
NO_EFFECT = "no_effect"
OBSERVED_MISMATCH = "observed_mismatch"
CAS_FAILS = (NO_EFFECT, OBSERVED_MISMATCH)
"""What a failed compare-and-set is: nothing that happened; or an operation that saw another value than it expected."""

OK = "ok"
INFO = "info"
FAIL = "fail"


class Operation(Struct, frozen=True, gc=False):
    """One operation of one process.

    index:    names it: where it begins in the log or file.
    value:    as invoked. result: as it ended (for a read what it saw).
    invoked, returned: places in one order of all beginnings and ends; returned is None while it is under way, and for ever
              if its outcome is unknown: then it may take effect at any later time, or never.
    outcome:  OK; FAIL (a definite refusal: it did not happen; a compare-and-set may have seen another value, see
              `Reading.cas_fail`); INFO (unknown).
    """

    index: int
    process: str | int
    f: str
    value: Any
    result: Any
    key: Any
    invoked: int
    returned: int | None
    outcome: str


class Reading(Struct, frozen=True):
    """How a history is to be read. init: the state before the first operation, in the model's own terms."""

    init: Any = None
    cas_fail: str = NO_EFFECT
    read_null: str = ABSENT

    def __post_init__(self) -> None:
        if self.cas_fail not in CAS_FAILS:
            raise ValueError(f"cas_fail is {self.cas_fail!r}; allowed are {' and '.join(CAS_FAILS)}.")
        if self.read_null not in READ_NULLS:
            raise ValueError(f"read_null is {self.read_null!r}; allowed are {' and '.join(READ_NULLS)}.")


def frozen(value: Any) -> Any:
    """A JSON value that can be hashed, and that only equals what JSON calls equal (`true` is not 1)."""
    if isinstance(value, bool):
        return ("bool", str(value))
    if isinstance(value, list | tuple):
        return tuple([frozen(item) for item in value])
    if isinstance(value, dict):
        return (
            "map",
            *sorted(((str(key), frozen(item)) for key, item in value.items()), key=lambda pair: pair[0]),
        )
    return value
