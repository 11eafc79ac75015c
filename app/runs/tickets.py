"""How other greenlets talk to the loop: they leave a question and wait for its ticket."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Overdue(Exception):
    """The answer did not come in time; what was asked may still happen."""


class Busy(Exception):
    """Too many questions wait already."""


class Ticket(Generic[T]):
    """A question's answer, once there is one."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

    def answer(self, value: T) -> None:
        self._value = value
        self._done.set()

    def fail(self, error: BaseException) -> None:
        self._error = error
        self._done.set()

    def wait(self, timeout_s: float) -> T:
        """The answer.

        Raises: Overdue after `timeout_s`; whatever the question raised.
        """
        if not self._done.wait(timeout_s):
            raise Overdue(f"no answer within {timeout_s:g} seconds")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


class Inbox:
    """Questions for the loop, in order, at most `size` waiting."""

    def __init__(self, wake: Callable[[], None], size: int = 1_000) -> None:
        self._wake = wake
        self._size = size
        self._questions: deque[tuple[Callable[[], Any], Ticket[Any]]] = deque()

    def ask(self, question: Callable[[], T]) -> Ticket[T]:
        """Have `question` called in the loop.

        Raises: Busy when `size` questions wait.
        """
        if len(self._questions) >= self._size:
            raise Busy(f"{self._size} requests wait already; try again in a moment")
        ticket: Ticket[T] = Ticket()
        self._questions.append((question, ticket))
        self._wake()
        return ticket

    def drain(self) -> bool:
        """Answer what waits; whether there was anything."""
        questions, any_asked = self._questions, bool(self._questions)
        while questions:
            question, ticket = questions.popleft()
            try:
                ticket.answer(question())
            except Exception as error:
                ticket.fail(error)
        return any_asked
