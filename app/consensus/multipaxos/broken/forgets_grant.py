"""A grant that a restart wipes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.consensus.multipaxos.broken.control_asks_nobody import AbruptElection
from app.consensus.multipaxos.leases import Grants
from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.settings import Settings
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, StateMachine

if TYPE_CHECKING:
    from app.consensus.multipaxos.parts import Parts


class ForgetfulGrants(Grants):
    """Knows nothing, after a start, of what was granted before, and does not mind."""

    __slots__ = ()

    def begin(self, now_us: int) -> None:
        self.until_us = 0


class ForgetfulGranter(Replica):
    """Campaigns without asking first: the leases alone must hold the others back."""

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
        parts = replace(parts, election=AbruptElection, grants=ForgetfulGrants)
        super().__init__(node, members, settings, disk, chance, machine, parts)


SWITCH = Switch(
    id="forgets-lease-on-restart",
    sentence="An acceptor that restarts promises at once to others what it had granted to the leader.",
    source="Gray and Cheriton, Leases (1989), section 5: a server that recovers waits for the longest lease",
    caught_by=("one-leader", "linearizability", "reads"),
    part="replica",
    plant=ForgetfulGranter,
    needs={"reads": "lease"},
    provoked_by=("kill", "cut-link", "partition"),
)
