"""Who does the work of a search: worker processes of this machine, or a Dask cluster. The same jobs on both."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from queue import LifoQueue
from typing import Any, Protocol

from app.search.client import Worker


class Crew(Protocol):
    """size: how many jobs it does at a time."""

    size: int

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        """Have a job of `app.search.jobs.JOBS` done."""
        ...

    def close(self) -> None:
        """Send everybody home; what is not begun is not done."""
        ...


class LocalCrew:
    """Worker processes of this machine (`python -m app.search.worker`), a thread or greenlet waiting for each."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="search")
        self._workers = [Worker() for _ in range(size)]
        # The last to be free is the next to work: with little to do few processes are started.
        self._free: LifoQueue[Worker] = LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        """Have a job done by whoever is free next."""
        return self._threads.submit(self._do, job, arguments)

    def _do(self, job: str, arguments: dict[str, Any]) -> Any:
        worker = self._free.get()
        try:
            return worker.call(job, **arguments)
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End the processes, also in the middle of a job."""
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)


class Part:
    """So many of a crew, for one who must not have all: the rest of what he asks waits here. Close the crew itself."""

    def __init__(self, crew: Crew, size: int) -> None:
        self.size = min(size, crew.size)
        self._crew = crew
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], str, dict[str, Any]]] = deque()
        self._busy = 0

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        """Have a job done when it is one's turn."""
        promise: Future[Any] = Future()
        with self._lock:
            self._waiting.append((promise, job, arguments))
        self._hand_on()
        return promise

    def close(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._waiting.clear()

    def _hand_on(self) -> None:
        """Give the crew what waits, as far as there is room."""
        while True:
            with self._lock:
                if self._busy >= self.size or not self._waiting:
                    return
                promise, job, arguments = self._waiting.popleft()
                if not promise.set_running_or_notify_cancel():
                    continue
                self._busy += 1
            try:
                future = self._crew.submit(job, **arguments)
            except BaseException as error:
                self._over(promise, error, None)
            else:
                future.add_done_callback(partial(self._done, promise))

    def _done(self, promise: Future[Any], future: Future[Any]) -> None:
        error = CancelledError() if future.cancelled() else future.exception()
        self._over(promise, error, None if error else future.result())
        self._hand_on()

    def _over(self, promise: Future[Any], error: BaseException | None, result: Any) -> None:
        with self._lock:
            self._busy -= 1
        if error is not None:
            promise.set_exception(error)
        else:
            promise.set_result(result)


class DaskCrew:
    """The workers of a Dask scheduler. They need this code and its dependencies, nothing else.

    Raises: CrewError when the scheduler cannot be reached, or Dask is not installed.
    """

    PATIENCE_S = 10

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client as DaskClient
        except ImportError:
            raise CrewError(
                "SYNOD_DASK_SCHEDULER is set, but Dask is not installed; install requirements-dev.txt."
            ) from None
        try:
            client: Any = DaskClient
            self._client: Any = client(address, timeout=self.PATIENCE_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise CrewError(
                f"No Dask scheduler answers at SYNOD_DASK_SCHEDULER {address!r}: {reason}."
            ) from None
        self.size = max(1, sum(self._client.ncores().values()))
        self._executor: Any = self._client.get_executor(pure=False)

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        """Have a job done somewhere in the cluster."""
        future: Future[Any] = self._executor.submit(do, job, arguments)
        return future

    def close(self) -> None:
        """Leave the cluster; it lives on."""
        self._executor.shutdown(wait=False)
        self._client.close()


class CrewError(Exception):
    """There is nobody to do the work. One sentence."""


def do(job: str, arguments: dict[str, Any]) -> Any:
    """One job, in this process."""
    from app.search.jobs import JOBS

    return JOBS[job](**arguments)


def hire(dask_scheduler: str, workers: int) -> Crew:
    """The Dask cluster at that address, or ("") processes of this machine. Raises: CrewError."""
    return DaskCrew(dask_scheduler) if dask_scheduler else LocalCrew(workers)
