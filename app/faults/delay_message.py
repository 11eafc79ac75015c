"""Delay one message on its way."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, out_of_range
from app.faults.letters import MESSAGE, any_flight, flying, moved
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import SECOND

BY_US_MAX = 600 * SECOND


class DelayMessage(Command, frozen=True, tag="delay-message"):
    """Let a message arrive later.

    message: the id of a message in flight. by_us: how much later, at most 600 s.
    """

    message: int
    by_us: int = SECOND


def check(ground: Ground, command: DelayMessage) -> Refused | None:
    return flying(ground, command.message) or out_of_range("by_us", command.by_us, 1, BY_US_MAX)


def delay(ground: Ground, command: DelayMessage, cause: int) -> None:
    flight = ground.network.flights[command.message]
    moved(ground, flight, flight.arrives_us + command.by_us, "delayed", cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    flight = any_flight(ground, chance)
    if flight is None:
        return None
    # Up to twenty times the way it has anyway: on slow networks seconds, on fast ones milliseconds.
    return DelayMessage(flight.id, chance.uniform_int(1, 20 * max(1, flight.arrives_us - flight.sent_us)))


FAULT = Fault(
    name="delay-message",
    group="messages",
    begin=Act(DelayMessage, check, delay),
    end=None,
    sentence="message-moved",
    band="beat",
    form=(MESSAGE, FormField("by_us", "us", SECOND, 1, BY_US_MAX)),
    draw=draw,
)
