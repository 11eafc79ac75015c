"""What requests and answers about the placement of pods look like."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from app.web.api.models import RUN_ID, Query, Seq

OBJECT_NAME = r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"


class PodPath(BaseModel):
    run: str = Field(pattern=RUN_ID, description="the run's id")
    namespace: str = Field(pattern=OBJECT_NAME, description="the pod's namespace")
    name: str = Field(pattern=OBJECT_NAME, description="the pod's name")


class InstantQuery(Query):
    """seq: the entry after which the question is asked; the last one without it."""

    seq: Seq | None = None


class NodeVerdict(BaseModel):
    """What was found of one node. refused: reasons by plug-in, or null where all filters let the pod pass.

    scores: [raw, normalised, weighted] by plug-in. total: of the weighted scores.
    """

    node: str
    refused: dict[str, list[str]] | None
    scores: dict[str, tuple[int, int, int]]
    total: int


class VictimModel(BaseModel):
    pod: str
    node: str
    priority: int
    why: str


class AttemptModel(BaseModel):
    """One try to find a node. node: where the pod went, or "" (then `message` is Kubernetes' sentence).

    rows: all nodes, or the ten best of many; then `counts` says how many nodes each reason ruled out. same_as: the verdicts
    were those of that earlier attempt, 0 if they were its own. ties: equally good nodes, at most ten; tied: how many in all.
    nominated, victims: the node where these pods were asked to leave. woke: what made the scheduler try again.
    """

    attempt: int
    at_us: int
    ballot: tuple[int, str]
    profile: str
    node: str
    message: str
    nodes: int
    feasible: int
    waited_us: int
    rows: list[NodeVerdict]
    counts: dict[str, int]
    same_as: int
    ties: list[str]
    tied: int
    nominated: str
    victims: list[VictimModel]
    woke: list[str]


class KubeEventModel(BaseModel):
    """A Kubernetes Event of the pod. at_us: when it happened last, by the wall clock of who said so."""

    type: str
    reason: str
    message: str
    count: int
    at_us: int


class Suggestion(BaseModel):
    """Something that, when it is done, lets the pod be placed."""

    code: str
    fields: dict[str, Any]
    sentence: str


class WhyModel(BaseModel):
    """Why a pod is where it is, or nowhere. attempts: the newest ten, oldest first. suggestions: smallest change first.

    state: pending, gated (scheduling gates hold it back), unclaimed (no profile has its schedulerName), bound, terminating
    or finished.
    """

    run: str
    seq: int
    at_us: int
    pod: str
    phase: str
    node: str
    nominated: str
    state: str
    profile: str
    gates: list[str]
    message: str
    sentence: str
    attempts: list[AttemptModel]
    events: list[KubeEventModel]
    suggestions: list[Suggestion]


class NodeBalance(BaseModel):
    """A node. tasks: containers that run. pods: bound and not ended. used: null while its kubelet has not said."""

    node: str
    zone: str
    tasks: int
    pods: int
    requested_cpu_milli: int
    allocatable_cpu_milli: int
    requested_memory_mib: int
    allocatable_memory_mib: int
    requested_gpu_milli: int
    allocatable_gpu_milli: int
    used_cpu_milli: int | None
    used_memory_mib: int | None


class BalanceModel(BaseModel):
    """How well pods are placed. figures: by name, -1 where there is nothing to say.

    _imbalance_milli: 1,000 times max over mean. _jain_milli: 1,000 times Jain's index. fragmentation_: the part of what is
    free that lies where the waiting pods do not fit; typical_: where the pods of this run do not.
    """

    run: str
    seq: int
    at_us: int
    nodes: list[NodeBalance]
    figures: dict[str, int]
