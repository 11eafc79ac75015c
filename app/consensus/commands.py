"""What people may ask of the group of replicas itself."""

from __future__ import annotations

from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class AddReplica(Command, frozen=True, tag="add-replica"):
    """Give a storage machine a seat among the voters, through the log.

    quorum1, quorum2: sizes of the quorums from then on; 0: as they are.
    """

    node: NodeId
    quorum1: int = 0
    quorum2: int = 0


class RemoveReplica(Command, frozen=True, tag="remove-replica"):
    """Take a storage machine's seat among the voters away, through the log. quorum1, quorum2: as for adding."""

    node: NodeId
    quorum1: int = 0
    quorum2: int = 0


CHANGES: dict[type[Command], str] = {AddReplica: "add", RemoveReplica: "remove"}
"""The word for each in a `Reconfigure`."""
