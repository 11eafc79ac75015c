"""What the checks answer."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.web.api.models import Query, Seq


class CheckModel(BaseModel):
    """A rule that is always on. source: where it comes from."""

    check: str
    sentence: str
    source: str


class InvariantModel(BaseModel):
    """An invariant of the literature, and what became of it here. check: rules, or for `test` files."""

    name: str
    state: Literal["online", "test", "translated", "not-true"]
    check: list[str]
    why: str


class Checks(BaseModel):
    checks: list[CheckModel]
    invariants: list[InvariantModel]


class OperationsQuery(Query):
    """from_seq: the default is the last 20,000 entries before to_seq, or before the head of the run."""

    key: str | None = Field(None, min_length=1, max_length=200, description="only operations on this key")
    from_seq: Seq | None = None
    to_seq: Seq | None = None


class OperationModel(BaseModel):
    """index: names it, and is the entry that it began with. returned: the entry that it ended with; null while it is under
    way, and for ever if nobody knows how it ended."""

    index: int
    session: str
    f: Literal["read", "write", "cas"]
    key: str
    value: Any
    result: Any
    invoked: int
    returned: int | None
    invoked_us: int
    returned_us: int | None
    outcome: Literal["ok", "fail", "info"]


class Operations(BaseModel):
    """Operations between from_seq and to_seq, and whether they are linearizable; unless from_seq is 0, nothing is known of
    what was there before.

    order: indices in a legal order of all; if there is none, the longest legal prefix. key, stuck, minimal: where there is
    none: the key, the index of what cannot be placed, and those of a few operations that are wrong by themselves.
    """

    from_seq: int
    to_seq: int
    operations: list[OperationModel]
    verdict: Literal["valid", "invalid", "unknown"]
    order: list[int]
    key: str | None
    stuck: int | None
    minimal: list[int]
