"""Nodes and pods in few words, for the scheduler's tables."""

from __future__ import annotations

from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import Node, NodeSpec, NodeStatus, Taint
from app.orchestration.objects.pod import Container, Pod, PodSpec, Resources, Toleration
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info


def node_object(
    name: str = "n",
    cpu: int = 4_000,
    memory: int = 10_000,
    taints: tuple[Taint, ...] = (),
    cordoned: bool = False,
    **more: int,
) -> Node:
    """cpu in milli, memory in bytes; more: other resources."""
    offered = {
        "cpu": f"{cpu}m",
        "memory": str(memory),
        "pods": "110",
        **{key: str(n) for key, n in more.items()},
    }
    return Node(ObjectMeta(name), NodeSpec(cordoned, taints), NodeStatus(offered))


def node(*args, **kwargs) -> NodeInfo:
    return NodeInfo(node_object(*args, **kwargs))


def pod_object(
    cpu: int | None = None,
    memory: int | None = None,
    name: str = "p",
    tolerations: tuple[Toleration, ...] = (),
    on: str = "",
    priority: int = 0,
    **more: int,
) -> Pod:
    """None leaves a request out."""
    requests = {key: str(n) for key, n in more.items()}
    if cpu is not None:
        requests["cpu"] = f"{cpu}m"
    if memory is not None:
        requests["memory"] = str(memory)
    spec = PodSpec(
        (Container("main", resources=Resources(requests)),),
        node_name=on,
        tolerations=tolerations,
        priority=priority,
    )
    return Pod(ObjectMeta(name, "default"), spec)


def pod(*args, **kwargs) -> PodInfo:
    return pod_info(pod_object(*args, **kwargs))
