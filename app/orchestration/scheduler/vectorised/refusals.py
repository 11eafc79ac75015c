"""Why nodes are refused for the pods that are there: the part of the filters that goes by the values of node labels.

A refusal is a small number; where several plug-ins refuse a node, the greatest is of the one that is asked first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.framework import Code, Status
from app.orchestration.scheduler.plugins.inter_pod_affinity import DISTURBS, NOT_APART, NOT_TOGETHER
from app.orchestration.scheduler.plugins.pod_topology_spread import NO_LABEL, NOT_SPREAD
from app.orchestration.scheduler.vectorised.matrix import Matrix

Codes = npt.NDArray[np.uint8]

SPREAD, AFFINITY = "PodTopologySpread", "InterPodAffinity"
AGAINST, APART, TOGETHER, SKEWED = 1, 2, 3, 4
"""Numbers of refusals. From SKEWED on, two for each hard constraint, the last first: its skew, its label missing."""

SAID = (
    Status(Code.UNSCHEDULABLE, (DISTURBS,), AFFINITY),
    Status(Code.UNSCHEDULABLE, (NOT_APART,), AFFINITY),
    Status(Code.UNRESOLVABLE, (NOT_TOGETHER,), AFFINITY),
    Status(Code.UNSCHEDULABLE, (NOT_SPREAD,), SPREAD),
    Status(Code.UNRESOLVABLE, (NO_LABEL,), SPREAD),
)

HOPELESS = np.zeros(256, np.bool_)
"""By number: whether nobody's leaving helps."""
HOPELESS[[TOGETHER, *range(SKEWED + 1, len(HOPELESS), 2)]] = True


def status_of(code: int) -> Status:
    """What the plug-in says."""
    return SAID[code - 1 if code < SKEWED else 3 + (code - SKEWED) % 2]


class Refusals:
    """By label and value of it, the last entry for nodes without the label."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.by_key: dict[str, Codes] = {}

    def of(self, key: str) -> Codes:
        """To be raised, never lowered."""
        found = self.by_key.get(key)
        if found is None:
            found = self.by_key[key] = np.zeros(self.matrix.topology(key).missing + 1, np.uint8)
        return found

    def by_node(self) -> Codes | None:
        """The gravest of each node, 0 where there is none; None where there is none anywhere."""
        codes: Codes | None = None
        for key, by_value in self.by_key.items():
            if by_value.any():
                mine = by_value.take(self.matrix.topology(key).codes)
                codes = mine if codes is None else np.maximum(codes, mine)
        return codes
