"""Ctrl-C (and SIGTERM) at any moment: whoever has something to keep is told once, everybody else ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.cli.base import Interrupt

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Takes both signals while it is entered.

    number: the signal that came, or 0.
    """

    def __init__(self) -> None:
        self.number = 0
        self._listener: Callable[[], None] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        # Python lets only the main thread listen to signals; elsewhere they stay as they are.
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """The first signal calls `listener`, which ends what goes on soon; a second ends the command."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    def _on_signal(self, number: int, _frame: Any) -> None:
        again, self.number = self.number, number
        if self._listener is None or again:
            raise Interrupt(number)
        self._listener()
