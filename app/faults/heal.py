"""The ends of faults: one by its id, those of the network, and all of them."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground, over
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import HealNetwork


class EndFault(Command, frozen=True, tag="end-fault"):
    """End one fault by its id, e.g. `slow-disk:s1`.

    fault: the id of an entity "fault".
    """

    fault: str


class HealEverything(Command, frozen=True, tag="heal-everything"):
    """End every fault in force: restart, resume, reconnect, release, repair; and let the nemesis rest."""


class Healer:
    """What ends faults of a registry.

    faults: in the order in which they are healed, after all that `EndFault` ends.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = {fault.name: fault for fault in faults}
        self._ends = {
            act.command: act for fault in faults for act in (fault.begin, fault.end) if act is not None
        }

    def check_end(self, ground: Ground, command: EndFault) -> Refused | None:
        """There must be one of that id."""
        if command.fault in ground.troubles:
            return None
        allowed = ", ".join(list(ground.troubles)[:24]) or "none"
        return Refused("unknown-fault", {"fault": command.fault[:64], "allowed": allowed})

    def end(self, ground: Ground, command: EndFault, cause: int) -> None:
        trouble = ground.troubles[command.fault]
        undo = self.faults[trouble.fault].undo
        assert undo is not None, f"{trouble.fault} lasts, so it must know how to end"
        undo(ground, trouble, over(ground, trouble.id, cause))

    def endings(self, ground: Ground, network_only: bool = False) -> list[Command]:
        """The commands that together end every fault in force, in the order in which they should be given."""
        ends: list[Command] = [
            EndFault(id_)
            for id_, trouble in ground.troubles.items()
            if self.faults[trouble.fault].network or not network_only
        ]
        for fault in self.faults.values():
            if fault.endings is not None and (fault.network or not network_only):
                ends += fault.endings(ground)
        return ends

    def perform(self, ground: Ground, command: Command, cause: int) -> None:
        """Do what one of `endings` asks for, unless an earlier one has done it already."""
        if type(command) is EndFault:
            if command.fault in ground.troubles:
                self.end(ground, command, cause)
            return
        act = self._ends[type(command)]
        if act.check(ground, command) is None:
            act.perform(ground, command, cause)

    def check_network(self, ground: Ground, command: HealNetwork) -> Refused | None:
        return None if self.endings(ground, network_only=True) else Refused("nothing-to-heal", {})

    def heal_network(self, ground: Ground, command: HealNetwork, cause: int) -> None:
        for ending in self.endings(ground, network_only=True):
            self.perform(ground, ending, cause)

    def check_everything(self, ground: Ground, command: HealEverything) -> Refused | None:
        return None if self.endings(ground) or ground.restless else Refused("all-healthy", {})

    def heal_everything(self, ground: Ground, command: HealEverything, cause: int) -> None:
        if ground.restless:
            ground.set_nemesis(0, (), 0, cause)
        self.heal_all(ground, cause)

    def heal_all(self, ground: Ground, cause: int) -> None:
        """End every fault, whoever begins the next one."""
        for ending in self.endings(ground):
            self.perform(ground, ending, cause)

    def acts(self) -> tuple[Act, ...]:
        """The commands of healing."""
        return (
            Act(EndFault, self.check_end, self.end),
            Act(HealNetwork, self.check_network, self.heal_network),
            Act(HealEverything, self.check_everything, self.heal_everything),
        )
