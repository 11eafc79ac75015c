"""An intruder sends messages of several kinds in somebody else's name, without that machine's key."""

from __future__ import annotations

from app.consensus import PROTOCOLS
from app.faults.base import Act, Fault, FormField, Ground, no_choice, not_storage, of_role, unknown_node
from app.faults.forge import CLIENT_REPLY, believed_never, forged, intruder_up, send_forged, unknown_to
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Message, Refused
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import ClientReply

KINDS = (*dict.fromkeys(kind for spec in PROTOCOLS.values() for kind in spec.forgeries), CLIENT_REPLY)
"""Of all protocols, and what clients are told by any of them."""


class ForgeMessage(Command, frozen=True, tag="forge-message"):
    """Let the intruder send a message in the name of a storage node.

    kind:   "prepare", "accept" (a value of its own), "commit", "heartbeat" or "client-reply" (to a client: it is done).
    target: who receives it. claims: whose name is on it.
    """

    kind: str
    target: NodeId
    claims: NodeId


def check(ground: Ground, command: ForgeMessage) -> Refused | None:
    """Replies go to clients, everything else to storage nodes."""
    refused = no_choice("kind", command.kind, KINDS) or unknown_node(ground, command.target)
    refused = refused or not_storage(ground, command.claims) or intruder_up(ground)
    refused = refused or unknown_to(ground, command.kind)
    if refused is not None:
        return refused
    if command.kind == CLIENT_REPLY:
        role = ground.machines[command.target].spec.role
        return None if role == "client" else Refused("not-a-client", {"node": command.target})
    if command.target == command.claims:
        return Refused("link-to-itself", {"node": command.target})
    return not_storage(ground, command.target)


def message_of(ground: Ground, command: ForgeMessage) -> Message:
    """About what the target expects next."""
    if command.kind == CLIENT_REPLY:
        return ClientReply(_session(ground, command.target), 1, "ok")
    slot = getattr(ground.machines[command.target].process, "applied", 0) + 1
    return forged(ground, command.kind, command.claims, slot)


def _session(ground: Ground, client: NodeId) -> str:
    """The name of a session that is on the air, if there is one: an intruder has seen it."""
    for flight in ground.network.flights.values():
        name = getattr(getattr(flight.message, "request", None), "client", "")
        if flight.src == client and name:
            return str(name)
    return f"{client}.0"


def forge(ground: Ground, command: ForgeMessage, cause: int) -> None:
    message = message_of(ground, command)
    send_forged(ground, "forge-message", command, message, command.target, command.claims, cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    kind = chance.pick(KINDS)
    replicas, clients = chance.shuffle(of_role(ground, "storage")), of_role(ground, "client")
    targets = clients if kind == CLIENT_REPLY else replicas[1:]
    return ForgeMessage(kind, chance.pick(targets), replicas[0]) if targets else None


FAULT = Fault(
    name="forge-message",
    group="intruder",
    begin=Act(ForgeMessage, check, forge),
    end=None,
    sentence="message-refused",
    band="bad",
    model=believed_never,
    form=(
        FormField("kind", "choice", "accept", choices=KINDS),
        FormField("target", "node"),
        FormField("claims", "storage"),
    ),
    draw=draw,
)
