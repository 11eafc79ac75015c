"""Whether api1 can take a command at all: pure checks, before anything happens. The store may still say no later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.orchestration import commands as asked
from app.orchestration.commands import Cordon, DeletePod, Uncordon
from app.orchestration.computation import KINDS, PIECES_MAX, SIZE_MAX, TEXT_MAX, WORD_COUNT
from app.orchestration.controllers.descheduler import RESOURCES, STRATEGIES
from app.orchestration.fields import (
    EFFECTS,
    ManifestError,
    bad_value,
    label,
    label_value,
    labels,
    one_of,
    qualified_name,
    subdomain,
    taint,
    text,
)
from app.orchestration.manifests import PRIORITY_MAX, READERS, objects_of_text
from app.orchestration.manifests.workload import REPLICAS_MAX
from app.orchestration.objects.node_pool import EXPANDERS
from app.orchestration.objects.quantity import extended_problem
from app.orchestration.operations import BACKGROUND, FOREGROUND, ORPHAN
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import DeleteJob, ReplayTrace, SubmitComputation, SubmitManifest, SubmitTasks
from app.vocabulary.ids import SECOND

COUNT_MAX = 1_000
CPU_MILLI_MAX = 1_000_000
MEMORY_MIB_MAX = 16 << 20
DURATION_MS_MAX = 3_600_000
TRACE_ROWS_MAX = 10_000
POOL_MAX = 1_000
POOL_NAME_MAX = 40
"""The names of its nodes begin with it."""
HOUR_US = 3_600 * SECOND


def admit(command: Command) -> Refused | None:
    """Why the command cannot be taken, or None. A function of the command alone."""
    try:
        return _CHECKS[type(command)](command)
    except ManifestError as error:
        return error.refused


def _range(field: str, value: int, low: int, high: int) -> Refused | None:
    if low <= value <= high:
        return None
    return Refused("out-of-range", {"field": field, "value": value, "low": low, "high": high})


def _tasks(command: SubmitTasks) -> Refused | None:
    if command.name:
        label(command.name, "name")
    return (
        _range("count", command.count, 1, COUNT_MAX)
        or _range("cpu_milli", command.cpu_milli, 1, CPU_MILLI_MAX)
        or _range("memory_mib", command.memory_mib, 1, MEMORY_MIB_MAX)
        or _range("duration_ms", command.duration_ms, 1, DURATION_MS_MAX)
        or _range("priority", command.priority, -PRIORITY_MAX, PRIORITY_MAX)
    )


def _manifest(command: SubmitManifest) -> Refused | None:
    objects_of_text(command.manifest)
    return None


def _computation(command: SubmitComputation) -> Refused | None:
    if command.name:
        label(command.name, "name")
    if command.what not in KINDS:
        return Refused("unknown-computation", {"what": command.what[:60], "allowed": ", ".join(KINDS)})
    refused = _range("pieces", command.pieces, 1, PIECES_MAX)
    if refused is not None:
        return refused
    if command.what != WORD_COUNT:
        return _range("size", command.size, 1, SIZE_MAX[command.what])
    return _range("length of text", len(command.text), 1, TEXT_MAX)


def _trace(command: ReplayTrace) -> Refused | None:
    refused = _range("number of rows", len(command.rows), 1, TRACE_ROWS_MAX)
    for name, after_us, cpu_milli, memory_mib, gpu_milli, duration_us in command.rows:
        subdomain(name, "name")
        refused = (
            refused
            or _range(f"{name}: after_us", after_us, 0, 365 * 24 * HOUR_US)
            or _range(f"{name}: cpu_milli", cpu_milli, 0, CPU_MILLI_MAX)
            or _range(f"{name}: memory_mib", memory_mib, 0, MEMORY_MIB_MAX)
            or _range(f"{name}: gpu_milli", gpu_milli, 0, 1_000_000)
            or _range(f"{name}: duration_us", duration_us, 1, HOUR_US)
        )
        if refused is not None:
            break
    return (
        refused
        or _range("gap_max_us", command.gap_max_us, 0, HOUR_US)
        or _range("compress", command.compress, 1, 1_000_000)
    )


def _delete_job(command: DeleteJob) -> Refused | None:
    label(command.name, "name")
    label(command.namespace, "namespace")
    return None


def _delete_pod(command: DeletePod) -> Refused | None:
    subdomain(command.name, "name")
    label(command.namespace, "namespace")
    return None


def _cordon(command: Cordon | Uncordon) -> Refused | None:
    subdomain(command.node, "node")
    return None


_SCALED = ("Deployment", "ReplicaSet", "StatefulSet")
_ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
_KINDS = tuple(kind for _, kind in READERS)


def _named(command: Any, *kinds: str) -> None:
    """A command that names an object of one of these kinds."""
    if kinds:
        one_of(*kinds)(command.kind, "kind")
    subdomain(command.name, "name")
    label(command.namespace, "namespace")


def _delete_object(command: asked.RemoveObject) -> Refused | None:
    _named(command, *_KINDS)
    one_of(BACKGROUND, FOREGROUND, ORPHAN)(command.propagation, "propagation")
    return None


def _scale(command: asked.ScaleObject) -> Refused | None:
    _named(command, *_SCALED)
    return _range("replicas", command.replicas, 0, REPLICAS_MAX)


def _undo(command: asked.UndoRollout) -> Refused | None:
    _named(command, *_ROLLED)
    return _range("revision", command.revision, 0, 1 << 31)


def _restart(command: asked.RestartRollout) -> Refused | None:
    _named(command, *_ROLLED)
    return None


def _image(command: asked.SetImage) -> Refused | None:
    _named(command, *_ROLLED, "ReplicaSet")
    text(command.image, "image")
    if command.container != "*":
        label(command.container, "container")
    return None if command.image else _range("length of image", 0, 1, 1_000)


def _object(command: Any) -> Refused | None:
    _named(command)
    return None


def _taint(command: asked.TaintNode | asked.UntaintNode) -> Refused | None:
    subdomain(command.node, "node")
    qualified_name(command.key, "key")
    if type(command) is asked.TaintNode:
        label_value(command.value, "value")
        one_of(*EFFECTS)(command.effect, "effect")
    elif command.effect:
        one_of(*EFFECTS)(command.effect, "effect")
    return None


def _label(command: asked.LabelNode) -> Refused | None:
    subdomain(command.node, "node")
    qualified_name(command.key, "key")
    if command.value is not None:
        label_value(command.value, "value")
    return None


_LOADED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Pod")


def _load(command: asked.SetLoad) -> Refused | None:
    _named(command, *_LOADED)
    return _range("cpu_milli", command.cpu_milli, 0, CPU_MILLI_MAX)


def _drain(command: asked.Drain) -> Refused | None:
    subdomain(command.node, "node")
    return None


def _descheduler(command: asked.SetDescheduler) -> Refused | None:
    for name in command.strategies:
        one_of(*STRATEGIES)(name, "strategies")
        if command.strategies.count(name) > 1:
            raise bad_value("strategies", name, "each strategy once")
    low, high = command.thresholds, command.target_thresholds
    for field, shares in (("thresholds", low), ("target_thresholds", high)):
        for resource, share in shares.items():
            one_of(*RESOURCES)(resource, field)
            refused = _range(f"{field}.{resource}", share, 0, 100)
            if refused is not None:
                return refused
    if high and list(low) != list(high):
        raise bad_value(
            "target_thresholds", ", ".join(high), f"the resources of thresholds ({', '.join(low)})"
        )
    for resource, share in high.items():
        if share < low[resource]:
            return _range(f"target_thresholds.{resource}", share, low[resource], 100)
    return _range("interval_ms", command.interval_ms, 0, DURATION_MS_MAX) or _range(
        "evictions_max", command.evictions_max, 0, COUNT_MAX
    )


def _pool(command: asked.SetNodePool) -> Refused | None:
    label(command.pool, "pool")
    labels(command.labels, "labels")
    for text_ in command.taints:
        taint(text_, "taints")
    _extended(command.extended)
    return (
        _range("length of pool", len(command.pool), 1, POOL_NAME_MAX)
        or _range("max", command.max, 0, POOL_MAX)
        or _range("min", command.min, 0, command.max)
        or _range("cpu_milli", command.cpu_milli, 1, CPU_MILLI_MAX)
        or _range("memory_mib", command.memory_mib, 1, MEMORY_MIB_MAX)
        or _range("gpu", command.gpu, 0, COUNT_MAX)
        or _range("boot_ms", command.boot_ms, 0, DURATION_MS_MAX)
        or _range("priority", command.priority, -PRIORITY_MAX, PRIORITY_MAX)
        or _range("number of taints", len(command.taints), 0, 16)
    )


def _no_pool(command: asked.RemoveNodePool) -> Refused | None:
    label(command.pool, "pool")
    return None


def _flags(command: asked.SetClusterAutoscaler) -> Refused | None:
    one_of(*EXPANDERS)(command.expander, "expander")
    return (
        _range("utilization_percent", command.utilization_percent, 0, 100)
        or _range("unneeded_ms", command.unneeded_ms, 0, DURATION_MS_MAX)
        or _range("delay_ms", command.delay_ms, 0, DURATION_MS_MAX)
        or _range("scan_ms", command.scan_ms, 0, DURATION_MS_MAX)
    )


def _add_node(command: asked.AddNode) -> Refused | None:
    labels(command.labels, "labels")
    _extended(command.extended)
    return None


def _extended(offer: dict[str, int]) -> None:
    problem = extended_problem(offer)
    if problem is not None:
        raise bad_value(*problem)


_CHECKS: dict[type[Command], Callable[[Any], Refused | None]] = {
    SubmitTasks: _tasks,
    SubmitManifest: _manifest,
    SubmitComputation: _computation,
    ReplayTrace: _trace,
    DeleteJob: _delete_job,
    DeletePod: _delete_pod,
    Cordon: _cordon,
    Uncordon: _cordon,
    asked.RemoveObject: _delete_object,
    asked.EvictPod: _object,
    asked.ScaleObject: _scale,
    asked.UndoRollout: _undo,
    asked.PauseRollout: _object,
    asked.ResumeRollout: _object,
    asked.RestartRollout: _restart,
    asked.SetImage: _image,
    asked.TaintNode: _taint,
    asked.UntaintNode: _taint,
    asked.LabelNode: _label,
    asked.SetLoad: _load,
    asked.Drain: _drain,
    asked.SetDescheduler: _descheduler,
    asked.SetNodePool: _pool,
    asked.RemoveNodePool: _no_pool,
    asked.SetClusterAutoscaler: _flags,
    asked.AddNode: _add_node,
}
