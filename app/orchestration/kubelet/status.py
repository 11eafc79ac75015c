"""A pod's phase and conditions, from what its containers do.

Source: kubernetes/kubernetes, pkg/kubelet/kubelet_pods.go (getPhase), pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.orchestration.kubelet.container import (
    ALWAYS,
    MAIN,
    NEVER,
    RUNNING,
    SIDECAR,
    SIGKILL_CODE,
    ContainerRun,
)
from app.orchestration.objects.meta import Condition
from app.orchestration.objects.pod import (
    CONTAINERS_READY,
    FAILED,
    INITIALIZED,
    LOST,
    PENDING,
    POD_READY,
    SUCCEEDED,
    Pod,
    PodStatus,
)
from app.orchestration.objects.pod import RUNNING as POD_RUNNING

NOT_INITIALIZED, NOT_READY = "ContainersNotInitialized", "ContainersNotReady"
POD_COMPLETED, POD_FAILED = "PodCompleted", "PodFailed"


def phase_of(inits: Sequence[ContainerRun], mains: Sequence[ContainerRun]) -> str:
    """The phase, while the pod is not stopped by anybody."""
    for init in inits:
        if init.role == SIDECAR:
            if not init.created:
                return PENDING
        elif init.done and init.exit_code and init.policy == NEVER:
            return FAILED
        elif not init.succeeded:
            return PENDING
    if not all(main.created for main in mains):
        return PENDING
    if not all(main.done for main in mains):
        return POD_RUNNING
    if any(init.role == SIDECAR and init.state == RUNNING for init in inits):
        return POD_RUNNING  # they stop after the main containers
    if any(main.policy == ALWAYS for main in mains):
        return POD_RUNNING
    return FAILED if any(main.exit_code for main in mains) else SUCCEEDED


def lost_status(pod: Pod, wall_us: int) -> PodStatus:
    """Of a pod that ran here before a crash and is not started again."""
    return PodStatus(
        FAILED,
        LOST,
        "The container could not be located when the kubelet started",
        start_time=pod.status.start_time,
        finish_time=wall_us,
        restart_count=pod.status.restart_count,
        exit_code=SIGKILL_CODE,
    )


def conditions_of(
    phase: str, inits: Sequence[ContainerRun], mains: Sequence[ContainerRun], at_us: int
) -> tuple[Condition, ...]:
    """Initialized, ContainersReady and Ready. (PodScheduled is the scheduler's word.)"""
    return (
        _initialized(phase, inits, at_us),
        _ready(CONTAINERS_READY, phase, inits, mains, at_us),
        _ready(POD_READY, phase, inits, mains, at_us),
    )


def _initialized(phase: str, inits: Sequence[ContainerRun], at_us: int) -> Condition:
    if phase == SUCCEEDED:
        return Condition(INITIALIZED, "True", POD_COMPLETED, "", at_us)
    waiting = [init.name for init in inits if not (init.created if init.role == SIDECAR else init.succeeded)]
    if not waiting:
        return Condition(INITIALIZED, "True", "", "", at_us)
    message = f"containers with incomplete status: [{' '.join(waiting)}]"
    return Condition(INITIALIZED, "False", NOT_INITIALIZED, message, at_us)


def _ready(
    type_: str, phase: str, inits: Sequence[ContainerRun], mains: Sequence[ContainerRun], at_us: int
) -> Condition:
    if phase in (SUCCEEDED, FAILED):
        return Condition(type_, "False", POD_COMPLETED if phase == SUCCEEDED else POD_FAILED, "", at_us)
    runs = [run for run in (*inits, *mains) if run.role in (SIDECAR, MAIN)]
    unready = [run.name for run in runs if not run.ready]
    if not unready:
        return Condition(type_, "True", "", "", at_us)
    message = f"containers with unready status: [{' '.join(unready)}]"
    return Condition(type_, "False", NOT_READY, message, at_us)
