"""KubeSchedulerConfiguration documents: what they mean, and what is wrong with them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from app.orchestration.scheduler.configuration import (
    API_VERSION,
    KIND,
    ConfigurationError,
    default_configuration,
    read_configuration,
)
from app.orchestration.scheduler.profile import Profile
from app.orchestration.settings import DATACENTER
from app.vocabulary.ids import SECOND

HEAD = {"apiVersion": API_VERSION, "kind": KIND}


def document(*profiles: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**HEAD, "profiles": list(profiles), **more}


def only(*profiles: dict[str, Any], **more: Any) -> Profile:
    profile = read_configuration(document(*profiles, **more)).profiles["default-scheduler"]
    assert isinstance(profile, Profile)
    return profile


def names(profile: Profile, point: str) -> list[str]:
    return [plugin.name for plugin in profile.points[point]]


def plugins(point: str, enabled: Any = (), disabled: Any = ()) -> dict[str, Any]:
    sets = {
        "enabled": [
            {"name": one} if isinstance(one, str) else {"name": one[0], "weight": one[1]} for one in enabled
        ]
    }
    return {"plugins": {point: {**sets, "disabled": [{"name": one} for one in disabled]}}}


def test_defaults_are_kubernetes_own():
    profile = read_configuration({}).profiles["default-scheduler"]
    assert names(profile, "filter") == [
        "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit",
        "PodTopologySpread", "InterPodAffinity",
    ]  # fmt: skip
    assert profile.weights == {
        "TaintToleration": 3,
        "NodeAffinity": 2,
        "NodeResourcesFit": 1,
        "PodTopologySpread": 2,
        "InterPodAffinity": 2,
        "NodeResourcesBalancedAllocation": 1,
        "ImageLocality": 1,
    }
    assert names(profile, "postFilter") == ["DefaultPreemption"]
    assert names(profile, "bind") == ["DefaultBinder"]
    assert names(profile, "queueSort") == ["PrioritySort"]
    assert only().weights == profile.weights, "a document without profiles means the same"


def test_disabling_at_a_point_leaves_the_other_points():
    profile = only(plugins("score", disabled=["TaintToleration"]))
    assert "TaintToleration" not in names(profile, "score")
    assert "TaintToleration" in names(profile, "filter")


def test_star_disables_all_and_what_is_enabled_again_comes_in_that_order():
    profile = only(plugins("score", enabled=[("ImageLocality", 5), "NodeResourcesFit"], disabled=["*"]))
    assert names(profile, "score") == ["ImageLocality", "NodeResourcesFit"]
    assert profile.weights == {"ImageLocality": 5, "NodeResourcesFit": 1}


def test_named_again_at_a_point_comes_first_with_its_weight():
    profile = only(plugins("score", enabled=[("NodeResourcesBalancedAllocation", 7)]))
    assert names(profile, "score")[0] == "NodeResourcesBalancedAllocation"
    assert profile.weights["NodeResourcesBalancedAllocation"] == 7


def test_multi_point_weights_and_disables():
    weighted = only(plugins("multiPoint", enabled=[("NodeResourcesFit", 9)]))
    assert weighted.weights["NodeResourcesFit"] == 9
    assert names(weighted, "filter").index("NodeResourcesFit") == 5, "its place stays"
    without = only(plugins("multiPoint", disabled=["DefaultPreemption", "VolumeBinding"]))
    assert names(without, "postFilter") == []


def test_arguments_reach_the_plugin():
    strategy = {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 1}]}
    config = [
        {"name": "NodeResourcesFit", "args": {"kind": "NodeResourcesFitArgs", "scoringStrategy": strategy}}
    ]
    fit = only({"pluginConfig": config}).plugins["NodeResourcesFit"]
    assert (fit.strategy, fit.resources) == ("MostAllocated", (("cpu", 1),))  # type: ignore[attr-defined]


def test_two_profiles_and_the_times():
    one, other = (
        {"schedulerName": "default-scheduler"},
        {"schedulerName": "packing", "percentageOfNodesToScore": 0},
    )
    read = read_configuration(
        document(one, other, percentageOfNodesToScore=50, podInitialBackoffSeconds=2, podMaxBackoffSeconds=20)
    )
    assert {name: profile.percentage for name, profile in read.profiles.items()} == {
        "default-scheduler": 50,
        "packing": 0,
    }
    settings = read.applied_to(DATACENTER)
    assert (settings.queue_backoff_us, settings.queue_backoff_max_us) == (2 * SECOND, 20 * SECOND)
    assert default_configuration().applied_to(DATACENTER) == DATACENTER


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        pytest.param({"kind": KIND}, "apiVersion: Invalid value", id="no version"),
        pytest.param({**HEAD, "profile": []}, "profile: unknown field", id="unknown field"),
        pytest.param(
            document(podInitialBackoffSeconds=0), "podInitialBackoffSeconds: Invalid value: 0", id="back-off"
        ),
        pytest.param(
            document(podInitialBackoffSeconds=5, podMaxBackoffSeconds=2),
            "podMaxBackoffSeconds: Invalid",
            id="order",
        ),
        pytest.param(document(percentageOfNodesToScore=101), "not in valid range [0-100]", id="percentage"),
        pytest.param(
            document({"schedulerName": "a"}, {}), "profiles[1].schedulerName: Required", id="no name"
        ),
        pytest.param(
            document({"schedulerName": "a"}, {"schedulerName": "a"}),
            "profiles[1].schedulerName: Duplicate",
            id="twice",
        ),
        pytest.param(
            document(plugins("filter", enabled=["Best"])),
            'filter.enabled[0].name: "Best" does not exist',
            id="unknown",
        ),
        pytest.param(
            document(plugins("filter", enabled=["VolumeBinding"])),
            "which this cluster does not have",
            id="volumes",
        ),
        pytest.param(
            document(plugins("filter", enabled=["ImageLocality"])),
            'plugin "ImageLocality" does not extend filter plugin',
            id="wrong point",
        ),
        pytest.param(
            document(plugins("queueSort", disabled=["*"])), "only one queue sort plugin", id="no sort"
        ),
        pytest.param(document(plugins("bind", disabled=["*"])), "at least one bind plugin", id="no bind"),
        pytest.param(
            document(
                {
                    "pluginConfig": [
                        {"name": "NodeResourcesFit", "args": {"scoringStrategy": {"type": "Best"}}}
                    ]
                }
            ),
            'profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: "Best"',
            id="argument",
        ),
        pytest.param(
            document({"pluginConfig": [{"name": "Best"}]}), "is no plug-in of this cluster", id="config"
        ),
        pytest.param(document(extenders=[{}]), "extenders: Forbidden", id="extenders"),
    ],
)
def test_one_sentence_per_error(raw, sentence):
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(raw)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("The scheduler configuration cannot be used: ")


def test_profiles_can_be_copied_with_a_world():
    assert pickle.loads(pickle.dumps(default_profile_of())).weights == default_profile_of().weights


def default_profile_of() -> Profile:
    profile = default_configuration().profiles["default-scheduler"]
    assert isinstance(profile, Profile)
    return profile
