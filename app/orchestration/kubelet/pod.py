"""A pod while its kubelet has it: init containers one after the other, then all main ones, until it ends or is stopped.

Source: kubernetes/kubernetes, pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions, SyncPod); kubernetes.io,
"Pod Lifecycle", "Init Containers", "Sidecar Containers".
"""

from __future__ import annotations

from collections.abc import Mapping

from app.orchestration.kubelet.container import (
    ALWAYS,
    CRASH_LOOP,
    CREATING,
    INIT,
    INITIALIZING,
    MAIN,
    NEVER,
    RUNNING,
    SIDECAR,
    SIGKILL_CODE,
    TERMINATED,
    WAITING,
    ContainerRun,
    go_duration,
)
from app.orchestration.kubelet.images import BUILT_IN, SILENT, Images, size_of
from app.orchestration.kubelet.status import conditions_of, phase_of
from app.orchestration.kubelet.usage import usage_of
from app.orchestration.objects.event import NORMAL, WARNING, Note
from app.orchestration.objects.meta import Condition, with_condition
from app.orchestration.objects.pod import FAILED, FINISHED, SUCCEEDED, Pod, PodStatus
from app.orchestration.objects.pod import RUNNING as POD_RUNNING
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Moment
from app.vocabulary.ids import SECOND

SOURCE = "kubelet"
DEADLINE = "DeadlineExceeded"
DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline"
NOTES_MAX = 12
"""So many Events wait for one report, the newest."""

Fact = tuple[str, str, int]
"""("started", container, restarts) or ("finished", container, exit code)."""


