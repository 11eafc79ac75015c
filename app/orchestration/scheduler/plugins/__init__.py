"""The plug-ins, one module each, in an explicit registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.orchestration.scheduler.framework import Plugin
from app.orchestration.scheduler.plugins.default_binder import DefaultBinder
from app.orchestration.scheduler.plugins.default_preemption import DefaultPreemption
from app.orchestration.scheduler.plugins.image_locality import ImageLocality
from app.orchestration.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from app.orchestration.scheduler.plugins.node_affinity import NodeAffinity
from app.orchestration.scheduler.plugins.node_name import NodeName
from app.orchestration.scheduler.plugins.node_ports import NodePorts
from app.orchestration.scheduler.plugins.node_resources_balanced_allocation import (
    NodeResourcesBalancedAllocation,
)
from app.orchestration.scheduler.plugins.node_resources_fit import NodeResourcesFit
from app.orchestration.scheduler.plugins.node_unschedulable import NodeUnschedulable
from app.orchestration.scheduler.plugins.pod_topology_spread import PodTopologySpread
from app.orchestration.scheduler.plugins.priority_sort import PrioritySort
from app.orchestration.scheduler.plugins.scheduling_gates import SchedulingGates
from app.orchestration.scheduler.plugins.taint_toleration import TaintToleration

Factory = Callable[[Mapping[str, Any]], Plugin]
"""Makes a plug-in of its arguments, as pluginConfig gives them. Raises ArgumentError."""

PLUGINS: dict[str, Factory] = {
    "SchedulingGates": SchedulingGates,
    "PrioritySort": PrioritySort,
    "NodeUnschedulable": NodeUnschedulable,
    "NodeName": NodeName,
    "TaintToleration": TaintToleration,
    "NodeAffinity": NodeAffinity,
    "NodePorts": NodePorts,
    "NodeResourcesFit": NodeResourcesFit,
    "PodTopologySpread": PodTopologySpread,
    "InterPodAffinity": InterPodAffinity,
    "DefaultPreemption": DefaultPreemption,
    "NodeResourcesBalancedAllocation": NodeResourcesBalancedAllocation,
    "ImageLocality": ImageLocality,
    "DefaultBinder": DefaultBinder,
}
"""Every plug-in there is, by name."""

DEFAULT_PLUGINS: tuple[tuple[str, int], ...] = tuple(
    (name, weight)
    for name, weight in (
        ("SchedulingGates", 0),
        ("PrioritySort", 0),
        ("NodeUnschedulable", 0),
        ("NodeName", 0),
        ("TaintToleration", 3),
        ("NodeAffinity", 2),
        ("NodePorts", 0),
        ("NodeResourcesFit", 1),
        ("PodTopologySpread", 2),
        ("InterPodAffinity", 2),
        ("DefaultPreemption", 0),
        ("NodeResourcesBalancedAllocation", 1),
        ("ImageLocality", 1),
        ("DefaultBinder", 0),
    )
    if name in PLUGINS
)
"""What the default profile enables, in order, with weights; volumes and devices are not simulated.

Source: pkg/scheduler/apis/config/v1/default_plugins.go (v1.36).
"""
