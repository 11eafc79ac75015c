"""What the plug-ins say of every node for pods that claim the same: resources, host ports, and the Node object itself.

All arithmetic is in integers, so it is the plain plug-ins' to the last digit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.orchestration.objects.quantity import CPU, MEMORY, PODS
from app.orchestration.scheduler.framework import SCORE_MAX, Code, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.node_ports import REFUSAL as NO_PORT
from app.orchestration.scheduler.plugins.node_resources_balanced_allocation import balance
from app.orchestration.scheduler.profile import Profile
from app.orchestration.scheduler.vectorised.matrix import (
    CLAIMED,
    CROSSWISE,
    KINDS,
    LEFT,
    OFFERED,
    PARTS,
    SAFE,
    SIZE,
    SLOTS,
    WHOLE,
    Ints,
    Matrix,
)
from app.orchestration.scheduler.vectorised.statics import Statics

FIT, BALANCED, IMAGES, PORTS = (
    "NodeResourcesFit",
    "NodeResourcesBalancedAllocation",
    "ImageLocality",
    "NodePorts",
)
Totals = npt.NDArray[np.int32]
"""Weighted sums: at most seven plug-ins of weight 10,000."""

ALL_ZERO = {"TaintToleration": SCORE_MAX, "NodeAffinity": 0}
"""Normalised scores where all raw scores are 0."""

FAR = -(1 << 29)
"""Added to the total of a node that does not fit: so it stays below zero, whatever is added besides."""

NOTHING = np.zeros(1, np.int64)
CLOSED, TAKEN = -1, -2
"""`Table.lack` of a node that the statics refuse, and of one whose host ports are taken."""

FEW = 3
"""Up to so many nodes are judged one by one."""


class Table:
    """lack: bits of what there is too little of, or CLOSED, or TAKEN; open: 1 where it is 0. counts: nodes by `lack`.

    flips: nodes in the order in which they began or ceased to fit.
    totals: weighted sum of the scores that need no comparison between nodes; FAR where the pod does not fit.
    same: normalised scores of the plug-ins whose raw scores are all 0.
    fit, even: raw scores of NodeResourcesFit and BalancedAllocation. gap: ten nodes, and not many, are so near to the best.
    """

    outdated = False

    def __init__(self, matrix: Matrix, statics: Statics, profile: Profile, pod: PodInfo) -> None:
        self.matrix = matrix
        self.statics = statics
        self.pod = pod
        self.position = matrix.changes
        self.plugins: dict[str, Any] = profile.plugins
        filters = [one.name for one in profile.filters]
        self.weights = {one.name: profile.weights[one.name] for one in profile.scores}
        self.ports = pod.host_ports if PORTS in filters else ()
        self.fitting = FIT in filters
        even: Any = profile.plugins.get(BALANCED)
        skips = even is None or even.pre_score(statics.state, pod, matrix.snapshot, matrix.nodes) is not None
        self.balancing = BALANCED in self.weights and not skips
        self.columns = [one.name for one in statics.scores]
        self.columns += [BALANCED] * self.balancing + [FIT] * (FIT in self.weights)
        self.same = {name: score for name, score in ALL_ZERO.items() if name in statics.raws}
        matrix.admit(pod)
        self._read_claims()
        size = len(matrix.nodes)
        self.lack = np.zeros(size, np.int64)
        self.fit, self.even = np.zeros(size, np.int8), np.zeros(size, np.int8)
        self.open = np.ones(size, np.uint8)
        self.totals = np.full(size, FAR, np.int32)
        self.counts: dict[int, int] = {0: size}
        self.gap = 0
        self.flips: list[int] = []
        self._judge(np.arange(size), matrix.state)

    def _read_claims(self) -> None:
        matrix, pod = self.matrix, self.pod
        self.wants = [
            (name, matrix.resources.get(name, -1), amount)
            for name, amount in pod.requests.items()
            if self.fitting and not self.plugins[FIT].ignores(name)
        ]
        wide = 1 + len(matrix.resources)
        self.amounts, self.bits = np.full(wide, -SAFE, np.int64), np.zeros(wide, np.int64)
        self.nowhere = 0
        if self.fitting:
            self.amounts[0] = self.bits[0] = 1
        for bit, (_, row, amount) in enumerate(self.wants, 1):
            if row < 0:
                self.nowhere |= 1 << bit  # a resource that no node has is lacking everywhere
            else:
                self.amounts[1 + row], self.bits[1 + row] = min(amount, SAFE), 1 << bit
        self.amounts = self.amounts[:, np.newaxis]
        self._take_units()

    def _take_units(self) -> None:
        """What is added to the rows of `Matrix.state` up to CLAIMED when the pod comes."""
        pod, self.unit = self.pod, self.matrix.unit
        scored = [-min(SCORE_MAX * pod.scored.get(name, 0), SAFE) for name in (CPU, MEMORY)]
        requested = [
            min(pod.requests.get(name, 0), SAFE) // unit
            for name, unit in zip((CPU, MEMORY), self.unit, strict=True)
        ]
        self.claims = np.array([*scored, *requested], np.int64)[:, np.newaxis]

    def catch_up(self) -> None:
        """Judge again the nodes that changed."""
        self.statics.catch_up()
        matrix = self.matrix
        if self.position < matrix.changes:
            again = matrix.changed_since(self.position)
            self.position = matrix.changes
            if len(again) <= FEW:
                for place in again.tolist():
                    self._judge_one(place)
            else:
                self.judge(again)

    def _judge_one(self, place: int) -> None:
        """As `judge` for one node, by the plain plug-ins: quicker than arrays of one."""
        pod, node, statics, weights = self.pod, self.matrix.nodes[place], self.statics, self.weights
        total = 0
        if FIT in weights:
            fit = self.fit[place] = self.plugins[FIT].score(statics.state, pod, node)
            total += weights[FIT] * fit
        if self.balancing:
            even = self.even[place] = self.plugins[BALANCED].score(statics.state, pod, node)
            total += weights[BALANCED] * even
        if IMAGES in statics.raws:
            total += weights[IMAGES] * int(statics.raws[IMAGES][place])
        lack = self._lack_of(place, node)
        self.totals[place] = FAR if lack else total
        old = int(self.lack[place])
        if old != lack:
            self._move(place, old, lack)
            self.lack[place], self.open[place] = lack, not lack

    def _lack_of(self, place: int, node: NodeInfo) -> int:
        if self.statics.closed[place]:
            return CLOSED
        if self._taken(node):
            return TAKEN
        if not self.fitting:
            return 0
        lack = int(len(node.pods) >= node.allocatable.get(PODS, 0))
        for bit, (resource, _, amount) in enumerate(self.wants, 1):
            if amount > node.allocatable.get(resource, 0) - node.requested.get(resource, 0):
                lack |= 1 << bit
        return lack

    def _taken(self, node: NodeInfo) -> bool:
        return bool(self.ports) and self.plugins[PORTS].filter(self.statics.state, self.pod, node) is not None

    def _move(self, place: int, old: int, new: int) -> None:
        if not old or not new:
            self.flips.append(place)
        self.counts[old] -= 1
        self.counts[new] = self.counts.get(new, 0) + 1

    def judge(self, at: Ints) -> None:
        """Write down the verdicts of these nodes."""
        self._judge(at, self.matrix.state.take(at, axis=1))

    def _judge(self, at: Ints, state: Ints) -> None:
        totals = self._totals(at, state)
        short = state[SLOTS:] < self.amounts
        choosy = self.nowhere or self.ports or self.statics.refusals
        if choosy or self.counts[0] < len(self.lack) or np.count_nonzero(short):
            lack = self._lacking(at, short)
            self._mark(at, lack)
            totals[lack != 0] = FAR
        self.totals[at] = totals

    def _mark(self, at: Ints, lack: Ints) -> None:
        """Write down what is lacking, and which nodes began or ceased to fit."""
        before = self.lack.take(at)
        moved = before != lack
        if np.count_nonzero(moved):
            for place, old, new in zip(
                at[moved].tolist(), before[moved].tolist(), lack[moved].tolist(), strict=True
            ):
                self._move(place, old, new)
            self.lack[at] = lack
            self.open[at] = lack == 0

    def _lacking(self, at: Ints, short: npt.NDArray[np.bool_]) -> Ints:
        lack: Ints = self.bits @ short
        lack |= self.nowhere
        if self.ports:
            for n in np.flatnonzero(self._in_use(at)).tolist():
                if self._taken(self.matrix.nodes[at[n]]):
                    lack[n] = TAKEN
        if self.statics.refusals:
            lack[self.statics.closed[at]] = CLOSED
        return lack

    def _in_use(self, at: Ints) -> npt.NDArray[np.bool_]:
        """Where somebody has, or had, one of the host ports at whatever address."""
        found = np.zeros(len(at), np.bool_)
        for _, protocol, port in self.ports:
            users = self.matrix.users.get((protocol, port))
            if users is not None:
                found |= users[at]
        return found

    def _totals(self, at: Ints, state: Ints) -> Ints:
        weights, totals = self.weights, NOTHING
        if self.unit != self.matrix.unit:
            self._take_units()
        claimed = state[: CLAIMED + 2] + self.claims
        if FIT in weights:
            fit = self.fit[at] = self._least(claimed, state)
            totals = fit if weights[FIT] == 1 else weights[FIT] * fit
        if self.balancing:
            even = self.even[at] = self._even(claimed, state)
            totals = totals + (even if weights[BALANCED] == 1 else weights[BALANCED] * even)
        if IMAGES in self.statics.raws:
            totals = totals + weights[IMAGES] * self.statics.raws[IMAGES][at]
        return totals if len(totals) == len(at) else totals.repeat(len(at))

    def _least(self, claimed: Ints, state: Ints) -> Ints:
        """`strategies.least_allocated` of cpu and memory with weight 1 each."""
        shares = claimed[LEFT : LEFT + 2] // state[OFFERED : OFFERED + 2]
        np.maximum(shares, 0, out=shares)
        total: Ints = shares[0] + shares[1]
        total //= state[KINDS]
        return total

    def _even(self, claimed: Ints, state: Ints) -> Ints:
        """`balance` of the shares of cpu and memory: |a / A - b / B| / 2 is |a * B - b * A| / (2 * A * B)."""
        size, both = state[SIZE : SIZE + 2], claimed[CLAIMED : CLAIMED + 2]
        np.minimum(both, size, out=both)
        if not self.matrix.exact:
            shares = zip(both.T.tolist(), size.T.tolist(), strict=True)
            return np.array(
                [balance([(x, y) for x, y in zip(p, q, strict=True) if y]) for p, q in shares], np.int64
            )
        both *= state[CROSSWISE : CROSSWISE + 2]
        spread: Ints = both[0] - both[1]
        np.abs(spread, out=spread)
        spread *= -SCORE_MAX
        spread += state[PARTS]
        spread //= state[WHOLE]
        return spread

    def words(self, lack: int) -> tuple[str, ...]:
        """Kubernetes' words for the bits of `lack`."""
        wanting = [
            f"Insufficient {name}" for bit, (name, _, _) in enumerate(self.wants, 1) if lack >> bit & 1
        ]
        return ("Too many pods", *wanting) if lack & 1 else tuple(wanting)

    def said(self, lack: int) -> Status | None:
        """The refusal of these bits; None if there is none, or the statics know it."""
        if lack == TAKEN:
            return Status(NO_PORT.code, NO_PORT.reasons, PORTS)
        return Status(Code.UNSCHEDULABLE, self.words(lack), FIT) if lack > 0 else None

    def status(self, place: int) -> Status | None:
        """Why the pod does not fit there, other pods' affinity and spreading aside."""
        return self.statics.refused[place] or self.said(int(self.lack[place]))
