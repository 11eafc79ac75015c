"""Duplicate one message on its way: the sender's transport repeats itself."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground
from app.faults.letters import MESSAGE, any_flight
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.events import MessageSent


class DuplicateMessage(Command, frozen=True, tag="duplicate-message"):
    """Send a message a second time, as it is, from its sender.

    message: the id of a message in flight, held or not.
    """

    message: int


def check(ground: Ground, command: DuplicateMessage) -> Refused | None:
    """It is on its way, and not changed: nobody can seal for its sender what the sender did not write."""
    network = ground.network
    flight = network.flights.get(command.message) or network.held.get(command.message, (None,))[0]
    if flight is None:
        return Refused("no-such-message", {"message": command.message})
    if not network.sealed(flight):
        return Refused("message-not-genuine", {"message": command.message})
    return None


def duplicate(ground: Ground, command: DuplicateMessage, cause: int) -> None:
    network = ground.network
    original = network.flights.get(command.message) or network.held[command.message][0]
    flight = network.copy(original, ground.now_us, ground.seq)
    message = flight.message
    event = MessageSent(
        flight.id, message.KIND, flight.src, flight.dst, flight.sent_us, flight.arrives_us, message.label()
    )
    ground.emit(event, cause)
    ground.expect(flight)


def draw(ground: Ground, chance: Stream) -> Command | None:
    flight = any_flight(ground, chance)
    return DuplicateMessage(flight.id) if flight is not None else None


FAULT = Fault(
    name="duplicate-message",
    group="messages",
    begin=Act(DuplicateMessage, check, duplicate),
    end=None,
    sentence="message-sent",
    band="beat",
    form=(MESSAGE,),
    draw=draw,
)
