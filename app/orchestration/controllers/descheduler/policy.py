"""The policy in force: what was asked for, and the scenario's own where nothing was."""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.objects.descheduler_policy import DeschedulerPolicy
from app.orchestration.objects.quantity import CPU, MEMORY, PODS
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore

NAME = "default"
"""Of the one DeschedulerPolicy."""
RESOURCES = (CPU, MEMORY, PODS)
"""What a threshold can be of."""


class Policy(Struct, frozen=True):
    """names: of the strategies, in their order. low, high: percent by resource (thresholds, targetThresholds)."""

    names: tuple[str, ...]
    low: dict[str, int]
    high: dict[str, int]
    interval_us: int
    evictions_max: int


def default_policy(settings: KubeSettings) -> Policy:
    """The scenario's own."""
    return Policy(
        settings.descheduler,
        dict.fromkeys(RESOURCES, settings.low_percent),
        dict.fromkeys(RESOURCES, settings.high_percent),
        settings.deschedule_us,
        settings.deschedule_max,
    )


def policy_of(store: ObjectStore, settings: KubeSettings) -> Policy:
    """What is in force now."""
    own = default_policy(settings)
    asked: DeschedulerPolicy | None = store.get(DeschedulerPolicy.KIND, NAME)
    if asked is None:
        return own
    spec = asked.spec
    low = spec.thresholds or own.low
    return Policy(
        spec.strategies,
        low,
        spec.target_thresholds or {resource: own.high[resource] for resource in low},
        spec.interval_us or own.interval_us,
        spec.evictions_max or own.evictions_max,
    )
