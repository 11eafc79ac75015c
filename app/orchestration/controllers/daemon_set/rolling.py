"""Which pods a DaemonSet replaces now in a rolling update. Pure.

Source: kubernetes/kubernetes, pkg/controller/daemon/update.go (rollingUpdate,
findUpdatedPodsOnNode, updatedDesiredNodeCounts).
"""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.controllers.deployment.fences import scaled_value
from app.orchestration.objects.daemon_set import DaemonSetUpdateStrategy


class OnNode(Struct, frozen=True):
    """The pods of a node: keys of the one of the old template and of the one of the new. available: ready for long enough.

    old_terminating: the old one is about to stop.
    """

    node: str
    old: str = ""
    new: str = ""
    old_available: bool = False
    new_available: bool = False
    old_terminating: bool = False


def limits(strategy: DaemonSetUpdateStrategy, desired: int) -> tuple[int, int]:
    """(surge, unavailable) in pods; both round up, and one of them is at least 1."""
    rolling = strategy.rolling_update
    if rolling is None:
        return 0, 1
    surge = scaled_value(rolling.max_surge, desired, round_up=True)
    unavailable = scaled_value(rolling.max_unavailable, desired, round_up=True)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def replacements(nodes: list[OnNode], surge: int, unavailable: int) -> tuple[list[str], list[str]]:
    """(keys of old pods to delete, nodes on which to start a new pod beside the old one)."""
    return ([], []) if not nodes else _surging(nodes, surge) if surge else (_in_place(nodes, unavailable), [])


def _in_place(nodes: list[OnNode], most: int) -> list[str]:
    """Old pods that do not work may go at once; of the others so many as may be unavailable."""
    missing, broken, candidates = 0, list[str](), list[str]()
    for it in nodes:
        if it.new:
            missing += not it.new_available
        elif not it.old or it.old_terminating:
            missing += 1
        elif not it.old_available:
            missing += 1
            broken.append(it.old)
        else:
            candidates.append(it.old)
    return [*broken, *candidates[: max(0, most - missing)]]


def _surging(nodes: list[OnNode], most: int) -> tuple[list[str], list[str]]:
    """New pods are started beside the old ones, which go when the new ones work."""
    rising, gone, broken, candidates = 0, list[str](), list[str](), list[str]()
    for it in nodes:
        if not it.old or it.old_terminating:
            continue
        if it.new:
            if it.new_available:
                gone.append(it.old)
            else:
                rising += 1
        elif it.old_available:
            candidates.append(it.node)
        else:
            broken.append(it.node)
    return gone, [*broken, *candidates[: max(0, most - rising)]]
