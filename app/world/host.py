"""The only performer of effects: machines ask, the host does, and every entry it writes knows its cause."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.faults.base import Rules, Trouble
from app.simulation.disk import Disk
from app.simulation.links import Mark
from app.simulation.loop import Item, Loop
from app.simulation.machine import DOWN, LETTER, PAUSED, SYNCED, TIMER, UP, Machine
from app.simulation.network import Flight, Network
from app.vocabulary.base import Changes, Command, Entry, Event, Message, Refused
from app.vocabulary.effects import (
    AddMachine,
    Announce,
    CancelTimer,
    Effect,
    Emit,
    Persist,
    RemoveMachine,
    Send,
    SetTimer,
)
from app.vocabulary.events import (
    ClockChanged,
    NodeKilled,
    NodePaused,
    NodeRestarted,
    NodeResumed,
)
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Process
from app.world import disks, fleet, mail, timers, unrest
from app.world.timers import seq_of


class Cast(Protocol):
    """Who runs what: builds a machine's program, from its disk; and what the picture shows of machine, program and disk."""

    def build(self, machine: Machine, now_us: int) -> Process: ...

    def disk(self, node: NodeId, seed: int) -> Disk: ...

    def equip(self, effect: AddMachine) -> None: ...

    def shown(self, machine: Machine) -> Changes: ...


class Witness(Protocol):
    """Sees the world from outside: turns first announcements and telling events into entries of its own."""

    telling: frozenset[type[Event]]

    def announce(self, host: Host, effect: Announce, cause: int) -> None: ...

    def saw(self, host: Host, event: Event, seq: int) -> None: ...

    def news(self, effect: Announce) -> bool: ...

    def refusal(self, command: Command) -> Refused | None: ...


