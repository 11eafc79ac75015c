"""Reorder two messages on their way: the next one on the same link arrives first."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground
from app.faults.letters import MESSAGE, at_random, flying, moved
from app.simulation.network import Flight
from app.vocabulary.base import Command, Refused


class ReorderMessage(Command, frozen=True, tag="reorder-message"):
    """Let a message change places with the next one on its link.

    message: the id of a message in flight.
    """

    message: int


def _next(ground: Ground, flight: Flight) -> Flight | None:
    behind = [
        other
        for other in ground.network.flights.values()
        if (other.src, other.dst) == (flight.src, flight.dst) and other.arrives_us > flight.arrives_us
    ]
    return min(behind, key=lambda other: (other.arrives_us, other.id), default=None)


def check(ground: Ground, command: ReorderMessage) -> Refused | None:
    """There must be one behind it."""
    refused = flying(ground, command.message)
    if refused is None and _next(ground, ground.network.flights[command.message]) is None:
        return Refused("nothing-behind", {"message": command.message})
    return refused


def reorder(ground: Ground, command: ReorderMessage, cause: int) -> None:
    first = ground.network.flights[command.message]
    second = _next(ground, first)
    assert second is not None, "the check found one"
    moved(ground, first, second.arrives_us, "overtaken", cause)
    moved(ground, second, first.arrives_us, "overtaking", cause)


FAULT = Fault(
    name="reorder-message",
    group="messages",
    begin=Act(ReorderMessage, check, reorder),
    end=None,
    sentence="message-moved",
    band="beat",
    form=(MESSAGE,),
    draw=at_random(ReorderMessage),
)
