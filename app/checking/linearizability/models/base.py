"""What a model of a data type offers to the checkers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from typing import Any

from app.checking.linearizability.history import Operation, Reading

Call = tuple[Any, ...]
"""An operation as the model wants it: its kind (a small integer) first."""
NO: Any = object()
"""The state after a call that cannot be, from there."""


class Model(ABC):
    """A sequential data type. What a model does not say of its calls, the checkers do without: they only take longer.

    name:        on the command line. fs: the operations that it knows.
    foresees:    whether `doomed` ever says so.
    partitioned: operations on different keys never meet, so each key is a history of its own (Herlihy and Wing: locality).
    """

    name: str
    fs: tuple[str, ...]
    partitioned = True
    foresees = False

    @abstractmethod
    def start(self, reading: Reading) -> Hashable:
        """The first state. Raises: ValueError, with a sentence, when `reading.init` is none."""

    @abstractmethod
    def call(self, operation: Operation, reading: Reading) -> Call | None:
        """What the operation asks of the state; None when it asks and does nothing, whatever the state.

        Raises: ValueError, with a sentence, when its value makes no sense.
        """

    @abstractmethod
    def step(self, state: Any, call: Call) -> Any:
        """The next state, or `NO`."""

    @abstractmethod
    def closed(self, kept: list[Call], dropped: list[Call]) -> bool:
        """Whether leaving `dropped` out takes nothing away that one of `kept` saw, so that a linearizable history stays
        linearizable without it. Else any read could be made to look wrong by leaving out its write."""

    def pure(self, call: Call) -> bool:
        """Whether it never changes a state. A pure call that is legal now may be placed now: that harms no other."""
        return False

    def needs(self, call: Call) -> Any:
        """What a pure call must find, or None if that cannot be said in one value."""
        return None

    def gives(self, call: Call) -> Any:
        """What another call leaves, whatever the state before; None if that cannot be said."""
        return None

    def doomed(self, state: Any, call: Call) -> bool:
        """Whether only a call that `gives` something known leads from this state to one in which the pure call is legal."""
        return False

    def units(self, operations: list[Operation]) -> Iterable[list[int]]:
        """Which operations (by place in the list) are only left out together."""
        return [[place] for place in range(len(operations))]
