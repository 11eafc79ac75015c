"""Drop one message on its way."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground
from app.faults.letters import MESSAGE, at_random, no_such, on_its_way
from app.vocabulary.base import Command, Refused


class DropMessage(Command, frozen=True, tag="drop-message"):
    """Let a message die where it is, held or not.

    message: the id of a message in flight.
    """

    message: int


def check(ground: Ground, command: DropMessage) -> Refused | None:
    """It flies or is held."""
    return None if on_its_way(ground, command.message) is not None else no_such(command.message)


def drop(ground: Ground, command: DropMessage, cause: int) -> None:
    network = ground.network
    flight = network.flights.pop(command.message, None) or network.held.pop(command.message)[0]
    ground.drop([flight], cause, "dropped")


FAULT = Fault(
    name="drop-message",
    group="messages",
    begin=Act(DropMessage, check, drop),
    end=None,
    sentence="message-dropped",
    band="beat",
    form=(MESSAGE,),
    draw=at_random(DropMessage),
)
