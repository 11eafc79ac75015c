"""The plug-ins, one module each, in an explicit registry."""

from __future__ import annotations

from app.orchestration.scheduler.cycle import Profile, Weighted
from app.orchestration.scheduler.plugins.balanced_allocation import BalancedAllocation
from app.orchestration.scheduler.plugins.least_allocated import LeastAllocated
from app.orchestration.scheduler.plugins.node_name import NodeName
from app.orchestration.scheduler.plugins.node_resources_fit import NodeResourcesFit
from app.orchestration.scheduler.plugins.node_unschedulable import NodeUnschedulable
from app.orchestration.scheduler.plugins.taint_toleration import TaintToleration

PLUGINS: tuple[type, ...] = (
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeResourcesFit,
    LeastAllocated,
    BalancedAllocation,
)
"""Every plug-in there is."""

DEFAULT_PROFILE = Profile(
    filters=(NodeUnschedulable(), NodeName(), TaintToleration(), NodeResourcesFit()),
    scores=(
        Weighted(TaintToleration(), 3),
        Weighted(LeastAllocated(), 1),
        Weighted(BalancedAllocation(), 1),
    ),
)
"""Kubernetes' order of filters and default weights. Source: pkg/scheduler/apis/config/v1beta3/default_plugins.go."""
