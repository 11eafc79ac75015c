"""Control: leases without pre-votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.consensus.multipaxos.broken.control_asks_nobody import AbruptElection
from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.settings import Settings
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, StateMachine

if TYPE_CHECKING:
    from app.consensus.multipaxos.parts import Parts


class LeaseholdersAlone(Replica):
    """Campaigns without asking first; that the others wait for the leader's lease to end holds it back."""

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
        super().__init__(
            node, members, settings, disk, chance, machine, replace(parts, election=AbruptElection)
        )


CONTROL = Switch(
    id="leases-without-pre-vote",
    kind="control",
    sentence="Replicas campaign without asking first, and leases alone keep two from leading at a time.",
    source="Chandra et al., Paxos Made Live (2007), section 5.2: master leases",
    part="replica",
    plant=LeaseholdersAlone,
    needs={"reads": "lease"},
)
