"""Filter: two pods cannot have the same port of a node."""

from __future__ import annotations

from app.orchestration.scheduler.framework import (
    ASSIGNED_POD,
    NODE,
    SKIP,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
)
from app.orchestration.scheduler.node_info import ANY_IP, NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known
from app.orchestration.scheduler.snapshot import Snapshot

REFUSAL = Status(Code.UNSCHEDULABLE, ("node(s) didn't have free ports for the requested pod ports",))


class NodePorts:
    """A host port is taken per protocol and host address; 0.0.0.0 means all addresses.

    Source: pkg/scheduler/framework/plugins/nodeports/node_ports.go; framework/types.go, HostPortInfo.CheckConflict.
    """

    name = "NodePorts"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def pre_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot
    ) -> tuple[frozenset[str] | None, Status | None]:
        return None, None if pod.host_ports else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        for ip, protocol, port in pod.host_ports:
            users = node.ports.get((protocol, port))
            if users and (ip == ANY_IP or ip in users or ANY_IP in users):
                return REFUSAL
        return None

    def events(self) -> tuple[HintedEvent, ...]:
        return (HintedEvent(ASSIGNED_POD, Action.DELETE, _after_deletion), HintedEvent(NODE, Action.ADD))


def _after_deletion(pod: PodInfo, old: PodInfo, new: PodInfo | None) -> Hint:
    """Worth a try if the pod that went had a port that this one wants."""
    for ip, protocol, port in pod.host_ports:
        for other_ip, other_protocol, other_port in old.host_ports:
            same = (protocol, port) == (other_protocol, other_port)
            if same and (ip == other_ip or ANY_IP in (ip, other_ip)):
                return Hint.QUEUE
    return Hint.SKIP
