"""What api1 tells: which requests it took, and what became of them."""

from __future__ import annotations

from typing import Any

from app.vocabulary.base import Changes, Event, Label
from app.vocabulary.ids import NodeId


class ApiRequestTaken(Event, frozen=True):
    """Base of what api1 says when it takes a request. requests: how many since it started."""

    node: NodeId
    requests: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"requests": self.requests})]


class ApiStarted(ApiRequestTaken, frozen=True, tag="api-started"):
    """The API server runs."""


class TasksSubmitted(ApiRequestTaken, frozen=True, tag="tasks-submitted"):
    """A Job of equal tasks was asked for. job: its name, or "" to be picked."""

    LANDMARK = True
    job: str
    count: int


class ManifestSubmitted(ApiRequestTaken, frozen=True, tag="manifest-submitted"):
    """A manifest was handed in. objects: `Job/words`, `Pod/web` ..."""

    LANDMARK = True
    objects: tuple[str, ...]


class ComputationSubmitted(ApiRequestTaken, frozen=True, tag="computation-submitted"):
    """A real computation was asked for."""

    LANDMARK = True
    job: str
    what: str
    size: int
    pieces: int


class TraceReplayStarted(ApiRequestTaken, frozen=True, tag="trace-replay-started"):
    """The pods of a trace will arrive from now on; the factors are what was changed about the trace."""

    LANDMARK = True
    pods: int
    gap_max_us: int
    compress: int


class DeletionRequested(ApiRequestTaken, frozen=True, tag="deletion-requested"):
    """The deletion of an object was asked for."""

    LANDMARK = True
    kind: str
    key: str


class CordonRequested(ApiRequestTaken, frozen=True, tag="cordon-requested"):
    """A node is to take no new pods."""

    LANDMARK = True
    target: NodeId


class UncordonRequested(ApiRequestTaken, frozen=True, tag="uncordon-requested"):
    """A cordoned node is to take pods again."""

    LANDMARK = True
    target: NodeId


class ChangeRequested(ApiRequestTaken, frozen=True, tag="change-requested"):
    """A change of an object was asked for. verb: scale, undo, pause, resume, restart, image, taint ... detail: to what."""

    LANDMARK = True
    verb: str
    kind: str
    key: str
    detail: str


class SubmissionFailed(Event, frozen=True, tag="submission-failed"):
    """The store refused a request of api1. why: "AlreadyExists", "NotFound", "TooMany" ...

    message: the sentence that Kubernetes says, or "".
    """

    LANDMARK = True
    node: NodeId
    operation: Label
    why: str
    message: str = ""


class ResultReturned(Event, frozen=True, tag="result-returned"):
    """The answer of a computation reached the client that asked."""

    LANDMARK = True
    node: NodeId
    job: str
    answer: Any


class ResultMissing(Event, frozen=True, tag="result-missing"):
    """A computation ended without an answer: its Job failed or was deleted."""

    LANDMARK = True
    node: NodeId
    job: str
    why: str


API_EVENTS: tuple[type[Event], ...] = (
    ApiStarted,
    TasksSubmitted,
    ManifestSubmitted,
    ComputationSubmitted,
    TraceReplayStarted,
    DeletionRequested,
    CordonRequested,
    UncordonRequested,
    ChangeRequested,
    SubmissionFailed,
    ResultReturned,
    ResultMissing,
)
