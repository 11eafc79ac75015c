"""What a person asks of a proposer."""

from __future__ import annotations

from typing import ClassVar

from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class ProposeValue(Command, frozen=True, tag="propose-value"):
    """Ask the proposer on `node` to get `value` chosen."""

    PART: ClassVar[str] = "proposer"
    node: NodeId
    value: str


COMMANDS: tuple[type[Command], ...] = (ProposeValue,)
