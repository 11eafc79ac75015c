"""Which plug-ins run at which extension point: enabled and disabled ones, "*", and multiPoint.

Source: pkg/scheduler/apis/config/v1/default_plugins.go (mergePluginSet), framework/runtime/framework.go
(expandMultiPointPlugins, getScoreWeights) of v1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from app.orchestration.scheduler.framework import Plugin
from app.orchestration.scheduler.plugins import PLUGINS
from app.orchestration.scheduler.plugins.arguments import ArgumentError, items, known, whole
from app.orchestration.scheduler.profile import POINTS

ALL = "*"
NOT_SIMULATED = (
    "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "DynamicResources", "NodeDeclaredFeatures",
    "GangScheduling", "EBSLimits", "GCEPDLimits", "AzureDiskLimits",
)  # fmt: skip
"""Plug-ins of Kubernetes' own for volumes and devices, which this cluster has not: they may be disabled."""


class PluginSet(Struct, frozen=True):
    """enabled: (plug-in, weight; 0 none given). disabled: plug-ins, or "*"."""

    enabled: tuple[tuple[str, int], ...]
    disabled: tuple[str, ...]


def read_set(value: Any, path: str) -> PluginSet:
    """One extension point of a document."""
    raw = known(value, path, "enabled", "disabled")
    enabled: list[tuple[str, int]] = []
    for number, one in enumerate(items(raw.get("enabled"), f"{path}.enabled")):
        where = f"{path}.enabled[{number}]"
        one = known(one, where, "name", "weight")
        name = _name(one.get("name"), where, PLUGINS)
        if name in [other for other, _ in enabled]:
            raise ArgumentError(f"{where}.name", f'plugin "{name}" already registered')
        # Kubernetes takes a weight of 0 for one that is not given.
        enabled.append((name, whole(one.get("weight", 0), f"{where}.weight", 0, 10_000)))
    disabled: list[str] = []
    for number, one in enumerate(items(raw.get("disabled"), f"{path}.disabled")):
        where = f"{path}.disabled[{number}]"
        disabled.append(
            _name(known(one, where, "name", "weight").get("name"), where, (*PLUGINS, *NOT_SIMULATED, ALL))
        )
    return PluginSet(tuple(enabled), tuple(disabled))


def _name(value: Any, where: str, allowed: Any) -> str:
    if value not in allowed:
        if value in NOT_SIMULATED:
            detail = f"{value} is for volumes or devices, which this cluster does not have"
        else:
            detail = f'"{value}" does not exist; known are {", ".join(PLUGINS)}'
        raise ArgumentError(f"{where}.name", detail)
    return str(value)


def merged(default: PluginSet, custom: PluginSet) -> PluginSet:
    """The defaults without what is disabled, re-weighted where given again, then what is new."""
    given = dict(custom.enabled)
    kept: list[tuple[str, int]] = []
    if ALL not in custom.disabled:
        for name, weight in default.enabled:
            if name not in custom.disabled:
                kept.append((name, given.get(name, weight)))
    names = [name for name, _ in kept]
    kept += [(name, weight) for name, weight in custom.enabled if name not in names]
    return PluginSet(tuple(kept), (*custom.disabled, *default.disabled))


def expanded(
    sets: Mapping[str, PluginSet], made: Mapping[str, Plugin], path: str
) -> tuple[dict[str, list[Plugin]], dict[str, int]]:
    """(extension point -> plug-ins in order, weights of the score plug-ins).

    At each point: plug-ins of multiPoint that are named here again, in the order given here; then those of multiPoint that
    are not; then the rest of those named here.
    """
    everywhere = sets["multiPoint"].enabled
    points: dict[str, list[Plugin]] = {}
    for point, kind in POINTS.items():
        here = sets.get(point, PluginSet((), ()))
        for name, _ in here.enabled:
            if not isinstance(made[name], kind):
                raise ArgumentError(
                    f"{path}.plugins.{point}.enabled", f'plugin "{name}" does not extend {point} plugin'
                )
        named = [name for name, _ in here.enabled]
        spread = [
            name
            for name, _ in everywhere
            if ALL not in here.disabled and name not in here.disabled and isinstance(made[name], kind)
        ]
        order = [name for name in named if name in spread]
        order += [name for name in spread if name not in named]
        order += [name for name in named if name not in order]
        points[point] = [made[name] for name in order]
    weights = dict(everywhere) | dict(sets["score"].enabled if "score" in sets else ())
    return points, {plugin.name: weights.get(plugin.name) or 1 for plugin in points["score"]}
