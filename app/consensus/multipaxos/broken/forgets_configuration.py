"""A snapshot that leaves the configuration out."""

from __future__ import annotations

from typing import Any

from app.consensus.configuration import Configurations
from app.consensus.switch import Switch


class UnsavedConfigurations(Configurations):
    """Goes on, after a start from a snapshot, with the configuration that the log began with."""

    __slots__ = ()

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        pass


SWITCH = Switch(
    id="snapshot-without-configuration",
    sentence="A replica that starts from a snapshot has forgotten who may vote, and asks those of the beginning.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), section 5.1: the latest configuration in the snapshot",
    caught_by=("equal-states", "configurations", "quorums", "agreement", "applied", "one-leader"),
    plants={"configurations": UnsavedConfigurations},
    needs={"snapshot_every": 2, "window": 4},
    provoked_by=("add-replica", "remove-replica", "kill", "wipe"),
)
