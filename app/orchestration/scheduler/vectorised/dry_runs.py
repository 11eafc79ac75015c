"""Preemption in arrays: which nodes the pod would fit on if all pods of lower priority left them, and who has to leave.

Where nothing but resources stands in the way, the victims are found by sums; elsewhere by the plain dry run. Either is
remembered until the node, or what the filters look at beside it, changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from app.orchestration.objects.quantity import PODS
from app.orchestration.scheduler.decision import count_reasons
from app.orchestration.scheduler.framework import Code, Nomination, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.default_preemption import DefaultPreemption, offset_of
from app.orchestration.scheduler.preemption import (
    NO_VICTIMS,
    Candidate,
    candidate,
    gather,
    homecoming,
    ineligible,
    protects,
    select_victims,
)
from app.orchestration.scheduler.vectorised.case import Verdict
from app.orchestration.scheduler.vectorised.explain import from_start, said_at
from app.orchestration.scheduler.vectorised.matrix import SLOTS, Ints
from app.orchestration.scheduler.vectorised.narrow import LEFT_OUT
from app.orchestration.scheduler.vectorised.nominated import Cycle
from app.orchestration.scheduler.vectorised.refusals import HOPELESS
from app.orchestration.scheduler.vectorised.table import Table

Outcome = Candidate | Status
Known = tuple[int, Any, Any, bool, Outcome]
"""(generation of the node, pods nominated there, signature of the scratch, whether a budget means a pod, outcome)."""

Mask = npt.NDArray[np.bool_]


class Room:
    """What dry runs found, by place, for pods of one kind and priority. budgets: as they were then."""

    def __init__(self) -> None:
        self.known: dict[int, Known] = {}
        self.budgets: tuple[Any, ...] = ()

    def renew(self, budgets: tuple[Any, ...]) -> None:
        """Forget what the budgets decided otherwise."""
        if budgets is self.budgets or budgets == self.budgets:
            return
        if [_meaning(one) for one in budgets] == [_meaning(one) for one in self.budgets]:
            self.known = {place: known for place, known in self.known.items() if not known[3]}
        else:
            self.known.clear()
        self.budgets = budgets


def _meaning(budget: Any) -> tuple[Any, ...]:
    """Which pods it protects."""
    return budget.metadata.namespace, budget.spec.selector


class DryRuns:
    """Of one cycle that found no node. worth: where it may help that pods leave."""

    def __init__(self, cycle: Cycle, verdict: Verdict, room: Room) -> None:
        self.cycle = cycle
        self.pod = cycle.pod
        self.table: Table = verdict.table
        self.matrix = verdict.table.matrix
        self.verdict = verdict
        self.room = room
        self.simple = self.table.fitting and not self.table.ports
        self.tied = cycle.case.tied
        self.budgets = self.matrix.snapshot.budgets

    def post_filter(self, plugin: DefaultPreemption) -> tuple[Nomination | None, str]:
        """What the plug-in would say."""
        pod, snapshot = self.pod, self.matrix.snapshot
        reason = ineligible(pod, snapshot, self._said_of_nominated())
        if reason:
            return None, plugin.refusal(reason).reasons[0]
        places = np.flatnonzero(self._worth())
        found, reasons = self._try(places, plugin)
        nomination, status = plugin.answer(pod, found, reasons, len(places), len(snapshot.nodes))
        return nomination, "" if status is None else ", ".join(status.reasons)

    def _said_of_nominated(self) -> Status | None:
        there, only = self.matrix.where.get(self.pod.nominated), self.verdict.only
        if there is None:
            return None
        return said_at(self.verdict, there) if only in (None, there) else LEFT_OUT

    def _worth(self) -> Mask:
        verdict, table = self.verdict, self.table
        worth: Mask = ~table.statics.closed
        if verdict.codes is not None:
            worth &= ~(HOPELESS[verdict.codes] & (table.open > 0))
        for place, status in verdict.crowded.items():
            worth[place] = status.code is not Code.UNRESOLVABLE
        if verdict.only is not None:
            only = worth[verdict.only]
            worth[:] = False
            worth[verdict.only] = only
        return worth

    def _try(self, places: Ints, plugin: DefaultPreemption) -> tuple[list[Candidate], dict[str, int]]:
        """(candidates, or, if there are none, how many nodes each reason ruled out)."""
        matrix, priority = self.matrix, self.pod.priority
        if min(matrix.cache.priorities, default=priority) >= priority:
            return [], {NO_VICTIMS: len(places)} if len(places) else {}
        self.room.renew(self.budgets)
        freed = matrix.below(priority).freed
        short = (matrix.state[SLOTS:] + freed).take(places, axis=1) < self.table.amounts
        inhabited = freed[0].take(places) > 0
        asked = self._special(places)
        hopeful = inhabited & (asked | ~(short.any(axis=0) | (self.table.nowhere != 0)))
        turned = from_start(np.flatnonzero(hopeful), offset_of(self.pod, len(places)))
        refused: list[Status] = []
        found = gather(self._outcomes(places[turned], asked[turned], refused), plugin.wanted(places))
        if found:
            return found, {}
        reasons = count_reasons(refused)
        empty = len(places) - int(np.count_nonzero(inhabited))
        if empty:
            reasons[NO_VICTIMS] = reasons.get(NO_VICTIMS, 0) + empty
        self._count(reasons, short[:, inhabited & ~hopeful])
        return [], reasons

    def _special(self, places: Ints) -> Mask:
        """Where the plain filters have to be asked."""
        if not self.simple:
            return np.ones(len(places), np.bool_)
        asked = np.zeros(len(self.matrix.nodes), np.bool_)
        asked[list(self.cycle.ahead)] = True
        return asked.take(places)

    def _count(self, reasons: dict[str, int], short: Mask) -> None:
        """Add the nodes where there is too little even if all of lower priority leave."""
        lacks, numbers = np.unique(self.table.bits @ short | self.table.nowhere, return_counts=True)
        for lack, number in zip(lacks.tolist(), numbers.tolist(), strict=True):
            for reason in self.table.words(lack):
                reasons[reason] = reasons.get(reason, 0) + number

    def _outcomes(self, places: Ints, asked: Mask, refused: list[Status]) -> Iterator[Outcome]:
        nodes, known, ahead = self.matrix.nodes, self.room.known, self.cycle.ahead
        tied, scratch = self.tied, self.cycle.scratch
        for place, special in zip(places.tolist(), asked.tolist(), strict=True):
            node, others = nodes[place], ahead.get(place)
            state, signature = scratch.at(place) if tied else (None, None)
            found = known.get(place)
            if found is None or found[0] != node.generation or found[1] != others or found[2] != signature:
                if special or tied:
                    state = state or scratch.at(place)[0]
                    outcome = select_victims(state, self.pod, node.clone(), self.budgets, self.cycle.runner)
                else:
                    outcome = self._by_sums(node)
                found = node.generation, others, signature, self._guarded(node), outcome
                known[place] = found
            if isinstance(found[4], Status):
                refused.append(found[4])
            yield found[4]

    def _guarded(self, node: NodeInfo) -> bool:
        """Whether a budget means a pod of lower priority there."""
        priority = self.pod.priority
        return bool(self.budgets) and any(
            protects(budget, other)
            for other in node.pods.values()
            if other.priority < priority
            for budget in self.budgets
        )

    def _by_sums(self, node: NodeInfo) -> Candidate:
        """As `preemption.select_victims`, where the pod fits as soon as there is enough of everything."""
        pod = self.pod
        lower = [other for other in node.pods.values() if other.priority < pod.priority]
        order, breaking = homecoming(lower, self.budgets)
        slots = node.allocatable.get(PODS, 0) - len(node.pods) + len(lower) - 1
        names = [name for name, _, _ in self.table.wants]
        free = [
            node.allocatable.get(name, 0)
            - node.requested.get(name, 0)
            - amount
            + sum([other.requests.get(name, 0) for other in lower])
            for name, _, amount in self.table.wants
        ]
        victims: list[PodInfo] = []
        for other in order:
            requests = other.requests
            left = [have - requests.get(name, 0) for name, have in zip(names, free, strict=True)]
            if slots < 1 or (left and min(left) < 0):
                victims.append(other)
            else:
                slots, free = slots - 1, left
        return candidate(node.name, victims, breaking)