class PodRun:
    """One admitted pod. Whoever drives it calls `advance` when `due_us` has come, and takes facts, notes and status away.

    started_us, start_time: when it began, by the machine's monotonic and by its wall clock.
    facts, notes: what happened since they were taken last. verdict: why it is stopped for good, as (reason, message).
    stopping: its containers were asked to stop. changed: its status may be another than the one taken last.
    """

    def __init__(
        self, pod: Pod, settings: KubeSettings, images: Images, at: Moment, text: str, attempts: int
    ) -> None:
        self.pod = pod
        self.key = pod.key
        self.uid = pod.metadata.uid
        self.settings = settings
        self.images = images
        self.started_us = at.now_us
        self.start_time = at.wall_us
        spec = pod.spec
        self.inits = [
            ContainerRun(pod, it, SIDECAR if it.restart_policy == ALWAYS else INIT, settings, "", attempts)
            for it in spec.init_containers
        ]
        self.mains = [ContainerRun(pod, it, MAIN, settings, text, attempts) for it in spec.containers]
        self.facts: list[Fact] = []
        self.notes: list[Note] = []
        self.verdict: tuple[str, str] | None = None
        self.stopping = False
        self.changed = True
        self.load_milli: int | None = None
        self._conditions: tuple[Condition, ...] = ()
        self._deadline_us = self._deadline(at)
        self._spoken = all(it.image != SILENT for it in spec.containers)
        memory = usage_of(pod, None)[1] // max(1, len(self.mains))
        for main in self.mains:
            main.memory = memory
        if self.inits:
            for run in (*self.inits, *self.mains):
                run.reason = INITIALIZING

    def _deadline(self, at: Moment) -> int | None:
        """When it has been active for as long as it may; an earlier life of the kubelet counts."""
        seconds, began = self.pod.spec.active_deadline_seconds, self.pod.status.start_time
        if seconds is None:
            return None
        spent_us = 0 if began is None else max(0, at.wall_us - began)
        return at.now_us + max(0, seconds * SECOND - spent_us)

    def recall(self, status: PodStatus, lost: bool) -> None:
        """Take over restarts from an earlier life of the kubelet; lost: its containers ran then, and are gone."""
        counts: Mapping[str, int] = {
            it.name: it.restart_count for it in (*status.init_container_statuses, *status.container_statuses)
        }
        for run in (*self.inits, *self.mains):
            run.restarts = counts.get(run.name, status.restart_count if run.role == MAIN else 0)
            run.restarts += lost and run.role != INIT

    # Time

    @property
    def runs(self) -> tuple[ContainerRun, ...]:
        return (*self.inits, *self.mains)

    @property
    def ended(self) -> bool:
        """Nothing of it runs, and nothing will."""
        if self.stopping:
            return all(run.state != RUNNING for run in self.runs)
        return phase_of(self.inits, self.mains) in FINISHED

    @property
    def ready(self) -> bool:
        """It runs and answers."""
        runs = [run for run in self.runs if run.role in (SIDECAR, MAIN)]
        return not self.ended and all(run.ready for run in runs)

    def due_us(self) -> int | None:
        """When to call `advance` next; None: only when somebody wants something."""
        times = [due for run in self.runs if (due := run.due_us()) is not None]
        if self._deadline_us is not None and not self.stopping:
            times.append(self._deadline_us)
        return min(times, default=None)

    def advance(self, at: Moment) -> None:
        """Let happen what is due."""
        if self._deadline_us is not None and not self.stopping and at.now_us >= self._deadline_us:
            self.verdict = (DEADLINE, DEADLINE_MESSAGE)
            self.stop(at, self.pod.spec.termination_grace_period_seconds * SECOND)
        for run in self.runs:
            self._advance(run, at)
        if not self.stopping:
            self._go_on(at)

    def stop(self, at: Moment, grace_us: int) -> None:
        """Ask what runs to stop, and kill what has not stopped after the grace."""
        first, self.stopping = not self.stopping, True
        for run in self.runs:
            if run.state == RUNNING:
                if first:
                    self._note(NORMAL, "Killing", f"Stopping container {run.name}")
                run.ask_to_stop(at.now_us, grace_us)
            else:
                run.again_us = None
            self._advance(run, at)

    def _advance(self, run: ContainerRun, at: Moment) -> None:
        now_us = at.now_us
        if run.state != RUNNING:
            return
        if run.stop_us is not None and now_us >= run.stop_us:
            self._end(run, at, run.stop_code, "Error" if run.stop_code else "Completed")
            return
        if run.unhealthy_us is not None and now_us >= run.unhealthy_us:
            run.unhealthy_us = None
            self._note(WARNING, "Unhealthy", "Readiness probe failed: it does not answer yet")
        if run.ready_us is not None and now_us >= run.ready_us:
            run.ready, run.ready_us, self.changed = True, None, True
        if run.stop_us is not None:
            return
        if run.piece is not None:
            if now_us < run.step_us or not run.work(now_us):
                return
        elif run.ends_us is None or now_us < run.ends_us:
            return
        self._end(run, at, *run.ended_by_itself())

    def _end(self, run: ContainerRun, at: Moment, code: int, reason: str) -> None:
        run.finish(at, code, reason)
        self.facts.append(("finished", run.name, code))
        self.changed = True
        if not self.stopping and run.wants_restart() and not (run.role == SIDECAR and self._mains_over()):
            pause_us = run.restart(at.now_us)
            if pause_us:
                metadata = self.pod.metadata
                whose = f"{metadata.name}_{metadata.namespace}({self.uid})"
                self._note(
                    WARNING, "BackOff", f"Back-off restarting failed container {run.name} in pod {whose}"
                )

    def _mains_over(self) -> bool:
        return all(main.done for main in self.mains)

    # Starting

    def _go_on(self, at: Moment) -> None:
        """Start what may start now."""
        for init in self.inits:
            self._launch(init, at)
            if init.role == SIDECAR and not init.created:
                return
            if init.role == INIT and not init.succeeded:
                if init.done and init.policy == NEVER:
                    self._stop_sidecars(at)
                return
        for main in self.mains:
            self._launch(main, at)
        if self._mains_over():
            self._stop_sidecars(at)

    def _launch(self, run: ContainerRun, at: Moment) -> None:
        """Start a container that has not run, or that is to run again, once its image is there and its pause is over."""
        now_us = at.now_us
        if run.state == RUNNING or run.done:
            return
        fresh = run.state == WAITING and run.again_us is None
        if not fresh and run.again_us is not None and now_us < run.again_us:
            return
        ready_us, begun = self.images.ready_us(run.spec.image, now_us)
        if begun:
            self._note(NORMAL, "Pulling", f'Pulling image "{run.spec.image}"')
        if ready_us > now_us:
            run.state, run.again_us = WAITING, ready_us
            if run.role == MAIN:
                run.reason = CREATING
            self.changed = True
            return
        self._say_pulled(run, fresh and not begun)
        run.start(at)
        self.facts.append(("started", run.name, run.restarts))
        self._note(NORMAL, "Created", "Container created")
        self._note(NORMAL, "Started", "Container started")
        self.changed = True

    def _say_pulled(self, run: ContainerRun, present: bool) -> None:
        image = run.spec.image
        if run.restarts or run.again or present or image in BUILT_IN:
            if image:
                said = f'Container image "{image}" already present on machine and can be accessed by the pod'
                self._note(NORMAL, "Pulled", said)
            return
        rate = self.images.mib_per_s
        took = go_duration(size_of(image) * SECOND // (rate << 20) if rate else 0)
        said = f'Successfully pulled image "{image}" in {took} ({took} including waiting).'
        self._note(NORMAL, "Pulled", f"{said} Image size: {size_of(image)} bytes.")

    def _stop_sidecars(self, at: Moment) -> None:
        for run in self.inits:
            if run.role == SIDECAR and run.state == RUNNING and run.stop_us is None:
                self._note(NORMAL, "Killing", f"Stopping container {run.name}")
                run.ask_to_stop(at.now_us, self.pod.spec.termination_grace_period_seconds * SECOND)
                self._advance(run, at)
            elif run.role == SIDECAR:
                run.again_us = None

    def _note(self, type_: str, reason: str, message: str) -> None:
        if self._spoken:
            self.notes.append(Note(Pod.KIND, self.key, type_, reason, message, SOURCE))
            del self.notes[:-NOTES_MAX]

    def warn(self, reason: str, message: str) -> None:
        """Record an Event about the pod that is not of its own making."""
        self.notes.append(Note(Pod.KIND, self.key, WARNING, reason, message, SOURCE))

    # What is told

    def take_facts(self) -> list[Fact]:
        facts, self.facts = self.facts, []
        return facts

    def take_notes(self) -> tuple[Note, ...]:
        notes, self.notes = tuple(self.notes), []
        return notes

    @property
    def restarts(self) -> int:
        return sum(run.restarts for run in self.runs)

    @property
    def exit_code(self) -> int | None:
        """Of the container that ended last, the first that failed before any other."""
        ended = [run for run in self.mains if run.state == TERMINATED]
        failed = next(
            (run.exit_code for run in (*self.inits, *ended) if run.state == TERMINATED and run.exit_code),
            None,
        )
        return failed if failed is not None else (ended[-1].exit_code if ended else None)

    def status(self, wall_us: int) -> PodStatus:
        """What the kubelet reports now."""
        phase, reason, message = phase_of(self.inits, self.mains), "", ""
        if self.verdict is not None:
            reason, message = self.verdict
            phase = FAILED if self.ended else phase
        elif self.stopping and self.ended:
            phase = FAILED if any(run.exit_code for run in self.mains) else SUCCEEDED
        for condition in conditions_of(phase, self.inits, self.mains, wall_us):
            self._conditions = with_condition(self._conditions, condition)
        over = phase in FINISHED
        pieces = [run.piece for run in self.mains if run.piece is not None]
        return PodStatus(
            phase,
            reason,
            message,
            self._conditions,
            start_time=self.start_time,
            finish_time=wall_us if over else None,
            restart_count=self.restarts,
            exit_code=self.exit_code if over else None,
            result=pieces[0].result if pieces and phase == SUCCEEDED else None,
            container_statuses=tuple(run.status() for run in self.mains),
            init_container_statuses=tuple(run.status() for run in self.inits),
        )

    def row(self) -> tuple[str, int, int | None, str, int | None]:
        """As the picture shows it: the pod ends when its last main container does, or the init container that runs."""
        job = self.pod.job
        going = next((run for run in self.inits if run.role == INIT and run.state == RUNNING), None)
        ends = [run.ends_us for run in self.mains if run.state == RUNNING]
        until_us = going.ends_us if going is not None else None
        if going is None and ends and all(end is not None for end in ends):
            until_us = max(end for end in ends if end is not None)
        return (self.key, self.started_us, until_us, job.name if job else "", self.pod.index)

    def usage(self) -> tuple[int, int]:
        """(milli-cpu, bytes) now: of the main containers that run."""
        running = sum(run.state == RUNNING for run in self.mains)
        if not running:
            return 0, 0
        cpu, memory = usage_of(self.pod, self.load_milli)
        return cpu * running // len(self.mains), memory * running // len(self.mains)


__all__ = ["CRASH_LOOP", "POD_RUNNING", "SIGKILL_CODE", "SOURCE", "Fact", "PodRun"]
