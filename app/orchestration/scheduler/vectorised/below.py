"""What would be free of a node if all pods below a priority left it, kept up to date pod by pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.node_info import NodeInfo, PodInfo


class Below:
    """freed: by row, as `Matrix.state` from SLOTS on (pods, then every resource), and by node."""

    def __init__(self, nodes: Sequence[NodeInfo], resources: Mapping[str, int], priority: int) -> None:
        self.resources = resources
        self.priority = priority
        rows = [[0] * len(nodes) for _ in range(1 + len(resources))]
        for at, node in enumerate(nodes):
            for pod in node.pods.values():
                if pod.priority < priority:
                    rows[0][at] += 1
                    for name, amount in pod.requests.items():
                        row = resources.get(name)
                        if row is not None:
                            rows[1 + row][at] += amount
        self.freed: npt.NDArray[np.int64] = np.array(rows, np.int64)

    def note(self, at: int, pod: PodInfo, delta: int) -> None:
        """A pod came to a node or left it."""
        if pod.priority >= self.priority:
            return
        self.freed[0, at] += delta
        for name, amount in pod.requests.items():
            row = self.resources.get(name)
            if row is not None:
                self.freed[1 + row, at] += delta * amount
