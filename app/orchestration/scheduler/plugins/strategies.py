"""How NodeResourcesFit scores a node: functions of what would be claimed and what there is, all in integers.

Source: pkg/scheduler/framework/plugins/noderesources/{least_allocated,most_allocated,requested_to_capacity_ratio}.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.orchestration.scheduler.framework import SCORE_MAX

Shape = tuple[tuple[int, int], ...]
"""Points (utilisation 0..100, score 0..100), by utilisation."""

Parts = Sequence[tuple[int, int, int]]
"""Per resource: (claimed after placement, allocatable, weight); a resource without allocatable does not count."""


def least_allocated(parts: Parts) -> int:
    """Weighted mean of the free shares: the emptiest node first."""
    total = weights = 0
    for claimed, allocatable, weight in parts:
        if allocatable:
            weights += weight
            if claimed <= allocatable:
                total += weight * (SCORE_MAX * (allocatable - claimed) // allocatable)
    return total // weights if weights else 0


def most_allocated(parts: Parts) -> int:
    """Weighted mean of the claimed shares: the fullest node first, so that others stay empty."""
    total = weights = 0
    for claimed, allocatable, weight in parts:
        if allocatable:
            weights += weight
            total += weight * (SCORE_MAX * min(claimed, allocatable) // allocatable)
    return total // weights if weights else 0


def requested_to_capacity_ratio(shape: Shape, parts: Parts) -> int:
    """Weighted mean, rounded to nearest, of a broken line through `shape` at each utilisation; zeros do not count."""
    total = weights = 0
    for claimed, allocatable, weight in parts:
        if not allocatable:
            continue
        utilisation = SCORE_MAX if claimed > allocatable else claimed * SCORE_MAX // allocatable
        part = broken_linear(shape, utilisation)
        if part > 0:
            weights += weight
            total += weight * part
    return (2 * total + weights) // (2 * weights) if weights else 0


def broken_linear(shape: Shape, at: int) -> int:
    """The line through the points of `shape` at `at`; flat before the first and after the last. Divides as Go does.

    Source: pkg/scheduler/framework/plugins/helper/shape_score.go, BuildBrokenLinearFunction.
    """
    for number, (utilisation, score) in enumerate(shape):
        if at <= utilisation:
            if number == 0:
                return score
            before, low = shape[number - 1]
            rise = (score - low) * (at - before)
            run = utilisation - before
            return low + (rise // run if rise >= 0 else -(-rise // run))
    return shape[-1][1]