class Host:
    """Machines on a network, and the log that they write. Picklable between two instants.

    entries: what was logged since somebody last took them away. seq: number of the next entry.
    rules:   what is inside the model. troubles: the lasting faults in force, by id, the oldest first.
    removed: when machines that are no more were taken away, and by which entry.
    acting:  the machine whose handler runs, or "" (for reports of bugs).
    """

    def __init__(
        self, loop: Loop, network: Network, machines: dict[NodeId, Machine], cast: Cast, witness: Witness
    ) -> None:
        self.loop = loop
        self.network = network
        self.machines = machines
        self.cast = cast
        self.witness = witness
        self._telling = witness.telling
        self.entries: list[Entry] = []
        self.seq = 0
        self.acting: NodeId = ""
        self.rules = Rules()
        self.troubles: dict[str, Trouble] = {}
        self.unrest: unrest.Unrest | None = None
        self.removed: dict[NodeId, Mark] = {}
        self._own_mail: deque[tuple[Machine, Message, int]] = deque()
        self.firing: tuple[str, int] = ("", 0)

    @property
    def now_us(self) -> int:
        return self.loop.now_us

    def emit(self, event: Event, cause: int | None) -> int:
        """Log an event; returns its seq."""
        seq = self.seq
        self.seq = seq + 1
        self.entries.append(Entry(seq, self.loop.now_us, cause, event))
        if type(event) in self._telling:
            self.witness.saw(self, event, seq)
        return seq

    def step(self) -> None:
        """Let the next thing happen."""
        item = self.loop.pop()
        _ACTIONS[item[2]](self, item)

    # Machines

    def boot(self, machine: Machine, cause: int) -> None:
        """Start a machine's program from its disk."""
        if machine.disk.damaged:
            disks.verified(self, machine, cause)
        process = machine.process = self.cast.build(machine, self.loop.now_us)
        self.run(machine, process.on_start(machine.moment(self.loop.now_us, cause)), cause)

    def kill(self, machine: Machine, cause: int) -> None:
        """Pull the plug of a machine that is not down."""
        cached = tuple(machine.disk.cached)
        before = disks.before_crash(self, machine) if cached else {}
        lost, waited = machine.crash()
        seq = self._turn(machine, DOWN, NodeKilled(machine.node, self.loop.now_us, lost), cause)
        for kind, flight, _ in waited:
            if kind == LETTER:
                mail.drop(self, flight, "crash", seq)
        if cached:
            disks.crashed(self, machine, cached, before, seq)

    def restart(self, machine: Machine, cause: int) -> None:
        """Start a machine that is down."""
        seq = self._turn(machine, UP, NodeRestarted(machine.node, self.loop.now_us), cause)
        self.boot(machine, seq)

    def pause(self, machine: Machine, cause: int) -> None:
        """Stop the world on a machine that is up."""
        self._turn(machine, PAUSED, NodePaused(machine.node, self.loop.now_us), cause)

    def resume(self, machine: Machine, cause: int) -> None:
        """Let a paused machine go on: what waited is handled now, in the order it came."""
        waited, machine.waiting = machine.waiting, []
        letters, machine.letters = machine.letters, 0
        self._turn(machine, UP, NodeResumed(machine.node, self.loop.now_us, letters), cause)
        for kind, first, second in waited:
            if machine.state == DOWN:
                # What waited before it was more than the machine could bear.
                if kind == LETTER:
                    mail.drop(self, first, "crash", machine.fate[1] if machine.fate else cause)
            elif kind == LETTER:
                mail.open_letter(self, machine, first, second)
            elif kind == TIMER:
                timers.ring(self, machine, first, second)
            else:
                self._end_sync(machine)
        self.wake_disk(machine)

    def set_clock(self, machine: Machine, cause: int, drift_ppm: int, offset_us: int) -> int:
        """Let a machine's clocks run differently from now on; returns the seq of the entry that says so.

        What is armed keeps its deadline by the machine's own clock: a timer that is due earlier in virtual time is asked for
        again; one that is due later comes up early, and is put off then.
        """
        clock, now_us = machine.clock, self.loop.now_us
        clock.step(offset_us - clock.offset_us)
        if drift_ppm != clock.drift_ppm:
            clock.set_drift(now_us, drift_ppm)
            for name, timer in machine.timers.items():
                at_us = max(now_us, clock.when_us(timer.deadline_us))
                if at_us < timer.item_at_us:
                    timer.item = self.loop.at(at_us, timers.RING, machine.node, name)
                    timer.item_at_us = at_us
        machine.clock_told = True
        return self.emit(ClockChanged(machine.node, drift_ppm, offset_us), cause)

    def _turn(self, machine: Machine, state: str, event: Event, cause: int) -> int:
        # The world changes before the log says so: whoever reads the entry finds it true.
        machine.turn(state, (self.loop.now_us, self.seq))
        return self.emit(event, cause)

    def run(self, machine: Machine, effects: Sequence[Effect], cause: int) -> None:
        """Perform a handler's effects, and deliver at once what machines thereby sent to themselves."""
        self.perform(machine, effects, cause)
        while self._own_mail:
            owner, message, why = self._own_mail.popleft()
            self.acting = owner.node
            process = owner.running()
            self.perform(
                owner, process.on_message(owner.moment(self.loop.now_us, why), owner.node, message), why
            )
        # Only now, so that all the writes of one handler share an fsync.
        if machine.disk.waiting and not machine.disk.busy:
            self._sync(machine)

    def perform(self, machine: Machine, effects: Sequence[Effect], cause: int) -> None:
        """Perform effects in the order given; `cause` leads to whatever does not name another cause."""
        find = _PERFORMERS.get
        for effect in effects:
            performer = find(type(effect))
            if performer is None:
                raise TypeError(f"{machine.node} asked for {effect!r}, which is no effect")
            performer(self, machine, effect, cause)

    def _send(self, machine: Machine, effect: Send, cause: int) -> None:
        if effect.because is not None:
            cause = seq_of(effect.because)
        if effect.to == machine.node:
            self._own_mail.append((machine, effect.message, cause))
        else:
            mail.send(self, machine.node, effect.to, effect.message, cause, machine.node)

    def mail(self, src: NodeId, dst: NodeId, message: Message, cause: int, claims: NodeId = "") -> None:
        """Put a message on the link from src to dst; `claims` is the name on it, if forged."""
        mail.send(self, src, dst, message, cause, claims or src)

    def expect(self, flight: Flight) -> None:
        """Something happens to a flight when its way ends."""
        self.loop.at(flight.ends_us, mail.DELIVER, flight.id, None)

    def drop(self, flights: Sequence[Flight], cause: int, reason: str = "cut") -> None:
        """Log the death of flights that were taken off their way."""
        for flight in flights:
            mail.drop(self, flight, reason, cause)

    def _persist(self, machine: Machine, effect: Persist, cause: int) -> None:
        machine.disk.ask(
            effect.writes, effect.then, cause if effect.because is None else seq_of(effect.because)
        )

    def _sync(self, machine: Machine) -> None:
        takes_us = machine.disk.begin_sync()
        if takes_us is not None:
            self.loop.at(self.loop.now_us + takes_us, SYNC, machine.node, machine.life)

    def _emit(self, machine: Machine, effect: Emit, cause: int) -> None:
        seq = self.emit(effect.event, cause if effect.because is None else seq_of(effect.because))
        if effect.then:
            self.perform(machine, effect.then, seq)

    def _announce(self, machine: Machine, effect: Announce, cause: int) -> None:
        self.witness.announce(self, effect, cause)

    # What happens

    def _synced(self, item: Item) -> None:
        machine = self.machines.get(item[3])
        if machine is None or machine.life != item[4]:
            return  # The machine crashed while the disk was busy.
        if machine.state == PAUSED:
            # The disk stands still too: what nobody can have been told is not on it yet.
            machine.waiting.append((SYNCED, None, None))
        else:
            self._end_sync(machine)

    @property
    def restless(self) -> bool:
        """Whether a nemesis is at work."""
        return self.unrest is not None

    def set_nemesis(self, per_1000_s: int, faults: tuple[str, ...], seed: int, cause: int) -> None:
        """Let a nemesis loose; 0: call it off."""
        unrest.let_loose(self, per_1000_s, faults, seed, cause)

    def change_disk(
        self, machine: Machine, reason: str, change: Callable[[], tuple[str, ...]], cause: int
    ) -> None:
        """Change what is on a disk behind its program's back, and say so. change: does it, and returns the keys."""
        disks.changed(self, machine, reason, change, cause)

    def wake_disk(self, machine: Machine) -> None:
        """Let a disk begin its next fsync, if it can and anything waits for it."""
        if machine.state == UP:
            self._sync(machine)

    def _end_sync(self, machine: Machine) -> None:
        sick = machine.disk.sick
        if sick and disks.fsync_fails(self, machine):
            return
        for _, then, cause in machine.disk.end_sync():
            if then:
                self.acting = machine.node
                self.run(machine, then, cause)
        machine.disk.busy = False
        if sick:
            disks.written(self, machine)
        self._sync(machine)


SYNC = 2
_ACTIONS: tuple[Callable[[Host, Item], None], ...] = (
    mail.arrive,
    timers.time_out,
    Host._synced,
    unrest.strike,
)
_PERFORMERS: dict[type[Effect], Callable[[Host, Machine, Any, int], None]] = {
    Send: Host._send,
    Persist: Host._persist,
    SetTimer: timers.set_timer,
    CancelTimer: timers.cancel_timer,
    Emit: Host._emit,
    Announce: Host._announce,
    AddMachine: fleet.added,
    RemoveMachine: fleet.removed,
}
