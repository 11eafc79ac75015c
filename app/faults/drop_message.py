"""Drop one message on its way."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground
from app.faults.letters import MESSAGE, any_flight
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused


class DropMessage(Command, frozen=True, tag="drop-message"):
    """Let a message die where it is, held or not.

    message: the id of a message in flight.
    """

    message: int


def check(ground: Ground, command: DropMessage) -> Refused | None:
    """It flies or is held."""
    network = ground.network
    if command.message in network.flights or command.message in network.held:
        return None
    return Refused("no-such-message", {"message": command.message})


def drop(ground: Ground, command: DropMessage, cause: int) -> None:
    network = ground.network
    flight = network.flights.pop(command.message, None) or network.held.pop(command.message)[0]
    ground.drop([flight], cause, "dropped")


def draw(ground: Ground, chance: Stream) -> Command | None:
    flight = any_flight(ground, chance)
    return DropMessage(flight.id) if flight is not None else None


FAULT = Fault(
    name="drop-message",
    group="messages",
    begin=Act(DropMessage, check, drop),
    end=None,
    sentence="message-dropped",
    band="beat",
    form=(MESSAGE,),
    draw=draw,
)
