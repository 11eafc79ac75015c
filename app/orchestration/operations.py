"""What the Kubernetes half writes into the log. Times come in the operation, from its proposer.

Writes of the scheduler and the controllers carry the `ballot` of their leader: applied after a newer leader's first entry
they do nothing ("superseded"). Writes of api1 and the kubelets come through client sessions and carry none.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from app.orchestration.objects.event import Note
from app.orchestration.objects.job import JobStatus
from app.orchestration.objects.meta import Condition, KubeObject, key_of
from app.orchestration.objects.node import ContainerImage, Taint
from app.orchestration.objects.pod import PodStatus
from app.vocabulary.base import Label, Operation
from app.vocabulary.ids import Ballot, NodeId


class Attempt(Struct, frozen=True, gc=False):
    """One try to find a node for a pod, with the verdicts behind it.

    attempt: counted from 1 over all leaders. ballot: of the leader that tried. profile: by its schedulerName.
    node:    where the pod goes, or "" (then `message` is Kubernetes' sentence).
    nodes, feasible: how many there were, how many fitted. waited_us: since this leader first saw the pod.
    rows:    `[node, {plugin: reasons} or null, {plugin: [raw, normalised, weighted]}, total]`: all nodes up to
             `verdict_rows`, above that the ten best. counts: above that, how many nodes each reason ruled out.
    same_as: the verdicts are those of that earlier attempt, and not written again; 0: they are here.
    ties:    equally good nodes, at most ten; tied: how many in all.
    nominated, victims: the node where pods (pod, node, priority, why) were asked to leave for this one.
    woke:    what made the scheduler try again.
    """

    attempt: int
    at_us: int
    ballot: tuple[int, str]
    profile: str
    node: NodeId
    message: str
    nodes: int
    feasible: int
    waited_us: int = 0
    rows: tuple[Any, ...] = ()
    counts: dict[str, int] = {}
    same_as: int = 0
    ties: tuple[str, ...] = ()
    tied: int = 0
    nominated: str = ""
    victims: tuple[tuple[str, str, int, str], ...] = ()
    woke: tuple[str, ...] = ()


BACKGROUND, FOREGROUND, ORPHAN = "Background", "Foreground", "Orphan"


class CreateObject(Operation, frozen=True, tag="create"):
    """Create an object. A name that exists fails, unless it is the same object (equal uid): that repeats the answer.

    An empty name with a `generateName` picks the next free number.
    notes:  Events to record with the write. inputs: the texts of a computation's pieces; kept beside the Job, not shown.
    """

    object: KubeObject
    at_us: int
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None
    inputs: tuple[str, ...] = ()

    def label(self) -> Label:
        metadata = self.object.metadata
        return ("create", self.object.KIND, metadata.name or metadata.generate_name)


class UpdateObject(Operation, frozen=True, tag="update"):
    """Replace an object, all but its status. Fails unless its resource version is the stored one, or "".

    A change of anything but the metadata counts up the generation.
    create: make it if there is none (`kubectl apply`). keep: fields of the spec, as the structs name them, that the writer
    leaves to others: the stored ones stay.
    """

    object: KubeObject
    at_us: int
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None
    create: bool = False
    keep: tuple[str, ...] = ()

    def label(self) -> Label:
        return ("apply" if self.create else "update", self.object.KIND, _short(self.object.key))


class UpdateStatus(Operation, frozen=True, tag="status"):
    """Replace an object's status. Fails unless the resource version is the stored one, or ""."""

    kind: str
    key: str
    resource_version: str
    status: Any
    at_us: int
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("set-status", self.kind, _short(self.key))


class PatchObject(Operation, frozen=True, tag="patch"):
    """Change a few things of an object and leave all else: what `kubectl scale`, `label`, `taint` and `rollout` do.

    labels, annotations: value by key, None removes. template_annotations: of the pod template.
    fields: fields of the spec by the structs' names, e.g. {"replicas": 5} or {"paused": True}.
    images: of the template's containers by name, "*" all of them.
    taints: (key, value, effect) to put on a Node; an effect of "-" takes off those of the key, "NoSchedule-" one of them.
    """

    kind: str
    key: str
    at_us: int
    fields: dict[str, Any] = {}
    labels: dict[str, str | None] = {}
    annotations: dict[str, str | None] = {}
    template_annotations: dict[str, str | None] = {}
    taints: tuple[tuple[str, str, str], ...] = ()
    images: dict[str, str] = {}
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("patch", self.kind, _short(self.key))


class RollBack(Operation, frozen=True, tag="rollback"):
    """Take up the template of an earlier revision of a Deployment, StatefulSet or DaemonSet. revision 0: the one before."""

    kind: str
    key: str
    revision: int
    at_us: int
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("rollback", self.kind, _short(self.key))


class DeleteObject(Operation, frozen=True, tag="delete"):
    """Delete an object and, by propagation, what it owns. A pod that a kubelet holds is only marked, until that lets go.

    reason: "" (asked for), "Evicted" (its node is lost), "Redundant" (its owner needs it no more), "Preempted" ...
    uid:    only the object with this uid; "" any. force: remove a pod even if its kubelet did not let go.
    propagation: Background (dependents go too), Foreground (they go first) or Orphan (they stay).
    grace_seconds: how long a pod may take to stop; None: what its spec says.
    """

    kind: str
    key: str
    at_us: int
    reason: str = ""
    uid: str = ""
    force: bool = False
    ballot: Ballot | None = None
    propagation: str = BACKGROUND
    notes: tuple[Note, ...] = ()
    grace_seconds: int | None = None

    def label(self) -> Label:
        return ("evict" if self.reason else "delete", self.kind, _short(self.key))


class EvictPod(Operation, frozen=True, tag="evict-pod"):
    """The Eviction API: delete a pod, unless a PodDisruptionBudget forbids it.

    reason: why, as in `DeleteObject`; "" asked for. uid: only the pod with this uid; "" any.
    """

    key: str
    at_us: int
    reason: str = ""
    uid: str = ""
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("evict", "Pod", _short(self.key))


class BindPod(Operation, frozen=True, tag="bind"):
    """The scheduler's decision: the pod goes to the node, if nobody wrote the pod meanwhile."""

    key: str
    resource_version: str
    node: NodeId
    at_us: int
    ballot: Ballot
    attempt: Attempt
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("bind", _short(self.key), self.node)


class MarkUnschedulable(Operation, frozen=True, tag="unschedulable"):
    """No node can take the pod: the standard message goes to its PodScheduled condition.

    nominated: the node on which a preemption makes room for it; "" none, None leaves what was said before.
    reason: "Unschedulable" or "SchedulingGated".
    """

    key: str
    resource_version: str
    message: str
    at_us: int
    ballot: Ballot
    nominated: str | None = None
    attempt: Attempt | None = None
    reason: str = "Unschedulable"
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("unschedulable", _short(self.key))


class ReportPod(Operation, frozen=True, tag="pod-status"):
    """A kubelet reports its pod. Takes effect only if the pod is this node's and had not finished before."""

    key: str
    uid: str
    node: NodeId
    status: PodStatus
    at_us: int
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("status", _short(self.key), self.status.phase)


class ReleasePod(Operation, frozen=True, tag="release"):
    """A kubelet let go of a terminating pod: it is removed."""

    key: str
    uid: str
    node: NodeId
    at_us: int
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("release", _short(self.key))


class RegisterNode(Operation, frozen=True, tag="register-node"):
    """A kubelet started: its Node and Lease are created, or its capacity and lease brought up to date.

    taints: of a new Node (--register-with-taints). conditions: those that the kubelet watches, beside Ready.
    life: number of the machine's life; larger than that of every earlier machine of this name.
    """

    node: NodeId
    allocatable: dict[str, str]
    labels: dict[str, str]
    at_us: int
    taints: tuple[Taint, ...] = ()
    provider_id: str = ""
    conditions: tuple[Condition, ...] = ()
    life: int = 0

    def label(self) -> Label:
        return ("register", self.node)


class RenewLease(Operation, frozen=True, tag="renew-lease"):
    """A kubelet is alive."""

    node: NodeId
    at_us: int

    def label(self) -> Label:
        return ("lease", self.node)


class ReportNode(Operation, frozen=True, tag="report-node"):
    """A kubelet says how its node is (MemoryPressure ...) and what images it holds; that renews its lease, too."""

    node: NodeId
    conditions: tuple[Condition, ...]
    images: tuple[ContainerImage, ...]
    at_us: int
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("report-node", self.node)


class UpdateNode(Operation, frozen=True, tag="node-status"):
    """The node lifecycle controller's judgement: the Ready condition and the taints it manages."""

    node: NodeId
    resource_version: str
    ready: str
    reason: str
    taints: tuple[Taint, ...]
    at_us: int
    ballot: Ballot
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("node", self.node, self.reason)


class CordonNode(Operation, frozen=True, tag="cordon"):
    """Let a node take no new pods, or take them again (`kubectl cordon`, `uncordon`)."""

    node: NodeId
    unschedulable: bool
    at_us: int
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("cordon" if self.unschedulable else "uncordon", self.node)


class ForgetNode(Operation, frozen=True, tag="forget-node"):
    """A machine was taken away: its Node, Lease and NodeClaim go. Its pods are left to the pod garbage collector.

    before: lives with a smaller number are those of the machine that is gone: what they asked for comes too late.
    """

    node: NodeId
    at_us: int
    before: int = 0
    notes: tuple[Note, ...] = ()
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("forget-node", self.node)


class UpdateJob(Operation, frozen=True, tag="job-status"):
    """The Job controller's count. `counted` pods lose their tracking finalizer with it, so none is counted twice."""

    key: str
    resource_version: str
    status: JobStatus
    counted: tuple[str, ...]
    at_us: int
    ballot: Ballot
    notes: tuple[Note, ...] = ()

    def label(self) -> Label:
        return ("job", _short(self.key))


def _short(key: str) -> str:
    """`default/words-5` -> `words-5`: labels stand in small places."""
    return key.removeprefix(key_of("default", ""))
