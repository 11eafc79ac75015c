"""Scenarios as YAML: shipped ones by name, others by path. What a scenario is stands in `world/scenario.py`."""

from __future__ import annotations

from app.scenarios.loader import load_scenario, parse_scenario, shipped
from app.world.scenario import Scenario, ScenarioError, scenario_from, to_plain, with_compute, with_size

__all__ = [
    "Scenario",
    "ScenarioError",
    "load_scenario",
    "parse_scenario",
    "scenario_from",
    "shipped",
    "to_plain",
    "with_compute",
    "with_size",
]
