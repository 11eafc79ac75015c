"""The scalability curve: measured beside the server, point by point, kept in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.search.client import Worker, WorkerFailed

SIZES = ((3, 6), (5, 6), (7, 6), (5, 12), (5, 24))
"""(storage, compute): 3, 5 and 7 replicas with 6 compute nodes; 6, 12 and 24 compute nodes with 5 replicas."""
SEED = 42
PATIENCE_S = 20.0
"""The server has been up for this long before its machine is asked for more."""


class Scalability:
    """The curve, as far as it is measured.

    load: what an earlier server measured with this code, or None. save: keeps it.
    """

    def __init__(
        self,
        worker: Worker,
        scenario: Callable[[], str],
        load: Callable[[], dict[str, Any] | None],
        save: Callable[[dict[str, Any]], None],
        now: Callable[[], str],
    ) -> None:
        self._worker, self._scenario, self._load, self._save, self._now = worker, scenario, load, save, now
        self._stop = threading.Event()
        self._points: list[dict[str, Any]] = []
        self._measured_at = ""
        self._measuring = False

    def curve(self) -> dict[str, Any]:
        """`{points, complete, measuring, measured_at}`."""
        return {
            "points": list(self._points),
            "complete": len(self._points) == len(SIZES),
            "measuring": self._measuring,
            "measured_at": self._measured_at,
        }

    def measure(self) -> None:
        """Measure what is missing; in a greenlet of its own."""
        kept = self._load()
        if kept is not None:
            self._points, self._measured_at = kept["points"], kept["measured_at"]
        if len(self._points) == len(SIZES) or self._stop.wait(PATIENCE_S):
            return
        self._measuring = True
        try:
            for storage, compute in SIZES[len(self._points) :]:
                point = self._worker.call(
                    "measure", scenario=self._scenario(), seed=SEED, storage=storage, compute=compute
                )
                self._points.append(point)
                self._measured_at = self._now()
                self._save({"points": self._points, "measured_at": self._measured_at})
        except WorkerFailed:
            if not self._stop.is_set():
                raise
        finally:
            self._measuring = False

    def stop(self) -> None:
        """Measure no more."""
        self._stop.set()
