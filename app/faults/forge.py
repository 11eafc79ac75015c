"""An intruder on the network sends a prepare with a huge ballot in somebody else's name, without that machine's key."""

from __future__ import annotations

from app.consensus.multipaxos.messages import Prepare
from app.faults.base import Act, Fault, Ground, unknown_node
from app.simulation.machine import UP
from app.vocabulary.base import Refused
from app.vocabulary.commands import ForgePrepare
from app.vocabulary.ids import Ballot, NodeId

HUGE_ROUND = 1_000_000
"""Above every ballot that a run reaches: believed, the forgery would depose any leader."""


def _intruder(ground: Ground) -> NodeId | None:
    return next((name for name, machine in ground.machines.items() if machine.spec.role == "intruder"), None)


def check_forge(ground: Ground, command: ForgePrepare) -> Refused | None:
    """Aimed at one storage node in the name of another, by an intruder that is up."""
    refused = unknown_node(ground, command.target, command.claims)
    if refused is not None:
        return refused
    intruder = _intruder(ground)
    if intruder is None:
        return Refused("no-intruder", {})
    for node in (command.target, command.claims):
        if ground.machines[node].spec.role != "storage":
            return Refused("not-storage", {"node": node})
    if command.target == command.claims:
        return Refused("link-to-itself", {"node": command.target})
    if ground.machines[intruder].state != UP:
        return Refused("not-up", {"node": intruder, "state": ground.machines[intruder].state})
    return None


def forge(ground: Ground, command: ForgePrepare, cause: int) -> None:
    intruder = _intruder(ground)
    assert intruder is not None, "the check found an intruder"
    message = Prepare(Ballot(HUGE_ROUND, command.claims), first_slot=1)
    ground.mail(intruder, command.target, message, cause, claims=command.claims)


FAULT = Fault(
    name="forge",
    begin=Act(ForgePrepare, check_forge, forge),
    end=None,
    sentence="message-refused",
    band="bad",
)
