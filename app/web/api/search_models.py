"""What requests and answers about searches look like."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.web.api.models import RUN_ID, SeedField, Seq, Strict

SWITCH_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"
SEEDS_MAX = 1_000_000
WORKERS_MAX = 64
"""As many as SYNOD_SEARCH_WORKERS may say; the server at hand may take fewer."""
State = Literal["running", "done", "stopped", "failed"]


class SwitchRow(BaseModel):
    """A bug that can be planted. caught_by: checks, any of which reports it. trace: a schedule that shows it is shipped."""

    id: str
    number: str
    sentence: str
    source: str
    caught_by: list[str]
    kind: str
    protocol: str
    trace: bool


class SwitchList(BaseModel):
    switches: list[SwitchRow]


class NewSearch(Strict):
    """scenario: a shipped one by name. switch: the bug to plant, "" or null for none. seeds: how many worlds to try.

    workers: processes that try them at a time, at most `workers_max` of the list of searches; null for as many as the
    server takes by itself.
    """

    scenario: str = Field("search", min_length=1, max_length=100)
    switch: Annotated[str, Field(pattern=r"^$|" + SWITCH_ID)] | None = None
    seeds: int = Field(1_000, ge=1, le=SEEDS_MAX)
    until_found: bool = True
    workers: int | None = Field(None, ge=1, le=WORKERS_MAX)


class FindingRow(BaseModel):
    """steps: commands of the schedule as it was found. shrunk: of its shortest form, or null while nobody tried."""

    finding: str
    seed: int
    check: str
    code: str
    sentence: str
    steps: int
    shrunk: int | None
    command: str


class SearchModel(BaseModel):
    """A search. virtual_h: virtual hours lived through. left_s: seconds to go, about."""

    search: str
    state: State
    scenario: str
    switch: str
    seeds: int
    first_seed: int
    until_found: bool
    seeds_done: int
    violations: int
    seeds_per_s: float
    virtual_h: float
    left_s: float
    created_at: str
    error: str
    findings: list[FindingRow]


class SearchList(BaseModel):
    """workers: processes of a search that asks for no number. workers_max: the most that one may ask for."""

    workers: int
    workers_max: int
    searches: list[SearchModel]


class StepModel(BaseModel):
    at_us: int
    command: dict[str, Any]
    sentence: str


class VerdictModel(BaseModel):
    check: str
    status: str
    seq: int
    entries: list[int]
    code: str
    fields: dict[str, Any]
    assumption: str


class CommandModel(BaseModel):
    at_us: int
    command: dict[str, Any]


class TraceModel(BaseModel):
    """A schedule that breaks something: (scenario, switch, seed, commands) is all of it."""

    scenario: str
    switch: str
    seed: int
    commands: list[CommandModel]
    until_us: int
    verdict: VerdictModel
    sentence: str
    command_line: str
    steps: list[StepModel]


class FindingModel(TraceModel):
    finding: str


class TraceList(BaseModel):
    traces: list[TraceModel]


class SearchPath(BaseModel):
    search: str = Field(pattern=RUN_ID, description="the search's id")


class FindingPath(BaseModel):
    finding: str = Field(pattern=RUN_ID, description="the finding's id")


class FuturesPath(BaseModel):
    futures: str = Field(pattern=RUN_ID, description="the id that asking for futures gave")


class SwitchPath(BaseModel):
    switch: str = Field(pattern=SWITCH_ID, description="the switch's id")


class FuturesWish(Strict):
    """at_seq: the entry after which to continue, null for now. horizon_s: virtual seconds to go on for."""

    at_seq: Seq | None = None
    count: int = Field(100, ge=1, le=2_000)
    horizon_s: float = Field(30, gt=0, le=3_600)


class FutureWish(Strict):
    seed: SeedField


class FutureModel(BaseModel):
    """unsafe: the check that was broken, or "". stalled_us: longest time without a decision. decided: slots."""

    seed: int
    unsafe: str
    stalled_us: int
    decided: int


class FuturesModel(BaseModel):
    """Continuations of one instant: `of` are wanted, `done` are through."""

    futures: str
    run: str
    at_us: int
    at_seq: int
    state: State
    error: str
    of: int
    done: int
    unsafe: int
    stalled: int
    stalled_after_s: int
    worst_seed: int | None
    sentence: str
    outcomes: list[FutureModel]
