"""One container of a pod: waiting, running or terminated, with its restarts and their pauses.

Source: kubernetes/kubernetes, pkg/kubelet/kuberuntime/kuberuntime_manager.go (doBackOff),
staging/src/k8s.io/client-go/util/flowcontrol/backoff.go.
"""

from __future__ import annotations

from app.orchestration.computation import Piece, computation_of
from app.orchestration.containers import Script, script_of
from app.orchestration.objects.pod import (
    Container,
    ContainerState,
    ContainerStatus,
    Pod,
    Running,
    Terminated,
    Waiting,
)
from app.orchestration.objects.quantity import MEMORY, parse_quantity
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Moment
from app.vocabulary.ids import MS, SECOND

INIT, SIDECAR, MAIN = "init", "sidecar", "main"
WAITING, RUNNING, TERMINATED = "waiting", "running", "terminated"
ALWAYS, ON_FAILURE, NEVER = "Always", "OnFailure", "Never"
CREATING, INITIALIZING, CRASH_LOOP = "ContainerCreating", "PodInitializing", "CrashLoopBackOff"
COMPLETED, FAILED, OOM_KILLED = "Completed", "Error", "OOMKilled"
SIGTERM_CODE, SIGKILL_CODE = 143, 137


class ContainerRun:
    """See the module. Times with `_us` are the machine's monotonic clock, `_at` its wall clock.

    role:     INIT, SIDECAR (an init container that runs on beside the main ones) or MAIN.
    attempts: how often it was tried before this pod did (another pod of its Job's index). restarts: in this pod.
    last:     how it ended the time before. pause_us, paused_us: the next pause before a restart, and when the last was set.
    again:    it ended, and is to be started again.
    again_us: when it starts, while it waits. ends_us: when it ends by itself, None never. stop_us: when it has stopped.
    memory:   bytes that it uses while it runs.
    """

    __slots__ = (
        "again",
        "again_us",
        "attempts",
        "created",
        "ends_us",
        "exit_code",
        "finished_at",
        "finished_us",
        "last",
        "limit",
        "memory",
        "message",
        "pause_us",
        "paused_us",
        "piece",
        "pod",
        "ready",
        "ready_us",
        "reason",
        "restarts",
        "role",
        "script",
        "settings",
        "spec",
        "started_at",
        "started_us",
        "state",
        "step_us",
        "stop_code",
        "stop_us",
        "stride_us",
        "text",
        "unhealthy_us",
    )  # fmt: skip

    def __init__(
        self, pod: Pod, spec: Container, role: str, settings: KubeSettings, text: str, attempts: int
    ) -> None:
        self.pod = pod
        self.spec = spec
        self.role = role
        self.settings = settings
        self.text = text
        self.attempts = attempts
        forever = role == SIDECAR or (role == MAIN and pod.spec.restart_policy == ALWAYS)
        self.script: Script = script_of(pod, spec.name, role != MAIN, forever, settings)
        self.limit = parse_quantity(spec.resources.limits.get(MEMORY, ""), MEMORY)
        self.memory = 0
        self.state, self.reason, self.message = WAITING, CREATING, ""
        self.created = False
        self.started_us = self.finished_us = 0
        self.started_at = self.finished_at = 0
        self.exit_code = 0
        self.restarts = 0
        self.again = False
        self.last: Terminated | None = None
        self.pause_us = self.paused_us = 0
        self.again_us: int | None = None
        self.ends_us: int | None = None
        self.ready_us: int | None = None
        self.unhealthy_us: int | None = None
        self.stop_us: int | None = None
        self.stop_code = 0
        self.ready = False
        self.piece: Piece | None = None
        self.step_us = self.stride_us = 0

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def policy(self) -> str:
        """Its own restart policy, or the pod's. What an init container does after success is no restart."""
        if self.role == SIDECAR:
            return ALWAYS
        policy = self.spec.restart_policy or self.pod.spec.restart_policy
        return ON_FAILURE if self.role == INIT and policy == ALWAYS else policy

    @property
    def done(self) -> bool:
        """It ended and is not started again."""
        return self.state == TERMINATED and self.again_us is None

    @property
    def succeeded(self) -> bool:
        return self.done and self.exit_code == 0

    def due_us(self) -> int | None:
        """When something happens to it next."""
        if self.state == RUNNING:
            times = (self.ends_us, self.ready_us, self.unhealthy_us, self.stop_us)
            if self.piece is not None and self.stop_us is None:
                times = (self.step_us, *times[1:])
            return min((time for time in times if time is not None), default=None)
        return self.again_us

    def start(self, at: Moment) -> None:
        """It runs from now."""
        script, now_us = self.script, at.now_us
        self.state, self.reason, self.message, self.created = RUNNING, "", "", True
        self.started_us, self.started_at = now_us, at.wall_us
        self.again_us = self.stop_us = None
        # A restart counts when it happens: who waits for it has that one still before him.
        self.restarts += self.again
        self.again = False
        duration_us = script.duration_us
        computation = computation_of(self.pod.metadata.annotations) if self.role == MAIN else None
        self.piece = None
        if computation is not None:
            duration_us = duration_us or self.settings.task_us
            self.piece = Piece(computation, self.pod.index or 0, self.text)
            self.stride_us = max(1, duration_us // self.piece.steps)
            self.step_us = now_us + self.stride_us
            duration_us = self.stride_us * self.piece.steps
        self.ends_us = None if duration_us is None else now_us + duration_us
        if self.limit and self.memory > self.limit:
            # Memory grows until the limit is met.
            oom_us = now_us + self.settings.oom_us
            if self.ends_us is None or oom_us < self.ends_us:
                self.ends_us, self.piece = oom_us, None
        self._watch_readiness(now_us)

    def _watch_readiness(self, now_us: int) -> None:
        """When the readiness probe first fails, if it does, and when it has succeeded often enough."""
        probe, after_us = self.spec.readiness_probe, self.script.ready_after_us
        self.ready, self.ready_us, self.unhealthy_us = False, None, None
        if probe is None:
            self.ready_us = now_us + after_us if after_us and self.role == MAIN else None
            self.ready = self.ready_us is None
            return
        first_us = probe.initial_delay_seconds * SECOND
        period_us = max(1, probe.period_seconds) * SECOND
        tries = max(0, -(-(after_us - first_us) // period_us))
        if tries and first_us < after_us:
            self.unhealthy_us = now_us + first_us
        wait_us = first_us + (tries + max(1, probe.success_threshold) - 1) * period_us
        if wait_us:
            self.ready_us = now_us + wait_us
        else:
            self.ready = True

    def work(self, now_us: int) -> bool:
        """Do the step of the computation that is due. True when there is nothing left to compute."""
        assert self.piece is not None, "only computations work in steps"
        if self.piece.step():
            return True
        self.step_us += self.stride_us
        return False

    def finish(self, at: Moment, code: int, reason: str) -> None:
        """It ended."""
        self.state, self.exit_code, self.reason, self.message = TERMINATED, code, reason, ""
        self.finished_us, self.finished_at = at.now_us, at.wall_us
        self.ready, self.ready_us, self.unhealthy_us = False, None, None
        self.again_us = self.stop_us = None

    def ended_by_itself(self) -> tuple[int, str]:
        """Its exit code and reason when its time is over."""
        if self.limit and self.memory > self.limit:
            return SIGKILL_CODE, OOM_KILLED
        code = self.script.exits_with(self.attempts + self.restarts)
        return code, FAILED if code else COMPLETED

    def wants_restart(self) -> bool:
        """Whether its policy starts it again after what just ended."""
        return self.policy == ALWAYS or (self.policy == ON_FAILURE and self.exit_code != 0)

    def restart(self, now_us: int) -> int:
        """It is to be started again: at once the first time, then after a pause that doubles. Returns the pause."""
        longest_us = self.settings.restart_backoff_max_us
        first = self.pause_us == 0 or self.finished_us - self.paused_us > 2 * longest_us
        pause_us = 0 if first else self.pause_us
        self.pause_us = self.settings.restart_backoff_us if first else min(2 * self.pause_us, longest_us)
        self.again_us = now_us + pause_us
        self.paused_us = self.again_us
        self.last = self.terminated()
        self.again = True
        if pause_us:
            self.state, self.reason = WAITING, CRASH_LOOP
            whose = f"{self.pod.metadata.name}_{self.pod.metadata.namespace}({self.pod.metadata.uid})"
            self.message = (
                f"back-off {go_duration(pause_us)} restarting failed container={self.name} pod={whose}"
            )
        return pause_us

    def ask_to_stop(self, now_us: int, grace_us: int) -> None:
        """SIGTERM now, SIGKILL after the grace."""
        takes_us = self.script.stop_us
        stops_us, code = now_us + min(takes_us or 0, grace_us), SIGTERM_CODE if takes_us is None else 0
        if takes_us is not None and takes_us > grace_us:
            code = SIGKILL_CODE
        if self.stop_us is None or stops_us < self.stop_us:
            self.stop_us, self.stop_code = stops_us, code
        self.ends_us = self.piece = None

    def terminated(self) -> Terminated:
        return Terminated(self.exit_code, self.reason, "", self.started_at, self.finished_at)

    def status(self) -> ContainerStatus:
        """As the pod's status has it."""
        running = self.state == RUNNING
        if running:
            state = ContainerState(running=Running(self.started_at))
        elif self.state == TERMINATED:
            state = ContainerState(terminated=self.terminated())
        else:
            state = ContainerState(waiting=Waiting(self.reason, self.message))
        last = ContainerState(terminated=self.last) if self.last is not None else ContainerState()
        ready = self.succeeded if self.role == INIT else self.ready
        return ContainerStatus(self.name, ready, self.restarts, state, last, self.spec.image, running)


def go_duration(span_us: int) -> str:
    """As Go prints a duration: "500ms", "10s", "1m20s", "5m0s"."""
    if span_us < SECOND:
        return f"{span_us // MS}ms"
    seconds, rest_us = divmod(span_us, SECOND)
    part = f".{rest_us // MS:03d}".rstrip("0") if rest_us >= MS else ""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}{part}s"
    return f"{minutes}m{seconds}{part}s" if minutes else f"{seconds}{part}s"
