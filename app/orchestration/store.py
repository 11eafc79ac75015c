"""The object store: a deterministic state machine fed by the replicated log. What Kubernetes keeps in etcd.

Objects are immutable; a write replaces one and counts up the revision, which becomes its resource version. The events of a
write say exactly what changed; controllers follow them as Kubernetes' informers follow a watch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from msgspec.structs import replace

from app.orchestration.events import (
    JobFinished,
    JobStarted,
    NodeReachable,
    NodeRegistered,
    NodeUnreachable,
    PodBound,
    PodEvicted,
    PodUnschedulable,
    ReportIgnored,
    WriteSuperseded,
)
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import JOB_TRACKING, Condition, ObjectMeta, key_of, plain, with_condition
from app.orchestration.objects.node import (
    NO_EXECUTE,
    READY,
    UNREACHABLE,
    Lease,
    LeaseSpec,
    Node,
    NodeSpec,
    NodeStatus,
)
from app.orchestration.objects.pod import EVICTED, Pod
from app.orchestration.operations import (
    BindPod,
    CordonNode,
    CreateObject,
    DeleteObject,
    MarkUnschedulable,
    RegisterNode,
    ReleasePod,
    RenewLease,
    ReportPod,
    UpdateJob,
    UpdateNode,
)
from app.orchestration.tables import Tables
from app.vocabulary.base import Event, Operation
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Outcome, Request

PODS_MAX = 10_000
JOBS_MAX = 1_000


class ObjectStore(Tables):
    """The state machine over the tables. `apply` is a function of state, slot and operation alone."""

    # The state machine

    def on_leader_started(self, ballot: Ballot) -> None:
        """A leader's first entry is applied: writes of older leaders do nothing from here on."""
        self.epoch = max(self.epoch, ballot)

    def apply(self, slot: int, request: Request) -> Outcome:
        """Apply one operation of this room. A function of state, slot and operation alone."""
        op = request.op
        ballot: Ballot | None = getattr(op, "ballot", None)
        if ballot is not None and ballot < self.epoch:
            event = WriteSuperseded(op.label(), str(ballot), str(self.epoch))
            return Outcome("superseded", events=(event,))
        return self._APPLY[type(op)](self, slot, op)

    # Creating and deleting

    def _create(self, slot: int, op: CreateObject) -> Outcome:
        thing = op.object
        metadata = thing.metadata
        if not metadata.name:
            metadata = replace(metadata, name=self._free_name(thing.KIND, metadata))
        key = key_of(metadata.namespace, metadata.name)
        existing: Pod | Job | None = (self.pods if type(thing) is Pod else self.jobs).get(key)
        if existing is not None and existing.metadata.uid == metadata.uid:
            return Outcome("ok", _answer(existing))
        if existing is not None:
            return _failed("AlreadyExists")
        if metadata.uid == "":
            metadata = replace(metadata, uid=f"{slot}.{self.revision}")
        metadata = replace(metadata, creation_timestamp=op.at_us)
        if type(thing) is Pod:
            return self._create_pod(replace(thing, metadata=metadata))
        assert type(thing) is Job
        return self._create_job(replace(thing, metadata=metadata), op)

    def _free_name(self, kind: str, metadata: ObjectMeta) -> str:
        table: dict[str, Any] = self.jobs if kind == Job.KIND else self.pods
        same = next((t for t in table.values() if metadata.uid and t.metadata.uid == metadata.uid), None)
        if same is not None:
            return str(same.metadata.name)
        while True:
            self.generated += 1
            name = f"{metadata.generate_name}{self.generated}"
            if key_of(metadata.namespace, name) not in table:
                return name

    def _create_pod(self, pod: Pod) -> Outcome:
        if len(self.pods) >= PODS_MAX:
            return _failed("TooMany")
        owner = pod.job
        if owner is not None:
            job = self.jobs.get(pod.job_key)
            if job is None or job.metadata.uid != owner.uid or job.finished:
                return _failed("OwnerGone")
        event = self.put(pod)
        return Outcome("ok", _answer(self.pods[pod.key]), (event,))

    def _create_job(self, job: Job, op: CreateObject) -> Outcome:
        if len(self.jobs) >= JOBS_MAX:
            return _failed("TooMany")
        if op.inputs:
            self.inputs[job.key] = op.inputs
        stored = self.put(job)
        started = JobStarted(job.key, job.spec.completions or 0, job.spec.parallelism)
        return Outcome("ok", _answer(self.jobs[job.key]), (stored, started))

    def _delete(self, slot: int, op: DeleteObject) -> Outcome:
        table: dict[str, Any] = self.jobs if op.kind == Job.KIND else self.pods
        thing = table.get(op.key)
        if thing is None or (op.uid and thing.metadata.uid != op.uid):
            return _failed("NotFound")
        if op.kind == Job.KIND:
            return Outcome("ok", None, tuple(self._remove_job(op.key, op.at_us, op.reason)))
        return Outcome("ok", None, tuple(self._delete_pod(op.key, op)))

    def _delete_pod(self, key: str, op: DeleteObject) -> list[Event]:
        pod = self.pods[key]
        if pod.terminating and not op.force:
            return []
        if op.force or pod.finished or pod.spec.node_name not in self.nodes:
            # No kubelet holds it: it has no node, or one that never was (a manifest may name any).
            return [self.remove(pod, op.reason)]
        metadata = replace(pod.metadata, deletion_timestamp=op.at_us)
        status = pod.status
        if op.reason == EVICTED:
            target = Condition("DisruptionTarget", "True", "DeletionByTaintManager", "", op.at_us)
            status = replace(status, conditions=with_condition(status.conditions, target))
        events: list[Event] = [self.put(replace(pod, metadata=metadata, status=status))]
        if op.reason == EVICTED:
            events.append(PodEvicted(key, pod.spec.node_name))
        return events

    def _remove_job(self, key: str, at_us: int, reason: str) -> list[Event]:
        job = self.jobs[key]
        events: list[Event] = []
        for pod_key in list(self.of_job.get(key, ())):
            events += self._delete_pod(pod_key, DeleteObject(Pod.KIND, pod_key, at_us))
        events.append(self.remove(job, reason))
        return events

    # Pods

    def _bind(self, slot: int, op: BindPod) -> Outcome:
        pod = self.pods.get(op.key)
        if pod is None or pod.metadata.resource_version != op.resource_version:
            return _failed("Conflict")
        if pod.spec.node_name or pod.finished or pod.terminating or op.node not in self.nodes:
            return _failed("Conflict")
        scheduled = Condition("PodScheduled", "True", "", "", op.at_us)
        status = replace(pod.status, conditions=with_condition(pod.status.conditions, scheduled))
        stored = self.put(replace(pod, spec=replace(pod.spec, node_name=op.node), status=status))
        self.placements[op.key] = (slot, op.placement)
        return Outcome("ok", None, (stored, PodBound(op.key, op.node, slot, plain(op.placement))))

    def _mark_unschedulable(self, slot: int, op: MarkUnschedulable) -> Outcome:
        pod = self.pods.get(op.key)
        if pod is None or pod.metadata.resource_version != op.resource_version or pod.spec.node_name:
            return _failed("Conflict")
        condition = Condition("PodScheduled", "False", "Unschedulable", op.message, op.at_us)
        status = replace(pod.status, conditions=with_condition(pod.status.conditions, condition))
        return Outcome(
            "ok", None, (self.put(replace(pod, status=status)), PodUnschedulable(op.key, op.message))
        )

    def _report(self, slot: int, op: ReportPod) -> Outcome:
        pod = self.pods.get(op.key)
        why = ""
        if pod is None or pod.metadata.uid != op.uid:
            why = "gone"
        elif pod.spec.node_name != op.node:
            why = "elsewhere"
        elif pod.finished:
            why = "finished"
        if why:
            ignored = ReportIgnored(op.key, op.node, op.status.phase, why)
            return Outcome("failed", {"why": why}, (ignored,))
        assert pod is not None
        metadata, job = pod.metadata, self.jobs.get(pod.job_key)
        if job is None or job.finished or pod.job is None or job.metadata.uid != pod.job.uid:
            metadata = replace(metadata, finalizers=())  # nobody is left who would count it
        status = replace(op.status, conditions=pod.status.conditions)
        stored = self.put(replace(pod, metadata=metadata, status=status))
        return Outcome("ok", None, (stored, *self.trim_pods()))

    def _release(self, slot: int, op: ReleasePod) -> Outcome:
        pod = self.pods.get(op.key)
        if pod is None or pod.metadata.uid != op.uid or pod.spec.node_name != op.node or not pod.terminating:
            return _failed("Conflict")
        if pod.finished:
            return Outcome("ok")
        return Outcome("ok", None, (self.remove(pod, "Released"),))

    # Nodes

    def _register(self, slot: int, op: RegisterNode) -> Outcome:
        node = self.nodes.get(op.node)
        events: list[Event] = []
        if node is None:
            ready = Condition(READY, "True", "KubeletReady", "", op.at_us)
            metadata = ObjectMeta(
                op.node, uid=f"node-{op.node}", labels=op.labels, creation_timestamp=op.at_us
            )
            status = NodeStatus(op.allocatable, (ready,))
            events = [self.put(Node(metadata, NodeSpec(), status)), NodeRegistered(op.node)]
        elif node.status.allocatable != op.allocatable:
            events = [self.put(replace(node, status=replace(node.status, allocatable=op.allocatable)))]
        return Outcome("ok", None, (*events, self._renewed(op.node, op.at_us)))

    def _renew(self, slot: int, op: RenewLease) -> Outcome:
        if op.node not in self.leases:
            return _failed("NotFound")
        return Outcome("ok", None, (self._renewed(op.node, op.at_us),))

    def _renewed(self, node: str, at_us: int) -> Event:
        old = self.leases.get(node)
        metadata = old.metadata if old else ObjectMeta(node, uid=f"lease-{node}")
        return self.put(Lease(metadata, LeaseSpec(node, at_us)))

    def _update_node(self, slot: int, op: UpdateNode) -> Outcome:
        node = self.nodes.get(op.node)
        if node is None or node.metadata.resource_version != op.resource_version:
            return _failed("Conflict")
        condition = Condition(READY, op.ready, op.reason, "", op.at_us)
        status = replace(node.status, conditions=with_condition(node.status.conditions, condition))
        events: list[Event] = [
            self.put(replace(node, spec=replace(node.spec, taints=op.taints), status=status))
        ]
        if node.ready and op.ready != "True":
            evicting = any(taint.key == UNREACHABLE and taint.effect == NO_EXECUTE for taint in op.taints)
            events.append(NodeUnreachable(op.node, evicting))
        elif not node.ready and op.ready == "True":
            events.append(NodeReachable(op.node))
        return Outcome("ok", None, tuple(events))

    def _cordon(self, slot: int, op: CordonNode) -> Outcome:
        node = self.nodes.get(op.node)
        if node is None:
            return _failed("NotFound")
        if node.spec.unschedulable == op.unschedulable:
            return Outcome("ok")
        spec = replace(node.spec, unschedulable=op.unschedulable)
        return Outcome("ok", None, (self.put(replace(node, spec=spec)),))

    # Jobs

    def _update_job(self, slot: int, op: UpdateJob) -> Outcome:
        job = self.jobs.get(op.key)
        if job is None or job.metadata.resource_version != op.resource_version or job.finished:
            return _failed("Conflict")
        updated = replace(job, status=op.status)
        events: list[Event] = [self.put(updated)]
        for key in () if updated.finished else op.counted:
            pod = self.pods.get(key)
            if pod is not None and JOB_TRACKING in pod.metadata.finalizers:
                kept = tuple(name for name in pod.metadata.finalizers if name != JOB_TRACKING)
                events.append(self.put(replace(pod, metadata=replace(pod.metadata, finalizers=kept))))
        if updated.finished:
            events += self._finish_job(updated, op.at_us)
        return Outcome("ok", None, (*events, *self.trim_pods()))

    def _finish_job(self, job: Job, at_us: int) -> list[Event]:
        end = job.status.conditions[-1]
        self.inputs.pop(job.key, None)
        self.finished_jobs[job.key] = None
        status = job.status
        events: list[Event] = [JobFinished(job.key, end.type, end.reason, status.succeeded, status.failed)]
        for key in list(self.of_job.get(job.key, ())):
            pod = self.pods[key]
            if not pod.finished:
                events += self._delete_pod(key, DeleteObject(Pod.KIND, key, at_us))
            elif pod.metadata.finalizers:
                events.append(self.put(replace(pod, metadata=replace(pod.metadata, finalizers=()))))
        while len(self.finished_jobs) > self.finished_jobs_max:
            events += self._remove_job(next(iter(self.finished_jobs)), at_us, "Limit")
        return events

    _APPLY: ClassVar[dict[type[Operation], Callable[[ObjectStore, int, Any], Outcome]]] = {
        CreateObject: _create,
        DeleteObject: _delete,
        BindPod: _bind,
        MarkUnschedulable: _mark_unschedulable,
        ReportPod: _report,
        ReleasePod: _release,
        RegisterNode: _register,
        RenewLease: _renew,
        UpdateNode: _update_node,
        CordonNode: _cordon,
        UpdateJob: _update_job,
    }

    operations: tuple[type[Operation], ...] = tuple(_APPLY)
    """The operations that a session table routes here."""


OPERATIONS = ObjectStore.operations
"""The operations that belong to this store."""


def _answer(thing: Pod | Job) -> dict[str, str]:
    return {"key": thing.key, "uid": thing.metadata.uid}


def _failed(why: str) -> Outcome:
    return Outcome("failed", {"why": why})
