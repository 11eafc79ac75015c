"""A pod while its kubelet runs it: which container is on, until when, and the real computation that it may carry."""

from __future__ import annotations

import re

from app.orchestration.computation import Piece, computation_of
from app.orchestration.objects.pod import DURATION, EXIT_CODE, FAILED, RUNNING, SUCCEEDED, Pod, PodStatus
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Moment
from app.vocabulary.ids import MS, SECOND

_DURATION = re.compile(r"([0-9]{1,9})(us|ms|s|m)?")
_UNITS = {"us": 1, "ms": MS, "s": SECOND, "m": 60 * SECOND, "": SECOND, None: SECOND}


def parse_duration_us(text: str) -> int:
    """ "8s", "500ms", "2m", "250us" or bare seconds. Raises ValueError with a sentence."""
    shape = _DURATION.fullmatch(text)
    if shape is None or int(shape[1]) == 0:
        raise ValueError(
            f'"{text}" is not a duration; allowed are a whole number above 0 and us, ms, s or m, such as "8s"'
        )
    return int(shape[1]) * _UNITS[shape[2]]


class RunningPod:
    """One admitted pod.

    started_us, start_time: when it began, by the machine's monotonic and by its wall clock.
    stage: index into its containers, init containers first. until_us: when the present stage ends, None for ever.
    piece: the computation that the main container carries; it takes `step_us` of virtual time a step.
    restarts: how often the main container was started again in place. waiting: between two starts.
    """

    def __init__(self, pod: Pod, settings: KubeSettings, at: Moment, text: str, restarts: int) -> None:
        self.pod = pod
        self.key = pod.key
        self.uid = pod.metadata.uid
        self.settings = settings
        self.started_us = at.now_us
        self.start_time = at.wall_us
        self.text = text
        self.restarts = restarts
        self.stage = 0
        self.until_us: int | None = None
        self.piece: Piece | None = None
        self.step_us = 0
        self.waiting = False

    @property
    def container(self) -> str:
        """The name of the present container."""
        containers = (*self.pod.spec.init_containers, *self.pod.spec.containers)
        return containers[self.stage].name

    @property
    def in_main(self) -> bool:
        """The init containers are done. (All main containers of a pod run, and end, together.)"""
        return self.stage >= len(self.pod.spec.init_containers)

    @property
    def exit_code(self) -> int:
        """What the main container ends with."""
        return int(self.pod.metadata.annotations.get(EXIT_CODE, "0"))

    def begin(self, now_us: int) -> int | None:
        """Start the present container. Returns when its timer is to fire, or None if it runs for ever."""
        self.waiting = False
        annotations = self.pod.metadata.annotations
        if not self.in_main:
            self.until_us = now_us + self.settings.init_us
            return self.until_us
        computation = computation_of(annotations)
        forever = DURATION not in annotations and self.pod.spec.restart_policy == "Always"
        if forever and computation is None:
            self.until_us = None
            return None
        text = annotations.get(DURATION)
        duration_us = self.settings.task_us if text is None else parse_duration_us(text)
        self.until_us = now_us + duration_us
        if computation is not None:
            self.piece = Piece(computation, self.pod.index or 0, self.text)
            self.step_us = max(1, duration_us // self.piece.steps)
            self.until_us = now_us + self.step_us * self.piece.steps
            return now_us + self.step_us
        return self.until_us

    def work(self, now_us: int) -> int | None:
        """The timer fired: do a step of the computation. Returns when to go on, or None when the container is done."""
        if self.piece is None or not self.in_main or self.piece.step():
            return None
        return now_us + self.step_us

    def row(self) -> tuple[str, int, int | None, str, int | None]:
        """As the picture shows it."""
        job = self.pod.job
        return (self.key, self.started_us, self.until_us, job.name if job else "", self.pod.index)

    def running_status(self) -> PodStatus:
        """What the kubelet reports while it runs."""
        return PodStatus(RUNNING, start_time=self.start_time, restart_count=self.restarts)

    def finished_status(self, exit_code: int, wall_us: int) -> PodStatus:
        """What the kubelet reports when the last container ended for good."""
        succeeded = exit_code == 0
        result = self.piece.result if self.piece is not None and succeeded else None
        return PodStatus(
            SUCCEEDED if succeeded else FAILED,
            "" if succeeded else "Error",
            start_time=self.start_time,
            finish_time=wall_us,
            restart_count=self.restarts,
            exit_code=exit_code,
            result=result,
        )
