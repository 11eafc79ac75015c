"""The mail: from the sender's wish to the receiver's handler, with all that may befall a message on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.faults.editing import garbled
from app.faults.events import MessageEdited
from app.simulation.links import ALTERED, CUT, EDITED, LATE, LOSS, REPLAY
from app.simulation.loop import Item
from app.simulation.machine import LETTER, PAUSED, UP, Machine
from app.simulation.network import Flight
from app.vocabulary.base import Message
from app.vocabulary.events import (
    MessageDelivered,
    MessageDropped,
    MessageHeld,
    MessageRefused,
    MessageSent,
)
from app.vocabulary.ids import NodeId

DELIVER = 0

if TYPE_CHECKING:
    from app.world.host import Host


def sent(flight: Flight) -> MessageSent:
    """What the log says of a flight's beginning."""
    message = flight.message
    return MessageSent(
        flight.id, message.KIND, flight.src, flight.dst, flight.sent_us, flight.arrives_us, message.label()
    )


def send(host: Host, src: NodeId, dst: NodeId, message: Message, cause: int, claims: NodeId) -> None:
    """Put a message on the link from src to dst; `claims` is the name on it."""
    loop = host.loop
    if dst not in host.machines:
        return  # Nobody has that address any more.
    flight, double = host.network.send(loop.now_us, host.seq, src, dst, message, claims)
    seq = host.emit(sent(flight), cause)
    loop.at(flight.ends_us, DELIVER, flight.id, None)
    if double is not None:
        # It did not come out of nowhere: its cause is the message that it repeats.
        host.emit(sent(double), seq)
        host.expect(double)


def arrive(host: Host, item: Item) -> None:
    """A flight's way ends."""
    flight = host.network.flights.pop(item[3], None)
    if flight is None:
        return  # A cut caught it on the way, or somebody did.
    if flight.fate:
        befallen = _befall(host, flight)
        if befallen is None:
            return
        flight = befallen
    machine = host.machines[flight.dst]
    if machine.state == UP:
        open_letter(host, machine, flight, flight.sent_seq)
        if flight.fate == REPLAY:
            _replay(host, flight)
    elif machine.state == PAUSED:
        machine.letters += 1
        held = MessageHeld(flight.id, flight.message.KIND, flight.src, flight.dst, machine.letters)
        machine.waiting.append((LETTER, flight, host.emit(held, flight.sent_seq)))
    else:
        assert machine.fate is not None, f"{machine.node} is down, but nothing befell it"
        drop(host, flight, "down", machine.fate[1])


def open_letter(host: Host, machine: Machine, flight: Flight, cause: int) -> None:
    """A machine that is up reads a message, unless it is not what it says."""
    message = flight.message
    why_not = host.network.admit(flight)
    if why_not:
        machine.refused += 1
        refused = MessageRefused(
            flight.id, message.KIND, flight.src, flight.claims, flight.dst, machine.refused, why_not
        )
        host.emit(refused, cause)
        return
    seq = host.emit(MessageDelivered(flight.id, message.KIND, flight.src, flight.dst), cause)
    host.acting = machine.node
    try:
        effects = machine.running().on_message(machine.moment(host.loop.now_us, seq), flight.claims, message)
    except Exception:
        if flight.fate not in ALTERED and flight.src == flight.claims:
            raise
        # It believed what nobody would have sent, and could not bear it.
        host.kill(machine, seq)
        return
    host.run(machine, effects, seq)


def drop(host: Host, flight: Flight, reason: str, cause: int) -> None:
    """Log the death of a message."""
    host.network.lost(flight, (host.loop.now_us, host.seq))
    dropped = MessageDropped(
        flight.id, flight.message.KIND, flight.src, flight.dst, reason, flight.sent_us, flight.arrives_us
    )
    host.emit(dropped, cause)


def _befall(host: Host, flight: Flight) -> Flight | None:
    """Do to a flight what its fate says; the flight that arrives, or None if none does now."""
    if flight.ends_us > host.loop.now_us:
        # It was held or delayed: this item of the loop is from before, and there is another one.
        host.network.flights[flight.id] = flight
        return None
    if flight.fate in (CUT, LOSS):
        drop(host, flight, flight.fate, flight.fate_seq)
        return None
    if flight.fate in (EDITED, LATE, REPLAY):
        return flight
    changed = garbled(flight.message, host.network.harm, host.machines)
    if changed is None:
        drop(host, flight, flight.fate, flight.fate_seq)
        return None
    message, field, was, now = changed
    if not host.network.authentication:
        # Nobody will notice, so the log has to say it. Else the receiver's check does.
        event = MessageEdited(
            flight.id, message.KIND, flight.src, flight.dst, field, was, now, message.label(), {}
        )
        return replace(flight, message=message, sent_seq=host.emit(event, flight.fate_seq))
    return replace(flight, message=message)


def _replay(host: Host, flight: Flight) -> None:
    """Whoever recorded a message that has just been read sends it again."""
    for machine in host.machines.values():
        if machine.spec.role == "intruder" and machine.state == UP:
            copy = host.network.replayed(flight, machine.node, host.loop.now_us, host.seq)
            host.emit(sent(copy), flight.fate_seq)
            host.expect(copy)
            return
