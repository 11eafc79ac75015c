"""Duplicate one message on its way: the sender's transport repeats itself."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground
from app.faults.letters import MESSAGE, at_random, no_such, on_its_way
from app.vocabulary.base import Command, Refused
from app.vocabulary.events import MessageSent


class DuplicateMessage(Command, frozen=True, tag="duplicate-message"):
    """Send a message a second time, as it is, from its sender.

    message: the id of a message in flight, held or not.
    """

    message: int


def check(ground: Ground, command: DuplicateMessage) -> Refused | None:
    """It is on its way, and not changed: nobody can seal for its sender what the sender did not write."""
    flight = on_its_way(ground, command.message)
    if flight is None:
        return no_such(command.message)
    if not ground.network.sealed(flight):
        return Refused("message-not-genuine", {"message": command.message})
    return None


def duplicate(ground: Ground, command: DuplicateMessage, cause: int) -> None:
    original = on_its_way(ground, command.message)
    assert original is not None, "the check found it"
    flight = ground.network.copy(original, ground.now_us, ground.seq)
    message = flight.message
    event = MessageSent(
        flight.id, message.KIND, flight.src, flight.dst, flight.sent_us, flight.arrives_us, message.label()
    )
    ground.emit(event, cause)
    ground.expect(flight)


FAULT = Fault(
    name="duplicate-message",
    group="messages",
    begin=Act(DuplicateMessage, check, duplicate),
    end=None,
    sentence="message-sent",
    band="beat",
    form=(MESSAGE,),
    draw=at_random(DuplicateMessage),
)
