"""Hold a message where it is, on its way, for as long as one likes."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground
from app.faults.editing import fields
from app.faults.events import MessageReleased, MessageStopped
from app.faults.letters import MESSAGE, at_random, flying
from app.vocabulary.base import Command, Refused

HELD_MAX = 256


class HoldMessage(Command, frozen=True, tag="hold-message"):
    """Stop a message where it is.

    message: the id of a message in flight.
    """

    message: int


class ReleaseMessage(Command, frozen=True, tag="release-message"):
    """Let a held message go on."""

    message: int


def check_hold(ground: Ground, command: HoldMessage) -> Refused | None:
    """It flies, and not too many are held already."""
    refused = flying(ground, command.message)
    if refused is None and len(ground.network.held) >= HELD_MAX:
        return Refused("too-many-held", {"limit": HELD_MAX})
    return refused


def hold(ground: Ground, command: HoldMessage, cause: int) -> None:
    flight = ground.network.hold(command.message, ground.now_us)
    message = flight.message
    event = MessageStopped(flight.id, message.KIND, flight.src, flight.dst, ground.now_us, fields(message))
    ground.emit(event, cause)


def check_release(ground: Ground, command: ReleaseMessage) -> Refused | None:
    """It is held."""
    if command.message in ground.network.held:
        return None
    held = ", ".join(str(id_) for id_ in ground.network.held) or "none"
    return Refused("not-held", {"message": command.message, "allowed": held[:200]})


def release(ground: Ground, command: ReleaseMessage, cause: int) -> None:
    flight = ground.network.release(command.message, ground.now_us)
    message = flight.message
    event = MessageReleased(
        flight.id,
        message.KIND,
        flight.src,
        flight.dst,
        flight.sent_us,
        flight.arrives_us,
        message.label(),
    )
    ground.emit(event, cause)
    ground.expect(flight)


def endings(ground: Ground) -> list[Command]:
    return [ReleaseMessage(id_) for id_ in ground.network.held]


FAULT = Fault(
    name="hold-message",
    group="messages",
    begin=Act(HoldMessage, check_hold, hold),
    end=Act(ReleaseMessage, check_release, release),
    sentence="message-stopped",
    band="beat",
    form=(MESSAGE,),
    draw=at_random(HoldMessage),
    endings=endings,
)
