"""A `KubeSchedulerConfiguration` document (v1) -> profiles. Strict: what cannot be taken is one sentence with its path.

Source: pkg/scheduler/apis/config/v1/{types,defaults,default_plugins}.go, apis/config/validation/validation.go,
framework/runtime/framework.go (expandMultiPointPlugins) of v1.36.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.pod import DEFAULT_SCHEDULER
from app.orchestration.scheduler.framework import Plugin
from app.orchestration.scheduler.plugin_sets import PluginSet, expanded, merged, read_set
from app.orchestration.scheduler.plugins import DEFAULT_PLUGINS, PLUGINS
from app.orchestration.scheduler.plugins.arguments import ArgumentError, invalid, items, known, whole
from app.orchestration.scheduler.profile import POINTS, Profile
from app.orchestration.settings import KubeSettings
from app.vocabulary.ids import SECOND

API_VERSION, KIND = "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"
ALL_NODES = 100
"""percentageOfNodesToScore where nothing is said: every node is looked at (0 adapts to their number, as Kubernetes does)."""

INITIAL_BACKOFF_S, MAX_BACKOFF_S = 1, 10
ELSEWHERE = (
    "parallelism", "leaderElection", "clientConnection", "healthzBindAddress", "metricsBindAddress", "enableProfiling",
    "enableContentionProfiling", "delayCacheUntilActive",
)  # fmt: skip
"""Fields that say how kube-scheduler runs, not how it decides: read past."""


class ConfigurationError(ValueError):
    """A document cannot be taken. The message is one sentence."""


class Configuration(Struct, frozen=True):
    """All profiles, by schedulerName. initial_backoff_us, max_backoff_us: None leaves what the settings say."""

    profiles: dict[str, Any]
    initial_backoff_us: int | None = None
    max_backoff_us: int | None = None

    @property
    def queue_sort(self) -> Any:
        """The one QueueSort, which all profiles share."""
        return next(iter(self.profiles.values())).queue_sort[0]

    def applied_to(self, settings: KubeSettings) -> KubeSettings:
        """The settings with the back-off times of this configuration."""
        times = {"queue_backoff_us": self.initial_backoff_us, "queue_backoff_max_us": self.max_backoff_us}
        return replace(settings, **{field: value for field, value in times.items() if value is not None})


def read_configuration(document: Any) -> Configuration:
    """The profiles that a parsed document describes; an empty one means the defaults. Raises ConfigurationError."""
    try:
        return _read(document)
    except ArgumentError as error:
        where = f"{error.field}: " if error.field else ""
        raise ConfigurationError(
            f"The scheduler configuration cannot be used: {where}{error.detail}."
        ) from None


def _read(document: Any) -> Configuration:
    if not document:
        return default_configuration()
    known(
        document, "", "profiles", "percentageOfNodesToScore", "podInitialBackoffSeconds", "podMaxBackoffSeconds",
        "extenders", *ELSEWHERE,
    )  # fmt: skip
    for field, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        if document.get(field) != wanted:
            raise invalid(field, document.get(field, ""), f"must be {wanted}")
    if document.get("extenders"):
        raise ArgumentError("extenders", "Forbidden: this cluster has no scheduler extenders")
    percentage = _percentage(document.get("percentageOfNodesToScore"), "percentageOfNodesToScore", ALL_NODES)
    initial, longest = _backoffs(document)
    profiles: dict[str, Profile] = {}
    given = items(document.get("profiles"), "profiles") or [{}]
    for number, raw in enumerate(given):
        path = f"profiles[{number}]"
        profile = _profile(raw, path, percentage, alone=len(given) == 1)
        if profile.name in profiles:
            raise ArgumentError(f"{path}.schedulerName", f'Duplicate value: "{profile.name}"')
        profiles[profile.name] = profile
    sorts = {tuple(plugin.name for plugin in profile.queue_sort) for profile in profiles.values()}
    if len(sorts) > 1:
        raise ArgumentError("profiles", "all profiles must use the same queue sort plugin")
    return Configuration(profiles, initial, longest)


def _percentage(value: Any, field: str, default: int) -> int:
    return default if value is None else whole(value, field, 0, 100, "not in valid range [0-100]")


def _backoffs(document: Mapping[str, Any]) -> tuple[int | None, int | None]:
    first, last = "podInitialBackoffSeconds", "podMaxBackoffSeconds"
    initial, longest = document.get(first), document.get(last)
    if initial is not None:
        whole(initial, first, 1, 3_600, "must be greater than 0")
    if longest is not None:
        at_least = INITIAL_BACKOFF_S if initial is None else initial
        whole(longest, last, at_least, 86_400, "must be greater than or equal to PodInitialBackoffSeconds")
    elif initial is not None and initial > MAX_BACKOFF_S:
        raise invalid(last, MAX_BACKOFF_S, "must be greater than or equal to PodInitialBackoffSeconds")
    return (
        None if initial is None else initial * SECOND,
        None if longest is None else longest * SECOND,
    )


def _profile(raw: Any, path: str, percentage: int, alone: bool) -> Profile:
    raw = known(raw, path, "schedulerName", "percentageOfNodesToScore", "plugins", "pluginConfig")
    name = raw.get("schedulerName") or (DEFAULT_SCHEDULER if alone else "")
    if not isinstance(name, str) or not name:
        raise ArgumentError(f"{path}.schedulerName", "Required value")
    field = f"{path}.percentageOfNodesToScore"
    percentage = _percentage(raw.get("percentageOfNodesToScore"), field, percentage)
    args = _arguments(raw.get("pluginConfig"), f"{path}.pluginConfig")
    sets = _plugins(raw.get("plugins"), f"{path}.plugins")
    made: dict[str, Plugin] = {}
    for plugin in dict.fromkeys(one for plugins in sets.values() for one, _ in plugins.enabled):
        made[plugin] = _make(plugin, args)
    points, weights = expanded(sets, made, path)
    if len(points["queueSort"]) != 1:
        raise ArgumentError(
            path,
            f'only one queue sort plugin required for profile with scheduler name "{name}", but got '
            f"{len(points['queueSort'])}",
        )
    if not points["bind"]:
        raise ArgumentError(
            path, f'at least one bind plugin is needed for profile with scheduler name "{name}"'
        )
    return Profile(name, points, weights, percentage)


def _make(plugin: str, args: Mapping[str, tuple[str, Any]]) -> Plugin:
    where, given = args.get(plugin, ("", {}))
    try:
        return PLUGINS[plugin](given)
    except ArgumentError as error:
        raise ArgumentError(f"{where}.{error.field}" if error.field else where, error.detail) from None


def _arguments(value: Any, path: str) -> dict[str, tuple[str, Any]]:
    """Plug-in -> (path of its arguments, the arguments)."""
    args: dict[str, tuple[str, Any]] = {}
    for number, raw in enumerate(items(value, path)):
        where = f"{path}[{number}]"
        raw = known(raw, where, "name", "args")
        name = raw.get("name")
        if name not in PLUGINS:
            raise ArgumentError(f"{where}.name", f'"{name}" is no plug-in of this cluster')
        if name in args:
            raise ArgumentError(f"{where}.name", f"Duplicate value: repeated config for plugin {name}")
        given = raw.get("args") or {}
        wanted = f"{name}Args"
        if isinstance(given, Mapping) and given.get("kind", wanted) != wanted:
            raise invalid(f"{where}.args.kind", given["kind"], f"must be {wanted}")
        args[name] = (f"{where}.args", given)
    return args


def _plugins(value: Any, path: str) -> dict[str, PluginSet]:
    """Extension point (or multiPoint) -> its plug-ins, the defaults merged with what is given."""
    raw = known(value, path, *POINTS, "multiPoint")
    default = PluginSet(DEFAULT_PLUGINS, ())
    sets = {"multiPoint": merged(default, read_set(raw.get("multiPoint"), f"{path}.multiPoint"))}
    for point in POINTS:
        sets[point] = merged(PluginSet((), ()), read_set(raw.get(point), f"{path}.{point}"))
    return sets


def build_profile(
    name: str,
    plugins: Sequence[tuple[str, int]],
    args: Mapping[str, Mapping[str, Any]],
    percentage: int = ALL_NODES,
) -> Profile:
    """A profile with each plug-in at all its extension points, in this order. Raises ArgumentError."""
    made: dict[str, Plugin] = {plugin: PLUGINS[plugin](args.get(plugin, {})) for plugin, _ in plugins}
    points, weights = expanded({"multiPoint": PluginSet(tuple(plugins), ())}, made, "")
    return Profile(name, points, weights, percentage)


def default_profile() -> Profile:
    """Kubernetes' own defaults, with all nodes looked at."""
    return build_profile(DEFAULT_SCHEDULER, DEFAULT_PLUGINS, {})


@cache
def default_configuration() -> Configuration:
    """One profile, with the defaults."""
    return Configuration({DEFAULT_SCHEDULER: default_profile()})
