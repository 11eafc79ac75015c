"""A scenario may bring a KubeSchedulerConfiguration: it is checked, stored with the run, and decides."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.scenarios.loader import load_scenario
from app.vocabulary.commands import SubmitTasks
from app.world.scenario import Scenario, ScenarioError, scenario_from, to_plain
from app.world.world import World

PACKING = {
    "apiVersion": "kubescheduler.config.k8s.io/v1",
    "kind": "KubeSchedulerConfiguration",
    "profiles": [
        {
            "schedulerName": "default-scheduler",
            "plugins": {"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit"}]}},
            "pluginConfig": [
                {
                    "name": "NodeResourcesFit",
                    "args": {
                        "scoringStrategy": {
                            "type": "MostAllocated",
                            "resources": [{"name": "cpu", "weight": 1}],
                        }
                    },
                }
            ],
        }
    ],
}


def used_nodes(scenario: Scenario) -> set[str]:
    world = World(scenario, 42)
    world.start()
    world.advance(12_000_000)
    world.take(SubmitTasks(count=4, name="j", cpu_milli=500, duration_ms=60_000))
    world.advance(16_000_000)
    return {fields["node"] for fields in world.view()["placement"].values()}


def test_a_profile_decides_where_pods_go():
    scenario = load_scenario("classroom")
    assert len(used_nodes(scenario)) > 1, "the default spreads"
    assert len(used_nodes(replace(scenario, scheduler=PACKING))) == 1, "MostAllocated packs"


def test_it_is_stored_with_the_run():
    scenario = replace(load_scenario("classroom"), scheduler=PACKING)
    assert scenario_from(to_plain(scenario)) == scenario


def test_a_wrong_document_is_one_sentence():
    scenario = replace(load_scenario("classroom"), scheduler={**PACKING, "profile": []})
    with pytest.raises(ScenarioError, match="profile: unknown field"):
        scenario_from(to_plain(scenario))
