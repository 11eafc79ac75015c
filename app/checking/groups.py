"""Who may vote where, as the log tells it: the checkers' own arithmetic of quorums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.checking.verdict import Verdict
from app.vocabulary.ids import NodeId

KEEP_GROUPS = 256


class Group:
    """A configuration: node -> incarnation of its members, the sizes of its quorums, and the slot it begins at."""

    __slots__ = ("from_slot", "members", "q1", "q2")

    def __init__(self, members: Mapping[NodeId, int], q1: int, q2: int, from_slot: int) -> None:
        self.members = dict(members)
        self.q1, self.q2 = q1, q2
        self.from_slot = from_slot


class Groups:
    """The configurations of a run (the latest `KEEP_GROUPS`), and which incarnation each machine is.

    Without any in the log, a majority of the storage machines that are not spare.
    """

    def __init__(self) -> None:
        self.groups = [Group({}, 1, 1, 1)]
        self.incarnations: dict[NodeId, int] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "run-started": self._on_run_started,
            "configuration-in-force": self._on_in_force,
            "configuration-chosen": self._on_chosen,
            "replica-rejoined": self._on_rejoined,
        }

    def _on_run_started(self, seq: int, event: Any) -> list[Verdict]:
        nodes = [
            machine.node for machine in event.machines if machine.role == "storage" and not machine.spare
        ]
        majority = len(nodes) // 2 + 1
        self.groups = [Group(dict.fromkeys(nodes, 0), majority, majority, 1)]
        return []

    def _on_in_force(self, seq: int, event: Any) -> list[Verdict]:
        if event.number == 0:
            self.groups = []
            return self._on_chosen(seq, event)
        return []

    def _on_chosen(self, seq: int, event: Any) -> list[Verdict]:
        members = dict(zip(event.members, event.incarnations, strict=True))
        self.groups.append(Group(members, event.q1, event.q2, event.from_slot))
        del self.groups[:-KEEP_GROUPS]
        return []

    def _on_rejoined(self, seq: int, event: Any) -> list[Verdict]:
        self.incarnations[event.node] = event.incarnation
        return []

    def at(self, slot: int) -> Group:
        """The group of a slot."""
        for group in reversed(self.groups):
            if group.from_slot <= slot:
                return group
        return self.groups[0]

    def may_vote(self, node: NodeId, group: Group) -> bool:
        """Whether a machine is a member, as the acceptor it is now."""
        return group.members.get(node, -1) == self.incarnations.get(node, 0)

    def count(self, nodes: Iterable[NodeId], group: Group) -> int:
        """How many of these machines are members, as the acceptors they are now."""
        return sum(1 for node in nodes if self.may_vote(node, group))
