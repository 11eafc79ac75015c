"""What requests and answers about comparisons of profiles look like."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from app.web.api.models import RUN_ID, SEQ_MAX, SeedField, Strict
from app.web.api.placement_models import NodeBalance
from app.web.api.search_models import State

SIDES_MAX = 4
COMMANDS_MAX = 1_000


class ProfileModel(BaseModel):
    """document: a KubeSchedulerConfiguration."""

    name: str
    about: str
    document: dict[str, Any]


class ProfileList(BaseModel):
    profiles: list[ProfileModel]


class WorkloadModel(BaseModel):
    """until_s: a good time to compare for."""

    name: str
    about: str
    commands: int
    until_s: int


class WorkloadList(BaseModel):
    workloads: list[WorkloadModel]


class NewProfile(Strict):
    """A profile of one's own. document: a KubeSchedulerConfiguration as JSON; yaml: the same as text. Exactly one."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[ -~]+$")
    document: dict[str, Any] | None = None
    yaml: str | None = Field(None, min_length=1, max_length=300_000)

    @model_validator(mode="after")
    def _one(self) -> NewProfile:
        if (self.document is None) == (self.yaml is None):
            raise ValueError("give either document or yaml")
        return self


AnyProfile = Annotated[
    Annotated[str, Tag("name")] | Annotated[NewProfile, Tag("own")],
    Discriminator(lambda given: "name" if isinstance(given, str) else "own"),
]
"""A shipped one by name, or one's own; told apart first, so that the sentence is about what was meant."""


class NewWork(Strict):
    at_us: int = Field(ge=0, le=SEQ_MAX)
    command: dict[str, Any]


class NewComparison(Strict):
    """profiles: shipped ones by name, or documents. workload: a shipped one; or commands of one's own at their times.

    scenario: a shipped one by name; or scenario_yaml: the text of another.
    """

    scenario: str | None = Field(None, min_length=1, max_length=100)
    scenario_yaml: str | None = Field(None, min_length=1, max_length=2_000_000)
    seed: SeedField = 42
    until_s: float = Field(60, gt=0, le=3_600)
    profiles: list[AnyProfile] = Field(min_length=2, max_length=SIDES_MAX)
    workload: str | None = Field(None, min_length=1, max_length=100)
    commands: list[NewWork] | None = Field(None, min_length=1, max_length=COMMANDS_MAX)

    @model_validator(mode="after")
    def _one_of_each(self) -> NewComparison:
        if self.scenario is not None and self.scenario_yaml is not None:
            raise ValueError("give either scenario or scenario_yaml")
        if self.workload is not None and self.commands is not None:
            raise ValueError("give either workload or commands")
        return self


class SideModel(BaseModel):
    """One profile. at_us: how far it is. figures: as of `balance`, and `mean_...` over the samples. series: the samples.

    placement: the node where each pod was placed last. refused: the command that could not be taken, or null.
    """

    profile: str
    at_us: int
    entries: int
    figures: dict[str, int]
    refused: dict[str, Any] | None
    series: list[dict[str, int]]
    nodes: list[NodeBalance]
    placement: dict[str, str]


class SideRow(BaseModel):
    """A side without what is bulky."""

    profile: str
    at_us: int
    entries: int
    figures: dict[str, int]
    refused: dict[str, Any] | None


class ComparisonRow(BaseModel):
    """same_placement, other_placement: of the pods that the first two sides both placed."""

    comparison: str
    state: State
    error: str
    scenario: str
    seed: int
    workload: str
    until_us: int
    created_at: str
    progress_ppm: int
    same_placement: int
    other_placement: int
    sentence: str
    sides: list[SideRow]


class ComparisonModel(ComparisonRow):
    sides: list[SideModel]  # type: ignore[assignment]


class ComparisonList(BaseModel):
    comparisons: list[ComparisonRow]


class ComparisonPath(BaseModel):
    comparison: str = Field(pattern=RUN_ID, description="the comparison's id")


class SideWish(Strict):
    side: int = Field(0, ge=0, lt=SIDES_MAX)
