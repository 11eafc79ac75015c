"""The nodes by the values of a label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.orchestration.scheduler.node_info import NodeInfo


class Topology:
    """Values are numbered as they first appear. codes: of each node; `missing`, the number after the last, if none."""

    def __init__(self, key: str, nodes: Sequence[NodeInfo]) -> None:
        self.key = key
        self.values: dict[str, int] = {}
        found = [node.labels.get(key) for node in nodes]
        for value in found:
            if value is not None:
                self.values.setdefault(value, len(self.values))
        self.missing = len(self.values)
        self.codes = np.array(
            [self.missing if value is None else self.values[value] for value in found], np.int64
        )
