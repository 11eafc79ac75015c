"""What the faults of single messages share: finding them on their way, and telling of them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from app.faults.base import Draw, FormField, Ground
from app.faults.events import MessageMoved
from app.simulation.links import LATE
from app.simulation.network import Flight
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused

MESSAGE = FormField("message", "message")


def on_its_way(ground: Ground, message: int) -> Flight | None:
    """That message, held or not; None if there is none of that id any more."""
    network = ground.network
    return network.flights.get(message) or network.held.get(message, (None,))[0]


def no_such(message: int) -> Refused:
    return Refused("no-such-message", {"message": message})


def flying(ground: Ground, message: int) -> Refused | None:
    """Refused unless that message is on its way, not held."""
    if message in ground.network.flights:
        return None
    if message in ground.network.held:
        return Refused("message-held", {"message": message})
    return no_such(message)


def any_flight(ground: Ground, chance: Stream) -> Flight | None:
    """A random message on its way between storage nodes, or any if there is none."""
    machines = ground.machines
    flights = list(ground.network.flights.values())
    inner = [
        flight
        for flight in flights
        if machines[flight.src].spec.role == machines[flight.dst].spec.role == "storage"
    ]
    return chance.pick(inner or flights) if flights else None


def at_random(command: Callable[[int], Command]) -> Draw:
    """Draws a command that needs nothing but a message."""

    def draw(ground: Ground, chance: Stream) -> Command | None:
        flight = any_flight(ground, chance)
        return command(flight.id) if flight is not None else None

    return draw


def moved(ground: Ground, flight: Flight, arrives_us: int, reason: str, cause: int) -> None:
    """Let a flight arrive at another time. It goes on from where it is: it looks as if sent later or earlier."""
    now_us = ground.now_us
    rest_us, new_rest_us = flight.arrives_us - now_us, arrives_us - now_us
    gone_us = (now_us - flight.sent_us) * new_rest_us // max(rest_us, 1)
    ends_us = (
        flight.ends_us + arrives_us - flight.arrives_us if flight.ends_us != flight.arrives_us else arrives_us
    )
    changed = ground.network.put(
        replace(
            flight,
            sent_us=now_us - gone_us,
            arrives_us=arrives_us,
            ends_us=max(ends_us, now_us),
            fate=flight.fate or LATE,
        )
    )
    event = MessageMoved(
        flight.id, flight.message.KIND, flight.src, flight.dst, changed.sent_us, arrives_us, reason
    )
    ground.emit(event, cause)
    ground.expect(changed)
