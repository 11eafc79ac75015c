"""PodDisruptionBudget (policy/v1)."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import Shape, bad_value, count_or_percent, one_of
from app.orchestration.manifests.metadata import named
from app.orchestration.manifests.selectors import LABEL_SELECTOR
from app.orchestration.manifests.workload import head
from app.orchestration.objects.disruption_budget import (
    ALWAYS_ALLOW,
    IF_HEALTHY_BUDGET,
    BudgetSpec,
    PodDisruptionBudget,
)


def _spec(read: BudgetSpec, where: str) -> BudgetSpec:
    if read.min_available is not None and read.max_unavailable is not None:
        raise bad_value(f"{where}.maxUnavailable", read.max_unavailable, "nothing, as minAvailable is given")
    for name, value in (("minAvailable", read.min_available), ("maxUnavailable", read.max_unavailable)):
        if isinstance(value, str) and int(value[:-1]) > 100:
            raise bad_value(f"{where}.{name}", value, "at most 100%")
    return read


_LEVEL = head(
    Shape(
        BudgetSpec,
        {
            "selector": LABEL_SELECTOR,
            "minAvailable": count_or_percent,
            "maxUnavailable": count_or_percent,
            "unhealthyPodEvictionPolicy": one_of(IF_HEALTHY_BUDGET, ALWAYS_ALLOW),
        },
        check=_spec,
    )
)


def read_disruption_budget(document: Any) -> PodDisruptionBudget:
    """A PodDisruptionBudget (policy/v1)."""
    found = _LEVEL(document, "")
    return PodDisruptionBudget(named(PodDisruptionBudget, found["metadata"]), found["spec"])
