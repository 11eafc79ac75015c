"""An intruder on the network sends a prepare with a huge ballot in somebody else's name, without that machine's key."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, Where, not_storage, of_role, struck
from app.simulation.machine import UP
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Message, Refused
from app.vocabulary.commands import ForgePrepare
from app.vocabulary.ids import Ballot, NodeId

PREPARE, CLIENT_REPLY = "prepare", "client-reply"
HUGE_ROUND = 1_000_000
"""Above every ballot that a run reaches: believed, the forgery would depose any leader."""


def intruder_up(ground: Ground) -> Refused | None:
    """Refused if there is no intruder, or it does not run."""
    for intruder in of_role(ground, "intruder"):
        state = ground.machines[intruder].state
        return None if state == UP else Refused("not-up", {"node": intruder, "state": state})
    return Refused("no-intruder", {})


def check_forge(ground: Ground, command: ForgePrepare) -> Refused | None:
    """Aimed at one storage node in the name of another, by an intruder that is up."""
    refused = not_storage(ground, command.target, command.claims) or intruder_up(ground)
    refused = refused or unknown_to(ground, PREPARE)
    if refused is None and command.target == command.claims:
        return Refused("link-to-itself", {"node": command.target})
    return refused


def unknown_to(ground: Ground, kind: str) -> Refused | None:
    """Refused if the protocol has no such message that the intruder knows to write."""
    spec = ground.rules.spec
    known = spec.replicates if kind == CLIENT_REPLY else kind in spec.forgeries
    return None if known else Refused("other-protocol", {"protocol": spec.name})


def believed_never(ground: Ground, command: Command) -> bool:
    """With message authentication on, what an intruder sends is refused; without, nobody can tell it from the truth."""
    return ground.network.authentication


def forge(ground: Ground, command: ForgePrepare, cause: int) -> None:
    message = forged(ground, PREPARE, command.claims, 1)
    send_forged(ground, "forge", command, message, command.target, command.claims, cause)


def forged(ground: Ground, kind: str, claims: NodeId, slot: int) -> Message:
    """A message of the protocol in somebody else's name, about a slot."""
    return ground.rules.spec.forgeries[kind](Ballot(HUGE_ROUND, claims), slot, ground.now_us)


def send_forged(
    ground: Ground,
    fault: str,
    command: Command,
    message: Message,
    target: NodeId,
    claims: NodeId,
    cause: int,
) -> None:
    """Let the intruder send a message in somebody else's name."""
    [intruder, *_] = of_role(ground, "intruder")
    if not ground.network.authentication:
        where = Where("", (target,), ((intruder, target),))
        cause = struck(ground, fault, command, cause, where, inside=False)
    ground.mail(intruder, target, message, cause, claims=claims)


def draw(ground: Ground, chance: Stream) -> Command | None:
    replicas = chance.shuffle(of_role(ground, "storage"))
    return ForgePrepare(replicas[0], replicas[1]) if len(replicas) > 1 else None


FAULT = Fault(
    name="forge",
    group="intruder",
    begin=Act(ForgePrepare, check_forge, forge),
    end=None,
    sentence="message-refused",
    band="bad",
    model=believed_never,
    form=(FormField("target", "storage"), FormField("claims", "storage")),
    draw=draw,
)
