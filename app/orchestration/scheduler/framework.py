"""The extension points of the scheduler: what a plug-in is given and what it answers.

A plug-in is a class with a `name`, made of its arguments, that has the methods of the extension points it takes part in.
The profile (`profile.py`) runs them in Kubernetes' order over one frozen snapshot per cycle.

Source: kubernetes/kubernetes, staging/src/k8s.io/kube-scheduler/framework/interface.go (v1.36).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, IntFlag
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.snapshot import Snapshot

SCORE_MAX = 100
"""MaxNodeScore: every plug-in scores 0..100 after normalisation."""


class Code(Enum):
    """The standard codes. UNSCHEDULABLE may change when pods leave; UNRESOLVABLE does not, whoever is evicted.

    SKIP: the plug-in has nothing to say of this pod in this cycle. WAIT: only of Permit.
    """

    SUCCESS = "Success"
    ERROR = "Error"
    UNSCHEDULABLE = "Unschedulable"
    UNRESOLVABLE = "UnschedulableAndUnresolvable"
    WAIT = "Wait"
    SKIP = "Skip"
    PENDING = "Pending"


class Status(Struct, frozen=True):
    """An answer that is not plain success (that is None), with Kubernetes' own words.

    plugin: who said it; the profile fills it in. timeout_us: with WAIT, how long at most.
    """

    code: Code
    reasons: tuple[str, ...] = ()
    plugin: str = ""
    timeout_us: int = 0

    @property
    def rejected(self) -> bool:
        """Whether the pod cannot go on for a reason of its own (not by an error of a plug-in)."""
        return self.code in (Code.UNSCHEDULABLE, Code.UNRESOLVABLE, Code.PENDING)


SKIP = Status(Code.SKIP)


class Cloneable(Protocol):
    """What a plug-in keeps in the cycle's state."""

    def clone(self) -> Any:
        """A copy that a dry run may change."""
        ...


class CycleState:
    """One cycle's scratch. data: by plug-in name; where a plug-in keeps two things, the second is "Name.score" or the like.

    skip_filters, skip_scores: plug-ins whose PreFilter or PreScore said Skip.
    """

    __slots__ = ("data", "skip_filters", "skip_scores")

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.skip_filters: dict[str, None] = {}
        self.skip_scores: dict[str, None] = {}

    def clone(self) -> CycleState:
        """For dry runs: every datum that offers `clone()` is copied by it, others are shared."""
        copy = CycleState()
        copy.data = {
            name: datum.clone() if hasattr(datum, "clone") else datum for name, datum in self.data.items()
        }
        copy.skip_filters, copy.skip_scores = dict(self.skip_filters), dict(self.skip_scores)
        return copy


class Victim(Struct, frozen=True):
    """A pod that has to leave. why: e.g. "priority 0 is below 10"."""

    pod: str
    node: str
    priority: int
    why: str


class Nomination(Struct, frozen=True):
    """A node where the pod will fit once its victims are gone; "" clears an earlier nomination.

    violations: PodDisruptionBudgets that it breaks.
    """

    node: str
    victims: tuple[Victim, ...] = ()
    violations: int = 0


class Action(IntFlag):
    """What happened to an object. Source: staging/src/k8s.io/kube-scheduler/framework/types.go, ActionType."""

    ADD = 1
    DELETE = 2
    UPDATE_NODE_ALLOCATABLE = 4
    UPDATE_NODE_LABEL = 8
    UPDATE_NODE_TAINT = 16
    UPDATE_NODE_CONDITION = 32
    UPDATE_NODE_ANNOTATION = 64
    UPDATE_POD_LABEL = 128
    UPDATE_POD_SCALE_DOWN = 256
    UPDATE_POD_TOLERATION = 512
    UPDATE_POD_GATES_ELIMINATED = 1024
    UPDATE_OTHER = 2048
    UPDATE = 4 | 8 | 16 | 32 | 64 | 128 | 256 | 512 | 1024 | 2048
    ALL = 1 | 2 | UPDATE


NODE, ASSIGNED_POD, UNSCHEDULED_POD, TARGET_POD, ANY = (
    "Node",
    "AssignedPod",
    "UnscheduledPod",
    "TargetPod",
    "*",
)
"""Kinds of cluster events. TargetPod: the waiting pod itself was updated."""


class Hint(Enum):
    """Whether an event may make a waiting pod schedulable."""

    QUEUE = "Queue"
    SKIP = "QueueSkip"


class HintedEvent(Struct, frozen=True):
    """An event that a plug-in's refusal may be undone by. hint None: always worth a try.

    hint(pod, old, new): old and new are NodeInfo for nodes and PodInfo for pods; None where there is none.
    """

    kind: str
    action: Action
    hint: Callable[[PodInfo, Any, Any], Hint] | None = None


