"""PodDisruptionBudget (`policy/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.deployment import IntOrPercent
from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct
from app.orchestration.objects.selector import LabelSelector

IF_HEALTHY_BUDGET, ALWAYS_ALLOW = "IfHealthyBudget", "AlwaysAllow"


class BudgetSpec(KubeStruct, frozen=True):
    """At most one of the two numbers is given; none: min_available 1."""

    selector: LabelSelector | None = None
    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None
    unhealthy_pod_eviction_policy: str = IF_HEALTHY_BUDGET


class BudgetStatus(KubeStruct, frozen=True):
    """disrupted_pods: pods whose eviction was allowed and is not seen yet, with when."""

    observed_generation: int = 0
    disruptions_allowed: int = 0
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0
    disrupted_pods: dict[str, int] = {}
    conditions: tuple[Condition, ...] = ()


class PodDisruptionBudget(KubeObject, frozen=True):
    KIND: ClassVar[str] = "PodDisruptionBudget"
    API_VERSION: ClassVar[str] = "policy/v1"

    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus = BudgetStatus()
