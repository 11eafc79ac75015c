"""What a model of a data type offers to the checkers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Protocol

from app.checking.linearizability.history import Operation, Reading

Call = tuple[Any, ...]
"""An operation as the model wants it: its kind (a small integer) first."""
NO: Any = object()
"""The state after a call that cannot be, from there."""


class Model(Protocol):
    """A sequential data type.

    name:        on the command line. fs: the operations that it knows.
    foresees:    whether `doomed` ever says so.
    partitioned: operations on different keys never meet, so each key is a history of its own (Herlihy and Wing: locality).
    """

    name: str
    fs: tuple[str, ...]
    partitioned: bool
    foresees: bool

    def start(self, reading: Reading) -> Hashable:
        """The first state. Raises: ValueError, with a sentence, when `reading.init` is none."""
        ...

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        """What the operation asks of the state; None when it asks and does nothing, whatever the state.

        Raises: ValueError, with a sentence, when its value makes no sense.
        """
        ...

    def step(self, state: Any, call: Call) -> Any:
        """The next state, or `NO`."""
        ...

    def pure(self, call: Call) -> bool:
        """Whether it never changes a state. A pure call that is legal now may be placed now: that harms no other."""
        ...

    def needs(self, call: Call) -> Any:
        """What a pure call must find, or None if that cannot be said in one value."""
        ...

    def gives(self, call: Call) -> Any:
        """What another call leaves, whatever the state before; None if that cannot be said."""
        ...

    def doomed(self, state: Any, call: Call) -> bool:
        """Whether only a call that `gives` something known leads from this state to one in which the pure call is legal."""
        ...

    def closed(self, kept: list[Call], dropped: list[Call]) -> bool:
        """Whether leaving `dropped` out takes nothing away that one of `kept` saw, so that a linearizable history stays
        linearizable without it. Else any read could be made to look wrong by leaving out its write."""
        ...

    def units(self, operations: list[Operation]) -> Iterable[list[int]]:
        """Which operations (by place in the list) are only left out together."""
        ...
