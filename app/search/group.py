"""Who may vote as the log goes, and how many of them may forget: no adversary may ask more of a protocol than its model.

A replica that lost its disk comes back as another acceptor if enough of the others remember. In a group of two nobody may
forget, and who is in the group is known only to those who applied its latest change: so it depends on what was added and
removed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.consensus.commands import RemoveReplica
from app.faults.base import Ground, of_role
from app.faults.memory import whole
from app.search.execute import Timed
from app.simulation.machine import UP
from app.vocabulary.ids import NodeId

LEAST = 3
"""Members of the smallest group in which one may forget and the others still agree."""


class Group:
    """Follows the log's configurations.

    held: the events of those that may govern an open slot, in their order: each has number, members, incarnations, q1, q2.
    """

    def __init__(self) -> None:
        self.held: list[Any] = []
        self.folds: dict[str, Callable[[int, Any], None]] = {
            "configuration-chosen": self._on_chosen,
            "configuration-in-force": self._on_in_force,
        }

    def _on_chosen(self, at_us: int, event: Any) -> None:
        self.held.append(event)

    def _on_in_force(self, at_us: int, event: Any) -> None:
        self.held = [event, *(one for one in self.held if one.number > event.number)]

    # What an adversary may do

    def may_forget(self, ground: Ground, steps: list[Timed], node: NodeId) -> bool:
        """Whether the others remember enough to go on without that one, and always will, whatever was asked for already."""
        for one in self.held:
            seats = zip(one.members, one.incarnations, strict=True)
            left = sum(1 for name, place in seats if name != node and self._remembers(ground, name, place))
            if left < max(one.q1, one.q2):
                return False
        if self._may_go(steps) and self._least(steps) < LEAST:
            return False
        return not _removals(steps) or self._all_know(ground, node)

    def may_remove(self, ground: Ground, steps: list[Timed]) -> bool:
        """Whether the group may become smaller by one: while one has forgotten, not to less than `LEAST`."""
        return all(whole(ground, node) for node in of_role(ground, "storage")) or self._least(steps) > LEAST

    def _may_go(self, steps: list[Timed]) -> list[NodeId]:
        """Who has a seat and was asked to be removed at any time: perhaps that is on its way still."""
        members = self.held[-1].members if self.held else ()
        return [node for node in members if node in _removals(steps)]

    def _least(self, steps: list[Timed]) -> int:
        """How many members are left when all have gone who may go."""
        return len(self.held[-1].members) - len(self._may_go(steps)) if self.held else 0

    def _all_know(self, ground: Ground, node: NodeId) -> bool:
        """Every other member has on its disk that the latest configuration is in force: no earlier one is asked again."""
        if len(self.held) != 1:
            return False
        [current] = self.held
        disks = [ground.machines[name].disk.content for name in current.members if name != node]
        return all(ground.rules.spec.number_on(disk) >= current.number for disk in disks)

    def _remembers(self, ground: Ground, node: NodeId, incarnation: int) -> bool:
        return (
            whole(ground, node)
            and ground.rules.spec.seat_on(ground.machines[node].disk.content) == incarnation
        )

    # What a protocol must not do

    def outsiders(self, ground: Ground) -> list[tuple[NodeId, int]]:
        """Replicas that run and are well, each with the incarnation of its seat, which was given to another life of the
        machine: they never vote again, and nothing tells them."""
        seats = dict(zip(self.held[-1].members, self.held[-1].incarnations, strict=True)) if self.held else {}
        found = []
        for node, incarnation in seats.items():
            machine = ground.machines[node]
            membership = getattr(getattr(machine.process, "replica", None), "membership", None)
            if machine.state == UP and membership is not None and not membership.blank:
                if membership.incarnation < incarnation:
                    found.append((node, incarnation))
        return found


def _removals(steps: list[Timed]) -> list[NodeId]:
    return [step.command.node for step in steps if isinstance(step.command, RemoveReplica)]
