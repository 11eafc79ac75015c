"""What people ask of objects that are there, as writes of the store: `kubectl delete`, `scale`, `rollout`, `taint` ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from app.orchestration import commands as asked
from app.orchestration.api_events import (
    ApiRequestTaken,
    ChangeRequested,
    CordonRequested,
    DeletionRequested,
    UncordonRequested,
)
from app.orchestration.controllers import descheduler
from app.orchestration.controllers.cluster_autoscaler import pools
from app.orchestration.fields import taint
from app.orchestration.objects import KINDS
from app.orchestration.objects.deployment import RESTARTED_AT, Deployment
from app.orchestration.objects.descheduler_policy import DeschedulerPolicy, PolicySpec
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import ObjectMeta, key_of
from app.orchestration.objects.node import DRAIN, Node
from app.orchestration.objects.node_pool import AutoscalerOptions, ClusterAutoscaler, NodePool
from app.orchestration.objects.pod import LOAD, Pod
from app.orchestration.objects.quantity import format_milli
from app.orchestration.operations import (
    CordonNode,
    DeleteObject,
    EvictPod,
    ForgetNode,
    PatchObject,
    RollBack,
    UpdateObject,
)
from app.orchestration.settings import NodePool as PoolSetting
from app.vocabulary.base import Command, Operation
from app.vocabulary.commands import DeleteJob
from app.vocabulary.ids import MS, NodeId

Telling = Callable[[NodeId, int], ApiRequestTaken]
"""Makes the event that says what was asked, of the API server and the number of its requests."""

Request = tuple[Telling, Operation]


def request(command: Command, at_us: int, cause: int) -> Request | None:
    """What a command asks of an object that is there; None: it is none of these. cause: the entry of the command."""
    make = _REQUESTS.get(type(command))
    if make is None:
        return None
    told, op = make(command, at_us)
    return told, replace(op, before=cause) if type(op) is ForgetNode else op


def key(kind: str, namespace: str, name: str) -> str:
    """The key of an object that a command names."""
    return key_of(namespace if KINDS[kind].NAMESPACED else "", name)


def _change(verb: str, kind: str, key: str, detail: str, op: Operation) -> Request:
    return lambda node, requests: ChangeRequested(node, requests, verb, kind, key, detail), op


def _delete(kind: str, key: str, op: Operation) -> Request:
    return lambda node, requests: DeletionRequested(node, requests, kind, key), op


def _delete_job(command: DeleteJob, at_us: int) -> Request:
    which = key_of(command.namespace, command.name)
    return _delete(Job.KIND, which, DeleteObject(Job.KIND, which, at_us))


def _delete_pod(command: asked.DeletePod, at_us: int) -> Request:
    which = key_of(command.namespace, command.name)
    return _delete(Pod.KIND, which, DeleteObject(Pod.KIND, which, at_us))


def _delete_object(command: asked.RemoveObject, at_us: int) -> Request:
    which = key(command.kind, command.namespace, command.name)
    op = DeleteObject(command.kind, which, at_us, propagation=command.propagation)
    return _delete(command.kind, which, op)


def _evict(command: asked.EvictPod, at_us: int) -> Request:
    which = key_of(command.namespace, command.name)
    return _change("evict", Pod.KIND, which, "", EvictPod(which, at_us))


def _cordon(command: asked.Cordon, at_us: int) -> Request:
    op = CordonNode(command.node, True, at_us)
    return lambda node, requests: CordonRequested(node, requests, command.node), op


def _uncordon(command: asked.Uncordon, at_us: int) -> Request:
    op = CordonNode(command.node, False, at_us)
    return lambda node, requests: UncordonRequested(node, requests, command.node), op


def _scale(command: asked.ScaleObject, at_us: int) -> Request:
    which = key(command.kind, command.namespace, command.name)
    op = PatchObject(command.kind, which, at_us, fields={"replicas": command.replicas})
    return _change("scale", command.kind, which, str(command.replicas), op)


def _undo(command: asked.UndoRollout, at_us: int) -> Request:
    which = key(command.kind, command.namespace, command.name)
    detail = str(command.revision) if command.revision else ""
    return _change(
        "undo", command.kind, which, detail, RollBack(command.kind, which, command.revision, at_us)
    )


def _pause(command: asked.PauseRollout | asked.ResumeRollout, at_us: int) -> Request:
    which, paused = key_of(command.namespace, command.name), type(command) is asked.PauseRollout
    op = PatchObject(Deployment.KIND, which, at_us, fields={"paused": paused})
    return _change("pause" if paused else "resume", Deployment.KIND, which, "", op)


def _restart(command: asked.RestartRollout, at_us: int) -> Request:
    which = key(command.kind, command.namespace, command.name)
    op = PatchObject(command.kind, which, at_us, template_annotations={RESTARTED_AT: str(at_us)})
    return _change("restart", command.kind, which, "", op)


def _image(command: asked.SetImage, at_us: int) -> Request:
    which = key(command.kind, command.namespace, command.name)
    op = PatchObject(command.kind, which, at_us, images={command.container: command.image})
    return _change("image", command.kind, which, command.image, op)


def _taint(command: asked.TaintNode, at_us: int) -> Request:
    detail = f"{command.key}{'=' if command.value else ''}{command.value}:{command.effect}"
    op = PatchObject(Node.KIND, command.node, at_us, taints=((command.key, command.value, command.effect),))
    return _change("taint", Node.KIND, command.node, detail, op)


def _untaint(command: asked.UntaintNode, at_us: int) -> Request:
    detail = f"{command.key}{':' if command.effect else ''}{command.effect}"
    op = PatchObject(Node.KIND, command.node, at_us, taints=((command.key, "", f"{command.effect}-"),))
    return _change("untaint", Node.KIND, command.node, detail, op)


def _label(command: asked.LabelNode, at_us: int) -> Request:
    detail = f"{command.key}-" if command.value is None else f"{command.key}={command.value}"
    op = PatchObject(Node.KIND, command.node, at_us, labels={command.key: command.value})
    return _change("label", Node.KIND, command.node, detail, op)


def _load(command: asked.SetLoad, at_us: int) -> Request:
    which = key(command.kind, command.namespace, command.name)
    load = format_milli(command.cpu_milli)
    op = PatchObject(command.kind, which, at_us, annotations={LOAD: load})
    return _change("load", command.kind, which, load, op)


def _drain(command: asked.Drain, at_us: int) -> Request:
    fields = {"unschedulable": True}
    op = PatchObject(Node.KIND, command.node, at_us, fields=fields, annotations={DRAIN: "begins"})
    return _change("drain", Node.KIND, command.node, "", op)


def _descheduler(command: asked.SetDescheduler, at_us: int) -> Request:
    spec = PolicySpec(
        command.strategies, command.thresholds, command.target_thresholds, command.interval_ms * MS,
        command.evictions_max, command.once, at_us,
    )  # fmt: skip
    policy = DeschedulerPolicy(ObjectMeta(descheduler.NAME), spec)
    detail = ", ".join(command.strategies) or "off"
    return _change("strategies", policy.KIND, policy.key, detail, UpdateObject(policy, at_us, create=True))


def _pool(command: asked.SetNodePool, at_us: int) -> Request:
    pool = pools.pool_from(
        PoolSetting(
            command.pool, command.cpu_milli, command.memory_mib, command.max, command.min, command.zone, command.gpu,
            command.labels, tuple(taint(text, "taints") for text in command.taints), command.boot_ms * MS, command.priority,
            command.extended,
        )
    )  # fmt: skip
    detail = f"{command.min} to {command.max}"
    return _change("size", pool.KIND, pool.key, detail, UpdateObject(pool, at_us, create=True))


def _no_pool(command: asked.RemoveNodePool, at_us: int) -> Request:
    return _delete(NodePool.KIND, command.pool, DeleteObject(NodePool.KIND, command.pool, at_us))


def _flags(command: asked.SetClusterAutoscaler, at_us: int) -> Request:
    spec = AutoscalerOptions(
        command.expander, command.utilization_percent, command.unneeded_ms * MS, command.delay_ms * MS,
        command.scan_ms * MS, command.scale_down_disabled,
    )  # fmt: skip
    flags = ClusterAutoscaler(ObjectMeta(pools.NAME), spec)
    return _change("flags", flags.KIND, flags.key, command.expander, UpdateObject(flags, at_us, create=True))


def _forget(command: asked.RemoveNode, at_us: int) -> Request:
    return _delete(Node.KIND, command.node, ForgetNode(command.node, at_us))


_REQUESTS: dict[type[Command], Callable[[Any, int], Request]] = {
    DeleteJob: _delete_job,
    asked.DeletePod: _delete_pod,
    asked.RemoveObject: _delete_object,
    asked.EvictPod: _evict,
    asked.Cordon: _cordon,
    asked.Uncordon: _uncordon,
    asked.ScaleObject: _scale,
    asked.UndoRollout: _undo,
    asked.PauseRollout: _pause,
    asked.ResumeRollout: _pause,
    asked.RestartRollout: _restart,
    asked.SetImage: _image,
    asked.TaintNode: _taint,
    asked.UntaintNode: _untaint,
    asked.LabelNode: _label,
    asked.SetLoad: _load,
    asked.Drain: _drain,
    asked.SetDescheduler: _descheduler,
    asked.SetNodePool: _pool,
    asked.RemoveNodePool: _no_pool,
    asked.SetClusterAutoscaler: _flags,
    asked.RemoveNode: _forget,
}
