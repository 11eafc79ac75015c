"""A lease that takes every clock for a perfect one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.settings import Settings
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, StateMachine

if TYPE_CHECKING:
    from app.consensus.multipaxos.parts import Parts


class PunctualHolder(Replica):
    """Holds what it was granted for as long as it was granted, by its own clock."""

    __slots__ = ()

    def __init__(
        self,
        node: NodeId,
        members: tuple[NodeId, ...],
        settings: Settings,
        disk: Mapping[str, Any],
        chance: Chance,
        machine: StateMachine,
        parts: Parts,
    ) -> None:
        super().__init__(node, members, replace(settings, drift_ppm_max=0), disk, chance, machine, parts)


SWITCH = Switch(
    id="lease-ignores-drift",
    sentence="A leader holds its lease for the full time by its own clock, although clocks may drift.",
    source="Gray and Cheriton, Leases (1989), section 5: clock drift; Ongaro (2014), section 6.4.1",
    caught_by=("one-leader", "linearizability", "reads"),
    part="replica",
    plant=PunctualHolder,
    needs={"reads": "lease", "drift_ppm_max": 300_000},
    provoked_by=("clock-drift", "partition"),
)
