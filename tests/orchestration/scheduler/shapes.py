"""Nodes and pods in few words, for the scheduler's tables."""

from __future__ import annotations

from typing import Any

from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import Node, NodeSpec, NodeStatus, Taint
from app.orchestration.objects.pod import Container, Pod, PodSpec, Resources, Toleration
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.cycle import Scheduler
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info


def node_object(
    name: str = "n",
    cpu: int = 4_000,
    memory: int = 10_000,
    taints: tuple[Taint, ...] = (),
    cordoned: bool = False,
    labels: dict[str, str] | None = None,
    pods: int = 110,
    **more: int,
) -> Node:
    """cpu in milli, memory in bytes; more: other resources."""
    offered = {
        "cpu": f"{cpu}m",
        "memory": str(memory),
        "pods": str(pods),
        **{key: str(n) for key, n in more.items()},
    }
    return Node(ObjectMeta(name, labels=labels or {}), NodeSpec(cordoned, taints), NodeStatus(offered))


def node(*args: Any, **kwargs: Any) -> NodeInfo:
    return NodeInfo(node_object(*args, **kwargs))


def pod_object(
    cpu: int | None = None,
    memory: int | None = None,
    name: str = "p",
    tolerations: tuple[Toleration, ...] = (),
    on: str = "",
    priority: int = 0,
    spec: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
    **more: int,
) -> Pod:
    """None leaves a request out. spec: further fields of the spec."""
    requests = {key: str(n) for key, n in more.items()}
    if cpu is not None:
        requests["cpu"] = f"{cpu}m"
    if memory is not None:
        requests["memory"] = str(memory)
    given = PodSpec(
        (Container("main", resources=Resources(requests)),),
        node_name=on,
        tolerations=tolerations,
        priority=priority,
        **(spec or {}),
    )
    return Pod(ObjectMeta(name, "default", uid=f"uid-{name}", labels=labels or {}), given)


def pod(*args: Any, **kwargs: Any) -> PodInfo:
    return pod_info(pod_object(*args, **kwargs))


def scheduler(*nodes: Node, rows: int = 50, **more: Any) -> Scheduler:
    """The default profile over these nodes."""
    cache = SchedulerCache()
    for one in nodes:
        cache.set_node(one)
    return Scheduler(cache, more.pop("profile", None) or default_profile(), rows, **more)
