"""Score: prefer nodes that have the pod's images already."""

from __future__ import annotations

from collections.abc import Sequence

from app.orchestration.scheduler.framework import SCORE_MAX, SKIP, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known
from app.orchestration.scheduler.snapshot import Snapshot

MIN_BYTES = 23 << 20
MAX_BYTES_PER_CONTAINER = 1000 << 20


class ImageLocality:
    """Bytes of the pod's images that the node has, each times the share of nodes that have it, so that no node is swamped.

    Scaled from 23 MiB (0) to 1000 MiB per container (100). Images that no node reports are nowhere: no score.

    Source: pkg/scheduler/framework/plugins/imagelocality/image_locality.go.
    """

    name = "ImageLocality"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def pre_score(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]
    ) -> Status | None:
        """Notes how much each of the pod's images is worth. Where no node has any of them, every score would be 0: skip."""
        worth: list[tuple[str, int]] = []
        for image in pod.images:
            name = normalised_name(image)
            known_state = snapshot.images.get(name)
            if known_state is not None:
                number, size = known_state
                worth.append((name, size * number // len(snapshot.nodes)))
        if not worth:
            return SKIP
        state.data[self.name] = tuple(worth)
        return None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        worth: tuple[tuple[str, int], ...] = state.data.get(self.name, ())
        if not node.images or not worth:
            return 0
        total = sum(amount for name, amount in worth if name in node.images)
        highest = MAX_BYTES_PER_CONTAINER * len(pod.images)
        return SCORE_MAX * (min(max(total, MIN_BYTES), highest) - MIN_BYTES) // (highest - MIN_BYTES)


def normalised_name(name: str) -> str:
    """The image's name with a tag: "latest" if it has none."""
    return name if name.rfind(":") > name.rfind("/") else f"{name}:latest"
