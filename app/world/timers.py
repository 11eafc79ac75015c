"""Timers of machines: armed by their own clocks, put off when a clock changed, fired with the cause that people ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from app.simulation.links import Mark
from app.simulation.loop import Item, Timer
from app.simulation.machine import PAUSED, TIMER, Machine
from app.vocabulary.effects import Announce, CancelTimer, Effect, Emit, Persist, Quorum, Send, SetTimer
from app.vocabulary.events import TimerFired
from app.vocabulary.ids import NodeId

if TYPE_CHECKING:
    from app.world.host import Host

RING = 1
"""The loop's action by which a timer comes up."""


class Firing:
    """The cause that a timer's handler is told, to be handed back as `because`: now, or by work that waits for later.

    Only when the handler has returned is it known whether the firing is an entry; until then `seq` is not set.
    """

    __slots__ = ("seq",)

    seq: int


def seq_of(because: int | Firing) -> int:
    return because if type(because) is int else because.seq  # type: ignore[union-attr]


def set_timer(host: Host, machine: Machine, effect: SetTimer, cause: int) -> None:
    name = effect.name
    now_us, clock = host.loop.now_us, machine.clock
    if clock.true:
        deadline_us = at_us = now_us + effect.after_us
    else:
        deadline_us = clock.monotonic_us(now_us) + effect.after_us
        at_us = max(now_us, clock.when_us(deadline_us))
    if host.firing[0] == name:
        cause = host.firing[1]
    timer = machine.timers.get(name)
    if timer is None:
        item = host.loop.at(at_us, RING, machine.node, name)
        machine.timers[name] = Timer(deadline_us, effect.awaiting, cause, item, at_us)
        return
    timer.deadline_us = deadline_us
    timer.awaiting = effect.awaiting
    timer.cause = cause
    if at_us < timer.item_at_us:
        timer.item = host.loop.at(at_us, RING, machine.node, name)
        timer.item_at_us = at_us


def cancel_timer(host: Host, machine: Machine, effect: CancelTimer, cause: int) -> None:
    machine.timers.pop(effect.name, None)


def time_out(host: Host, item: Item) -> None:
    machine = host.machines.get(item[3])
    if machine is None:
        return  # It was taken away.
    name, number = item[4], item[1]
    timer = machine.timers.get(name)
    if timer is None or timer.item != number:
        return  # Cancelled, re-armed for an earlier time, or of an earlier life.
    if machine.state == PAUSED:
        machine.waiting.append((TIMER, name, number))
    else:
        ring(host, machine, name, number)


def ring(host: Host, machine: Machine, name: str, number: int) -> None:
    timer = machine.timers.get(name)
    if timer is None or timer.item != number:
        return
    clock, now_us = machine.clock, host.loop.now_us
    if timer.deadline_us > (now_us if clock.true else clock.monotonic_us(now_us)):
        timer.item_at_us = clock.when_us(timer.deadline_us)
        timer.item = host.loop.at(timer.item_at_us, RING, machine.node, name)
        return
    del machine.timers[name]
    cause = _why(host, machine, timer)
    host.acting = machine.node
    firing = Firing()
    # Typed as a seq, since it is opaque to the machine: see `Moment.cause`.
    effects = machine.running().on_timer(machine.moment(now_us, cast(int, firing)), name)
    why = host.emit(TimerFired(machine.node, name), cause) if _speaks(host, effects) else cause
    firing.seq = why
    host.firing = (name, cause)
    host.perform(machine, effects, why)
    host.firing = ("", 0)
    host.run(machine, (), why)


def _why(host: Host, machine: Machine, timer: Timer) -> int:
    """What made a timer fire: a misfortune of those it awaited, or else what armed it."""
    awaiting = timer.awaiting
    if awaiting is None:
        return timer.cause
    peers = awaiting.nodes if isinstance(awaiting, Quorum) else (awaiting,)
    marks = []
    for peer in peers:
        mark = _fate(host, machine, peer)
        if mark is not None:
            marks.append(mark)
    # If k of n are needed, the loss of the one after n - k others is what breaks it; of one peer, its own.
    fatal = len(peers) - (awaiting.needed if isinstance(awaiting, Quorum) else 1)
    return sorted(marks)[fatal][1] if len(marks) > fatal else timer.cause


def _fate(host: Host, machine: Machine, peer: NodeId) -> Mark | None:
    """What keeps this machine from hearing of the other."""
    if peer not in host.machines:
        return host.removed.get(peer)
    if peer == machine.node:
        return None
    return host.network.befell(peer, machine.node, host.machines[peer].fate)


def _speaks(host: Host, effects: Sequence[Effect]) -> bool:
    """Whether the effects lead to entries, now or later."""
    for effect in effects:
        kind = type(effect)
        if kind is Send or kind is Emit:
            return True
        if kind is Persist and cast(Persist, effect).then:
            return True
        if kind is Announce and host.witness.news(cast(Announce, effect)):
            return True
    return False
