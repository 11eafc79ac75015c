"""Profiles: which plug-ins run, with which weights and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.pod import DEFAULT_SCHEDULER
from app.orchestration.scheduler.framework import Plugin
from app.orchestration.scheduler.plugins import DEFAULT_PLUGINS, PLUGINS
from app.orchestration.scheduler.profile import POINTS, Profile
from app.orchestration.settings import KubeSettings


class Configuration(Struct, frozen=True):
    """All profiles, by schedulerName, and what they share.

    initial_backoff_us, max_backoff_us: None leaves what the settings say.
    ties_by_chance: equally good nodes are drawn by lot, as Kubernetes does; else the first is taken.
    """

    profiles: dict[str, Any]
    initial_backoff_us: int | None = None
    max_backoff_us: int | None = None
    ties_by_chance: bool = False

    @property
    def queue_sort(self) -> Any:
        """The one QueueSort, which all profiles share."""
        return next(iter(self.profiles.values())).queue_sort[0]

    def applied_to(self, settings: KubeSettings) -> KubeSettings:
        """The settings with the back-off times of this configuration."""
        changed = {
            field: value
            for field, value in (
                ("queue_backoff_us", self.initial_backoff_us),
                ("queue_backoff_max_us", self.max_backoff_us),
            )
            if value is not None
        }
        return replace(settings, **changed)


def build_profile(
    name: str,
    plugins: tuple[tuple[str, int], ...],
    args: Mapping[str, Mapping[str, Any]],
    percentage: int = 100,
) -> Profile:
    """A profile with each plug-in at all its extension points, in this order. Raises ArgumentError."""
    made: dict[str, Plugin] = {plugin: PLUGINS[plugin](args.get(plugin, {})) for plugin, _ in plugins}
    points = {
        point: [plugin for plugin in made.values() if isinstance(plugin, kind)]
        for point, kind in POINTS.items()
    }
    return Profile(name, points, {plugin: weight or 1 for plugin, weight in plugins}, percentage)


def default_profile() -> Profile:
    """Kubernetes' own defaults, with all nodes looked at."""
    return build_profile(DEFAULT_SCHEDULER, DEFAULT_PLUGINS, {})


@cache
def default_configuration() -> Configuration:
    """One profile, with the defaults."""
    return Configuration({DEFAULT_SCHEDULER: default_profile()})
