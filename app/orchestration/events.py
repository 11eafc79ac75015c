"""The facts of the Kubernetes half: of the store (through the log), of kubelets, of api1 and of the controllers."""

from __future__ import annotations

from app.orchestration.api_events import API_EVENTS
from app.vocabulary.base import Change, Changes, Event, Fields, Label
from app.vocabulary.ids import NodeId

Row = tuple[str, int, int | None, str, int | None]
"""(pod, started_us, ends_us or None, job or "", completion index or None)."""
Running = tuple[Row, ...]
"""Of every pod that runs on a node."""


def picture_id(namespace: str, name: str) -> str:
    """The id of an object in the picture."""
    return f"{namespace}/{name}" if namespace else name


ATTEMPTS_KEPT = 10
"""Attempts to place a pod that the picture and the store keep, the newest."""


def tried(pod: str, attempt: Fields) -> Change:
    """The picture keeps the newest attempts in a ring of fields "0".."9", so that one more is one field, not ten.

    last: the number of the newest. node: where it sent the pod, or "".
    """
    number = attempt["attempt"]
    return ("placement", pod, {str(number % ATTEMPTS_KEPT): attempt, "last": number, "node": attempt["node"]})


Notes = tuple[tuple[str, Fields | None], ...]
"""Kubernetes Events that a write recorded: (id, the Event as plain data, or None: it had to make room)."""


class ObjectStored(Event, frozen=True, tag="object-stored"):
    """An object was created or changed in the replicated store. object: `{metadata, spec, status}` as plain data.

    notes: the Kubernetes Events that this write recorded.
    """

    kind: str
    namespace: str
    name: str
    resource_version: str
    object: Fields
    notes: Notes = ()

    def changes(self) -> Changes:
        return [(self.kind, picture_id(self.namespace, self.name), self.object), *_noted(self.notes)]


class ObjectDeleted(Event, frozen=True, tag="object-deleted"):
    """An object is gone. placed: it was a pod with a placement.

    reason: as in `DeleteObject`, "Released" (its kubelet let go) or "Limit" (too many finished).
    """

    kind: str
    namespace: str
    name: str
    resource_version: str
    placed: bool
    reason: str
    notes: Notes = ()

    def changes(self) -> Changes:
        id_ = picture_id(self.namespace, self.name)
        changed: list[Change] = [(self.kind, id_, None)]
        if self.placed:
            changed.append(("placement", id_, None))
        return changed + _noted(self.notes)


class EventsRecorded(Event, frozen=True, tag="events-recorded"):
    """Kubernetes Events were recorded by a write that changed nothing else."""

    notes: Notes

    def changes(self) -> Changes:
        return _noted(self.notes)


class ClusterBegan(Event, frozen=True, tag="cluster-began"):
    """What a cluster has from the start: its first namespaces and priority classes. objects: (kind, id, plain data)."""

    objects: tuple[tuple[str, str, Fields], ...]

    def changes(self) -> Changes:
        return list(self.objects)


def _noted(notes: Notes) -> Changes:
    return [("Event", id_, fields) for id_, fields in notes]


class PodBound(Event, frozen=True, tag="pod-bound"):
    """The scheduler's decision took effect. attempt: the verdicts and scores behind it."""

    LANDMARK = True
    pod: str
    node: NodeId
    slot: int
    attempt: Fields

    def changes(self) -> Changes:
        return [tried(self.pod, self.attempt)]


class PodUnschedulable(Event, frozen=True, tag="pod-unschedulable"):
    """No node can take the pod now; the message is Kubernetes' own. attempt: the verdicts behind it."""

    pod: str
    message: str
    attempt: Fields | None = None

    def changes(self) -> Changes:
        return [] if self.attempt is None else [tried(self.pod, self.attempt)]


class PodEvicted(Event, frozen=True, tag="pod-evicted"):
    """The pod tolerated its unreachable node long enough; its Job may replace it."""

    LANDMARK = True
    pod: str
    node: NodeId


class WriteSuperseded(Event, frozen=True, tag="write-superseded"):
    """A write of an older leader's scheduler or controller was applied after a newer leader's first entry: no effect."""

    LANDMARK = True
    operation: Label
    ballot: str
    epoch: str


class ReportIgnored(Event, frozen=True, tag="report-ignored"):
    """A kubelet reported a pod that is not (or no more) its own, or had finished. why: "gone", "elsewhere", "finished"."""

    pod: str
    node: NodeId
    phase: str
    why: str


