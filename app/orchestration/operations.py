"""What the Kubernetes half writes into the log. Times come in the operation, from its proposer.

Writes of the scheduler and the controllers carry the `ballot` of their leader: applied after a newer leader's first entry
they do nothing ("superseded"). Writes of api1 and the kubelets come through client sessions and carry none.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from app.orchestration.objects.job import Job, JobStatus
from app.orchestration.objects.meta import key_of
from app.orchestration.objects.node import Taint
from app.orchestration.objects.pod import Pod, PodStatus
from app.vocabulary.base import Label, Operation
from app.vocabulary.ids import Ballot, NodeId


class Placement(Struct, frozen=True, gc=False):
    """Why a pod runs where it runs, kept with the binding.

    attempt: how often the pod was tried. nodes, feasible: how many were looked at, how many fitted.
    rows:    `[node, reasons or null, {plugin: score}, total]`, all nodes up to `verdict_rows`, above that the ten best.
    counts:  above that: how many nodes each reason ruled out.
    """

    node: NodeId
    ballot: tuple[int, str]
    attempt: int
    at_us: int
    nodes: int
    feasible: int
    rows: tuple[Any, ...]
    counts: dict[str, int] = {}


class CreateObject(Operation, frozen=True, tag="create"):
    """Create a Pod or Job. A name that exists fails, unless it is the same object (equal uid): that repeats the answer.

    An empty name with a `generateName` picks the next free number.
    inputs: the texts of a computation's pieces; kept beside the Job, not shown.
    """

    object: Pod | Job
    at_us: int
    inputs: tuple[str, ...] = ()
    ballot: Ballot | None = None

    def label(self) -> Label:
        metadata = self.object.metadata
        return ("create", self.object.KIND, metadata.name or metadata.generate_name)


class DeleteObject(Operation, frozen=True, tag="delete"):
    """Delete a Pod or a Job (with its pods). A pod that a kubelet holds is only marked, until the kubelet lets go.

    reason: "" (asked for), "Evicted" (its node is lost), "Redundant" (the Job needs it no more).
    uid:    only the object with this uid; "" any. force: remove a pod even if its kubelet did not let go.
    """

    kind: str
    key: str
    at_us: int
    reason: str = ""
    uid: str = ""
    force: bool = False
    ballot: Ballot | None = None

    def label(self) -> Label:
        return ("evict" if self.reason else "delete", self.kind, _short(self.key))


class BindPod(Operation, frozen=True, tag="bind"):
    """The scheduler's decision: the pod goes to the node, if nobody wrote the pod meanwhile."""

    key: str
    resource_version: str
    node: NodeId
    at_us: int
    ballot: Ballot
    placement: Placement

    def label(self) -> Label:
        return ("bind", _short(self.key), self.node)


class MarkUnschedulable(Operation, frozen=True, tag="unschedulable"):
    """No node can take the pod: the standard message goes to its PodScheduled condition."""

    key: str
    resource_version: str
    message: str
    at_us: int
    ballot: Ballot

    def label(self) -> Label:
        return ("unschedulable", _short(self.key))


class ReportPod(Operation, frozen=True, tag="pod-status"):
    """A kubelet reports its pod. Takes effect only if the pod is this node's and had not finished before."""

    key: str
    uid: str
    node: NodeId
    status: PodStatus
    at_us: int

    def label(self) -> Label:
        return ("status", _short(self.key), self.status.phase)


class ReleasePod(Operation, frozen=True, tag="release"):
    """A kubelet let go of a terminating pod: it is removed."""

    key: str
    uid: str
    node: NodeId
    at_us: int

    def label(self) -> Label:
        return ("release", _short(self.key))


class RegisterNode(Operation, frozen=True, tag="register-node"):
    """A kubelet started: its Node and Lease are created, or its capacity and lease brought up to date."""

    node: NodeId
    allocatable: dict[str, str]
    labels: dict[str, str]
    at_us: int

    def label(self) -> Label:
        return ("register", self.node)


class RenewLease(Operation, frozen=True, tag="renew-lease"):
    """A kubelet is alive."""

    node: NodeId
    at_us: int

    def label(self) -> Label:
        return ("lease", self.node)


class UpdateNode(Operation, frozen=True, tag="node-status"):
    """The node lifecycle controller's judgement: the Ready condition and the taints it manages."""

    node: NodeId
    resource_version: str
    ready: str
    reason: str
    taints: tuple[Taint, ...]
    at_us: int
    ballot: Ballot

    def label(self) -> Label:
        return ("node", self.node, self.reason)


class CordonNode(Operation, frozen=True, tag="cordon"):
    """Let a node take no new pods, or take them again (`kubectl cordon`, `uncordon`)."""

    node: NodeId
    unschedulable: bool
    at_us: int

    def label(self) -> Label:
        return ("cordon" if self.unschedulable else "uncordon", self.node)


class UpdateJob(Operation, frozen=True, tag="job-status"):
    """The Job controller's count. `counted` pods lose their tracking finalizer with it, so none is counted twice."""

    key: str
    resource_version: str
    status: JobStatus
    counted: tuple[str, ...]
    at_us: int
    ballot: Ballot

    def label(self) -> Label:
        return ("job", _short(self.key))


def _short(key: str) -> str:
    """`default/words-5` -> `words-5`: labels stand in small places."""
    return key.removeprefix(key_of("default", ""))
