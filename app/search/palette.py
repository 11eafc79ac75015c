"""The whole palette of faults, as an adversary uses it: drawn on the ground as it is, and ended after a while."""

from __future__ import annotations

from collections.abc import Callable

from app.faults import FAULTS
from app.faults.base import Fault
from app.faults.bit_rot import RotDisk
from app.faults.heal import EndFault
from app.faults.wipe import WipeDisk
from app.search.bench import Bench
from app.simulation.randomness import Stream
from app.vocabulary.base import Command

_BY_NAME = {fault.name: fault for fault in FAULTS}
TRIES = 4
FORGETFUL = frozenset({"wipe", "bit-rot"})
"""What costs a replica its memory: one at a time, as long as enough remember, see `Group.may_forget`."""


class Palette:
    """Begins random faults out of some, and ends them after `lasts()` microseconds. Never what is outside the model."""

    def __init__(
        self, bench: Bench, names: tuple[str, ...], chance: Stream, lasts: Callable[[], int]
    ) -> None:
        self._bench, self._chance, self._lasts = bench, chance, lasts
        self._faults = [_BY_NAME[name] for name in names]

    def strike(self) -> None:
        """Begin one, perhaps several of the same kind: a single message held is seldom enough."""
        fault = self._chance.pick(self._faults)
        again = 1 if fault.name in FORGETFUL else self._chance.pick((1, 1, 2, 4))
        for _ in range(again):
            self._begin(fault)

    def _begin(self, fault: Fault) -> None:
        ground = self._bench.ground
        assert fault.draw is not None, "see nemesis.DEFAULT"
        for _ in range(TRIES):
            command = fault.draw(ground, self._chance)
            if command is not None and fault.inside(ground, command) and self._bearable(command):
                before = self._endings(fault)
                if self._bench.take(command):
                    self._end_later(fault, before)
                return

    def _bearable(self, command: Command) -> bool:
        """Whether enough remember, if somebody is to forget."""
        if not isinstance(command, WipeDisk | RotDisk):
            return True
        return self._bench.group.may_forget(self._bench.ground, self._bench.steps, command.node)

    def _end_later(self, fault: Fault, before: list[Command]) -> None:
        for ending in self._endings(fault):
            if ending not in before:
                self._end(ending)

    def _end(self, ending: Command) -> None:
        def act() -> None:
            self._bench.take(ending)

        self._bench.later(self._lasts(), act)

    def _endings(self, fault: Fault) -> list[Command]:
        """The commands that end the instances of a fault that are in force."""
        ground = self._bench.ground
        if fault.endings is not None:
            return fault.endings(ground)
        return [EndFault(id_) for id_, trouble in ground.troubles.items() if trouble.fault == fault.name]