class NodeRegistered(Event, frozen=True, tag="node-registered"):
    """A compute node joined the cluster."""

    node: NodeId


class NodeUnreachable(Event, frozen=True, tag="node-unreachable"):
    """The lease of a node lapsed: Ready=Unknown. evicting: its pods will be evicted after their toleration."""

    LANDMARK = True
    node: NodeId
    evicting: bool


class NodeReachable(Event, frozen=True, tag="node-reachable"):
    """The lease of a lost node is renewed again: Ready=True, taints removed."""

    LANDMARK = True
    node: NodeId


class DisruptionBegan(Event, frozen=True, tag="disruption-began"):
    """Every node fell silent: the fault is likely the control plane's, so nothing is evicted."""

    LANDMARK = True
    nodes: int


class DisruptionEnded(Event, frozen=True, tag="disruption-ended"):
    """Not every node is silent any more; those that still are get a whole grace from now."""

    LANDMARK = True
    nodes: int


class JobStarted(Event, frozen=True, tag="job-started"):
    """A Job was accepted into the store."""

    LANDMARK = True
    job: str
    completions: int
    parallelism: int


class JobFinished(Event, frozen=True, tag="job-finished"):
    """A Job reached its end. condition: "Complete" or "Failed"."""

    LANDMARK = True
    job: str
    condition: str
    reason: str
    succeeded: int
    failed: int


class KubeletStarted(Event, frozen=True, tag="kubelet-started"):
    """A kubelet runs, with no containers."""

    node: NodeId

    def changes(self) -> Changes:
        return [("memory", self.node, {"running": [], "usage": [], "pressed": False})]


class UsageMeasured(Event, frozen=True, tag="usage-measured"):
    """A kubelet looked at what its pods use, and it is not what it was. pods: (pod, milli-cpu, bytes)."""

    node: NodeId
    pods: tuple[tuple[str, int, int], ...]

    def changes(self) -> Changes:
        return [("memory", self.node, {"usage": [list(row) for row in self.pods]})]


class NodePressed(Event, frozen=True, tag="node-pressed"):
    """A node is short of memory: it takes no pods, and its kubelet evicts. available, threshold: bytes."""

    LANDMARK = True
    node: NodeId
    available: int
    threshold: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"pressed": True})]


class NodeRelieved(Event, frozen=True, tag="node-relieved"):
    """A node has had enough memory for long enough."""

    LANDMARK = True
    node: NodeId

    def changes(self) -> Changes:
        return [("memory", self.node, {"pressed": False})]


def _runs(node: NodeId, running: Running) -> Changes:
    return [("memory", node, {"running": [list(row) for row in running]})]


class ContainerStarted(Event, frozen=True, tag="container-started"):
    """A container runs. running: all that now run on the node."""

    node: NodeId
    pod: str
    container: str
    restarts: int
    running: Running

    def changes(self) -> Changes:
        return _runs(self.node, self.running)


class ContainerFinished(Event, frozen=True, tag="container-finished"):
    """A container ended by itself."""

    node: NodeId
    pod: str
    container: str
    exit_code: int
    running: Running

    def changes(self) -> Changes:
        return _runs(self.node, self.running)


class ContainerKilled(Event, frozen=True, tag="container-killed"):
    """A kubelet stopped a container: its pod is deleted or evicted."""

    node: NodeId
    pod: str
    running: Running

    def changes(self) -> Changes:
        return _runs(self.node, self.running)


class ContainerLost(Event, frozen=True, tag="container-lost"):
    """A kubelet that started again does not find a container that it ran before."""

    LANDMARK = True
    node: NodeId
    pod: str
    restarting: bool


class PodRejected(Event, frozen=True, tag="pod-rejected"):
    """A kubelet refused a pod bound to it. reason: OutOfcpu, OutOfmemory ..."""

    LANDMARK = True
    node: NodeId
    pod: str
    reason: str
    message: str


EVENTS: tuple[type[Event], ...] = (
    ObjectStored, ObjectDeleted, EventsRecorded, ClusterBegan,
    PodBound, PodUnschedulable, PodEvicted, WriteSuperseded, ReportIgnored,
    NodeRegistered, NodeUnreachable, NodeReachable, DisruptionBegan, DisruptionEnded, JobStarted, JobFinished,
    KubeletStarted, UsageMeasured, NodePressed, NodeRelieved,
    ContainerStarted, ContainerFinished, ContainerKilled, ContainerLost, PodRejected,
    *API_EVENTS,
)  # fmt: skip
