"""Nodes that are kept for other pods: what the filters say of them, counting in the pods nominated there."""

from __future__ import annotations

from functools import cached_property

from app.orchestration.scheduler.framework import Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.profile import Runner
from app.orchestration.scheduler.vectorised.case import Case
from app.orchestration.scheduler.vectorised.scratch import Scratch


class Cycle:
    """One cycle over a case that is up to date.

    ahead:   by place, the pods of no lower priority that are nominated there.
    crowded: by place, the refusals of such nodes.
    """

    def __init__(self, case: Case, pod: PodInfo, runner: Runner) -> None:
        self.case = case
        self.pod = pod
        self.runner = runner
        self.ahead: dict[int, tuple[PodInfo, ...]] = {}
        self.crowded: dict[int, Status] = {}
        if runner.nominator.on_node:
            self._look()

    @cached_property
    def scratch(self) -> Scratch:
        """For filters over single nodes."""
        return Scratch(self.case)

    def _look(self) -> None:
        where, pod = self.case.table.matrix.where, self.pod
        for name, others in self.runner.nominator.on_node.items():
            ahead = tuple(
                [one for one in others.values() if one.priority >= pod.priority and one.key != pod.key]
            )
            place = where.get(name)
            if ahead and place is not None:
                self.ahead[place] = ahead
                status = self._status(place, ahead)
                if status is not None:
                    self.crowded[place] = status

    def _status(self, place: int, ahead: tuple[PodInfo, ...]) -> Status | None:
        """What the filters say; asked again only if something changed that they look at."""
        case = self.case
        node = case.table.matrix.nodes[place]
        known = case.crowds.get(place)
        found = None
        if known is not None and known[0] == node.generation and known[1] == ahead:
            if not case.tied and not known[2]:
                return known[3]
            found = self.scratch.at(place)
            if found[1] == known[2]:
                return known[3]
        state, signature = found or self.scratch.at(place)
        status = self.runner.filter_with_nominated(state, self.pod, node)
        case.crowds[place] = node.generation, ahead, signature, status
        return status
