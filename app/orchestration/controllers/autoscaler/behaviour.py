"""How fast the count may change: limits, policies, stabilisation windows.

Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go (v1.36): stabilizeRecommendationWithBehaviors,
convertDesiredReplicasWithBehaviorRate, calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors;
the defaults from pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec import Struct

from app.orchestration.objects.autoscaler import SELECT_DISABLED, SELECT_MIN, ScalingRules
from app.vocabulary.ids import SECOND

IN_RANGE = ("DesiredWithinRange", "the desired count is within the acceptable range")
TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
UP_LIMIT = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
DOWN_LIMIT = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
UP_STABILIZED = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
DOWN_STABILIZED = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)

LIMITLESS = (1 << 31) - 1


class Stamped(Struct, frozen=True):
    """A number of replicas and when: a recommendation, or by how much the count was changed."""

    replicas: int
    at_us: int


class Bounds(Struct, frozen=True):
    """Between which counts the autoscaler may choose (spec.minReplicas, spec.maxReplicas)."""

    least: int
    most: int


def stabilized(
    current: int, desired: int, past: Iterable[Stamped], up_us: int, down_us: int, now_us: int
) -> int:
    """The count nearest to the present one between the lowest advice of the up window and the highest of the down window."""
    lowest = highest = desired
    for advice in past:
        if advice.at_us > now_us - up_us:
            lowest = min(lowest, advice.replicas)
        if advice.at_us > now_us - down_us:
            highest = max(highest, advice.replicas)
    return min(max(current, lowest), highest)


def highest_recent(desired: int, past: Iterable[Stamped], window_us: int, now_us: int) -> int:
    """The highest advice within the window (the rule before there were behaviours)."""
    return max([desired, *(advice.replicas for advice in past if advice.at_us >= now_us - window_us)])


def without_behaviour(current: int, desired: int, bounds: Bounds) -> tuple[int, tuple[str, str]]:
    """The rule before there were behaviours: at most doubled, or 4. (count, (reason, message) of ScalingLimited)."""
    limit, why = bounds.most, TOO_MANY
    fastest = max(2 * current, 4)
    if bounds.most > fastest:
        limit, why = fastest, UP_LIMIT
    if desired < bounds.least:
        return bounds.least, TOO_FEW
    if desired > limit:
        return limit, why
    return desired, IN_RANGE


def limited(
    current: int,
    desired: int,
    bounds: Bounds,
    up: ScalingRules,
    down: ScalingRules,
    added: list[Stamped],
    removed: list[Stamped],
    now_us: int,
) -> tuple[int, tuple[str, str]]:
    """The count as far as policies and bounds allow it. (count, (reason, message) of ScalingLimited).

    added, removed: by how much the count was raised and lowered, and when.
    """
    if desired > current:
        limit = max(current, up_limit(current, up, added, removed, now_us))
        most, why = (limit, UP_LIMIT) if bounds.most > limit else (bounds.most, TOO_MANY)
        if desired > most:
            return most, why
    elif desired < current:
        limit = min(current, down_limit(current, down, added, removed, now_us))
        least, why = (limit, DOWN_LIMIT) if bounds.least < limit else (bounds.least, TOO_FEW)
        if desired < least:
            return least, why
    return desired, IN_RANGE


def up_limit(
    current: int, rules: ScalingRules, added: list[Stamped], removed: list[Stamped], now_us: int
) -> int:
    """Up to how many replicas the policies allow now."""
    if rules.select_policy == SELECT_DISABLED:
        return current
    proposed = []
    for policy in rules.policies:
        start = period_start(current, policy.period_seconds, added, removed, now_us)
        if policy.type == "Pods":
            proposed.append(start + policy.value)
        else:
            # In doubles, as there: 100 and a tenth more are 111, since 1 + 10/100 is a little more than 1.1.
            proposed.append(math.ceil(start * (1 + policy.value / 100)))
    if rules.select_policy == SELECT_MIN:
        return min(proposed, default=LIMITLESS)
    return max(proposed, default=-LIMITLESS)


def down_limit(
    current: int, rules: ScalingRules, added: list[Stamped], removed: list[Stamped], now_us: int
) -> int:
    """Down to how many replicas the policies allow now."""
    if rules.select_policy == SELECT_DISABLED:
        return current
    proposed = []
    for policy in rules.policies:
        start = period_start(current, policy.period_seconds, added, removed, now_us)
        if policy.type == "Pods":
            proposed.append(start - policy.value)
        else:
            proposed.append(int(start * (1 - min(100, policy.value) / 100)))
    if rules.select_policy == SELECT_MIN:
        return max(proposed, default=-LIMITLESS)
    return min(proposed, default=LIMITLESS)


def period_start(
    current: int, period_seconds: int, added: list[Stamped], removed: list[Stamped], now_us: int
) -> int:
    """How many replicas there were a period ago, by what this controller changed since."""
    since_us = now_us - period_seconds * SECOND
    rise = sum(change.replicas for change in added if change.at_us > since_us)
    fall = sum(change.replicas for change in removed if change.at_us > since_us)
    return current - rise + fall