class Plugin(Protocol):
    """Anything in the registry."""

    name: str


@runtime_checkable
class PreEnqueue(Protocol):
    """May keep a pod out of the active queue."""

    name: str

    def pre_enqueue(self, pod: PodInfo) -> Status | None: ...


class Queued(Protocol):
    """What QueueSort compares."""

    @property
    def priority(self) -> int: ...
    @property
    def timestamp(self) -> int: ...


@runtime_checkable
class QueueSort(Protocol):
    """Which of two waiting pods comes first. Exactly one per configuration."""

    name: str

    def less(self, one: Queued, other: Queued) -> bool: ...


@runtime_checkable
class PreFilter(Protocol):
    """Looks at the pod and the snapshot once; may narrow the nodes (by name), refuse the pod, or skip its own Filter."""

    name: str

    def pre_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot
    ) -> tuple[frozenset[str] | None, Status | None]: ...


@runtime_checkable
class PreFilterExtensions(Protocol):
    """Of a PreFilter whose state depends on other pods: a dry run adds and removes some."""

    name: str

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None: ...

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None: ...


@runtime_checkable
class Filter(Protocol):
    """Says whether a pod may run on a node. None: it may."""

    name: str

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None: ...


@runtime_checkable
class PostFilter(Protocol):
    """No node fitted: may make room. Success with a nomination, or Unschedulable with a sentence."""

    name: str

    def post_filter(
        self,
        state: CycleState,
        pod: PodInfo,
        snapshot: Snapshot,
        statuses: Mapping[str, Status],
        handle: Handle,
    ) -> tuple[Nomination | None, Status | None]: ...


@runtime_checkable
class PreScore(Protocol):
    """Sees all feasible nodes before they are scored; may skip its own Score."""

    name: str

    def pre_score(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]
    ) -> Status | None: ...


@runtime_checkable
class Score(Protocol):
    """Says how good a node is, among those that passed all filters."""

    name: str

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int: ...


@runtime_checkable
class ScoreExtensions(Protocol):
    """Of a Score whose raw scores have to be seen together: gives 0..100 for each, in the same order."""

    name: str

    def normalise(self, state: CycleState, pod: PodInfo, scores: list[int]) -> list[int]: ...


@runtime_checkable
class Reserve(Protocol):
    """Takes note that the pod will run on the node; undone by `unreserve` in the opposite order."""

    name: str

    def reserve(self, state: CycleState, pod: PodInfo, node: str) -> Status | None: ...

    def unreserve(self, state: CycleState, pod: PodInfo, node: str) -> None: ...


@runtime_checkable
class Permit(Protocol):
    """The last word before binding: may refuse, or WAIT (with `timeout_us`)."""

    name: str

    def permit(self, state: CycleState, pod: PodInfo, node: str) -> Status | None: ...


@runtime_checkable
class PreBind(Protocol):
    name: str

    def pre_bind(self, state: CycleState, pod: PodInfo, node: str) -> Status | None: ...


@runtime_checkable
class Bind(Protocol):
    """Binds the pod; SKIP leaves it to the next. None: the binding is to be written."""

    name: str

    def bind(self, state: CycleState, pod: PodInfo, node: str) -> Status | None: ...


@runtime_checkable
class PostBind(Protocol):
    """Told after the binding has come out of the log."""

    name: str

    def post_bind(self, state: CycleState, pod: PodInfo, node: str) -> None: ...


@runtime_checkable
class EnqueueExtensions(Protocol):
    """Says which events may undo a refusal of this plug-in. A plug-in without it is tried again on every event."""

    name: str

    def events(self) -> tuple[HintedEvent, ...]: ...


class Handle(Protocol):
    """What a PostFilter may use of the running profile."""

    snapshot: Snapshot

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """All filters, in order, until one refuses (RunFilterPlugins)."""
        ...

    def filter_with_nominated(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """As `filter`, counting in the pods of equal or higher priority nominated to the node."""
        ...

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Let every PreFilter know that `other` is on `node` (which the caller has added to the NodeInfo)."""
        ...

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Let every PreFilter know that `other` left `node`."""
        ...

    def nominated(self, node: str) -> Sequence[PodInfo]:
        """The pods nominated to a node."""
        ...


def default_normalise(scores: Sequence[int], reverse: bool = False) -> list[int]:
    """Scale to 0..100 by the largest; reversed, the largest gets 0.

    Source: pkg/scheduler/framework/plugins/helper/normalize_score.go.
    """
    top = max(scores, default=0)
    if top == 0:
        return [SCORE_MAX] * len(scores) if reverse else list(scores)
    scaled = [SCORE_MAX * score // top for score in scores]
    return [SCORE_MAX - score for score in scaled] if reverse else scaled
