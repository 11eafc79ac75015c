"""Replay one message: the intruder records it, and sends it again once it has been read."""

from __future__ import annotations

from msgspec.structs import replace

from app.faults.base import Act, Fault, Ground, Where, struck
from app.faults.forge import believed_never, intruder_up
from app.faults.letters import MESSAGE, at_random, flying
from app.simulation.links import REPLAY
from app.vocabulary.base import Command, Refused


class ReplayMessage(Command, frozen=True, tag="replay-message"):
    """Let the intruder record a message and send it again, as it is, after it has been read.

    message: the id of a message in flight.
    """

    message: int


def check(ground: Ground, command: ReplayMessage) -> Refused | None:
    """An intruder hears it, and nothing else befalls it: what dies on the way cannot come twice."""
    refused = intruder_up(ground) or flying(ground, command.message)
    if refused is None and ground.network.flights[command.message].fate:
        return Refused("message-doomed", {"message": command.message})
    return refused


def replay(ground: Ground, command: ReplayMessage, cause: int) -> None:
    flight = ground.network.flights[command.message]
    inside = ground.network.authentication
    where = Where(links=((flight.src, flight.dst),))
    seq = struck(ground, "replay-message", command, cause, where, inside=inside)
    ground.network.put(replace(flight, fate=REPLAY, fate_seq=seq))


FAULT = Fault(
    name="replay-message",
    group="intruder",
    begin=Act(ReplayMessage, check, replay),
    end=None,
    sentence="fault-began",
    band="bad",
    model=believed_never,
    form=(MESSAGE,),
    draw=at_random(ReplayMessage),
)
