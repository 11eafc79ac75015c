"""What requests and answers look like; pydantic checks them and OpenAPI shows them."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from flask_openapi3.models.file import FileStorage
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

SEQ_MAX = 2**53 - 1
RUN_ID = r"^[a-z0-9]{1,16}$"
COMMAND_ID = r"^[!-~]+$"
Seq = Annotated[int, Field(ge=0, le=SEQ_MAX)]
SeedField = Annotated[int, Field(ge=0, le=SEQ_MAX)]


class Strict(BaseModel):
    """Nothing unknown is passed over in silence, nothing is taken for what it is not: true is no 1, nor are "1" and 1.0."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """What stands behind the `?`: text, of which a whole number is digits and no more. Nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _digits(cls, value: Any, info: ValidationInfo) -> Any:
        if info.field_name in _whole_fields(cls) and not re.fullmatch(r"-?[0-9]{1,20}", str(value), re.ASCII):
            raise ValueError("allowed is a whole number")
        return value


@cache
def _whole_fields(query: type[BaseModel]) -> frozenset[str]:
    """The fields of a query that hold a whole number."""
    fields = query.model_fields.items()
    return frozenset(name for name, field in fields if int in (field.annotation, *_choices(field.annotation)))


def _choices(annotation: Any) -> tuple[Any, ...]:
    """What a union consists of, annotations taken off."""
    return tuple(get_args(one)[0] if get_origin(one) is Annotated else one for one in get_args(annotation))


class RunPath(BaseModel):
    run: str = Field(pattern=RUN_ID, description="the run's id")


class NewRun(Strict):
    """scenario: a shipped one by name. scenario_yaml: the text of another. Exactly one of them."""

    scenario: str | None = Field(None, min_length=1, max_length=100)
    scenario_yaml: str | None = Field(None, min_length=1, max_length=2_000_000)
    seed: SeedField = 42

    @model_validator(mode="after")
    def _one(self) -> NewRun:
        if (self.scenario is None) == (self.scenario_yaml is None):
            raise ValueError("give either scenario or scenario_yaml")
        return self


class Rebuilding(BaseModel):
    """How far a run has come back: it goes on when at_us is reached_us."""

    at_us: int
    reached_us: int


class RunMeta(BaseModel):
    """A run. true_speed: virtual seconds per real second, lately. digest: over entries 0 to head_seq."""

    run: str
    scenario: str
    seed: int
    head_seq: int
    now_us: int
    reached_us: int
    playing: bool
    speed: float
    true_speed: float
    state: Literal["live", "stored", "failed"]
    digest: str
    core_version: str
    created_at: str
    rebuilding: Rebuilding | None
    error: str
    violations: int
    viewers: int


class RunList(BaseModel):
    """default: the run that `/` shows."""

    runs: list[RunMeta]
    default: str


class NewCommand(Strict):
    """id: chosen by the caller; the same id gets the same answer and takes effect once. command: with its `type`."""

    id: str = Field(min_length=1, max_length=64, pattern=COMMAND_ID)
    command: dict[str, Any]


class TakenModel(BaseModel):
    """The command was taken, as entry `seq` at `at_us`."""

    seq: int
    at_us: int


class RefusedBody(BaseModel):
    code: str
    fields: dict[str, Any]
    sentence: str


class RefusedModel(BaseModel):
    """The command cannot be taken, and changed nothing."""

    refused: RefusedBody


class PaceWish(Strict):
    playing: bool | None = None
    speed: float | None = Field(None, ge=0.05, le=100)
    step: Literal["entry", "message", "landmark"] | None = None


class EntriesQuery(Query):
    """All bounds are inclusive. type: of the event, several with commas. node: named by the event."""

    from_seq: Seq = 0
    to_seq: Seq | None = None
    from_us: Seq | None = None
    to_us: Seq | None = None
    type: str = Field("", max_length=2_000)
    node: str = Field("", max_length=64)
    limit: int = Field(1_000, ge=1, le=5_000)


class EntryModel(BaseModel):
    """An entry by names: seq, at_us, cause, type and the fields of its type; see /api/v1/events."""

    model_config = ConfigDict(extra="allow")

    seq: int
    at_us: int
    cause: int | None
    type: str


class EntryPage(BaseModel):
    """next: `from_seq` of the next page, or null."""

    entries: list[EntryModel]
    next: int | None


class KeyframeQuery(Query):
    """The nearest keyframe at or before seq, or at_us; the latest of all without either."""

    seq: Seq | None = None
    at_us: Seq | None = None


class LandmarksQuery(Query):
    kind: str = Field("", max_length=64)
    node: str = Field("", max_length=64)
    after_seq: int = Field(-1, ge=-1, le=SEQ_MAX)
    limit: int = Field(100_000, ge=1, le=100_000)


class Landmarks(BaseModel):
    """`[seq, at_us, type, {fields}]` each."""

    landmarks: list[tuple[int, int, str, dict[str, Any]]]


class VerdictModel(BaseModel):
    check: str
    seq: int
    verdict: Literal["valid", "invalid", "stalled", "unknown"]
    budget: int
    code: str
    fields: dict[str, Any]
    sentence: str
    proof: list[int]
    assumption: str


class Verdicts(BaseModel):
    verdicts: list[VerdictModel]


class FirstDifference(BaseModel):
    """seq: of the first entry that differs. recorded, executed: what each says, or null where there is none."""

    seq: int
    recorded: list[Any] | None
    executed: list[Any] | None


class Verification(BaseModel):
    """Whether executing the run again gives what is recorded."""

    identical: bool
    entries: int
    first_difference: FirstDifference | None
    sentence: str


class TraceForm(Strict):
    """pods, nodes: CSV files; without nodes no run is started. scenario: what the nodes' cluster is like otherwise.

    gap_max_s: no gap between arrivals is longer.

    compress: lifetimes are divided by it, and clipped to 1..60 s. limit: so many pods, the earliest first.
    """

    pods: FileStorage
    nodes: FileStorage | None = None
    scenario: str = Field("datacenter", min_length=1, max_length=100)
    seed: SeedField = 42
    gap_max_s: float = Field(2.0, ge=0, le=3600)
    compress: int = Field(60, ge=1, le=1_000_000)
    limit: int | None = Field(None, ge=1, le=10_000)


class TraceRun(BaseModel):
    """The run that replays the trace on its own nodes, with what was changed about it."""

    run: str
    seq: int
    at_us: int
    nodes: int
    pods: int
    gap_max_us: int
    compress: int


class TraceCommand(BaseModel):
    """The command that replays the pods on any run, with its factors."""

    command: dict[str, Any]
    pods: int
    gap_max_us: int
    compress: int


class Scenarios(BaseModel):
    class ScenarioModel(BaseModel):
        """compute: how many of the machines run tasks."""

        name: str
        about: str
        machines: int
        compute: int

    scenarios: list[ScenarioModel]


class Demos(BaseModel):
    demos: list[dict[str, Any]]


class Scalability(BaseModel):
    """points: what was measured so far. complete: whether that is all."""

    class Point(BaseModel):
        """virtual_per_s, wall_per_s: decided commands per virtual and per real second.
        tasks_per_s: tasks done per virtual second."""

        storage: int
        compute: int
        decided: int
        virtual_s: float
        wall_s: float
        virtual_per_s: float
        wall_per_s: float
        tasks: int
        tasks_per_s: float

    points: list[Point]
    complete: bool
    measuring: bool
    measured_at: str
