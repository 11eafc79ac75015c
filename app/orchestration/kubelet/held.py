"""The pods that a kubelet runs, with what of all of them is asked for all the time: rows, claims."""

from __future__ import annotations

from app.orchestration.events import Row, Running
from app.orchestration.kubelet.pod import PodRun
from app.orchestration.scheduler.requests import requests_of


class Held:
    """runs: by key, in the order in which they were taken. used: what they claim together, by resource.

    Rows and sums are kept by who came, changed and went: a node of many pods looks at one of them, not at all.
    """

    def __init__(self) -> None:
        self.runs: dict[str, PodRun] = {}
        self.used: dict[str, int] = {}
        self._rows: dict[str, Row] = {}

    def add(self, run: PodRun) -> None:
        """A pod was admitted."""
        self.runs[run.key] = run
        self._rows[run.key] = run.row()
        self._claim(run, 1)

    def changed(self, run: PodRun) -> None:
        """Something became of a pod."""
        self._rows[run.key] = run.row()

    def drop(self, run: PodRun) -> None:
        """A pod runs no more."""
        del self.runs[run.key], self._rows[run.key]
        self._claim(run, -1)

    def rows(self) -> Running:
        return tuple(self._rows.values())

    def _claim(self, run: PodRun, times: int) -> None:
        for resource, amount in requests_of(run.pod.spec).items():
            self.used[resource] = self.used.get(resource, 0) + times * amount
