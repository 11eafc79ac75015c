"""Profiles compared on the same workload, and what there is to compare."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, make_response

from app.service import Synod
from app.web.access import driver_only
from app.web.api import blueprint
from app.web.api.comparison_models import (
    ComparisonList,
    ComparisonModel,
    ComparisonPath,
    NewComparison,
    ProfileList,
    SideWish,
    WorkloadList,
)
from app.web.api.models import RunMeta
from app.web.api.search import SECOND, known


def comparison_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("comparisons", "Scheduler profiles, compared on the same workload.")

    @api.get("/comparisons", responses={200: ComparisonList})
    def list_comparisons() -> Response:
        """The latest comparisons, the newest first, without their series."""
        return jsonify(comparisons=synod.rivals.reports())

    @api.post("/comparisons", responses={202: ComparisonModel})
    @driver_only
    def begin_comparison(body: NewComparison) -> Response:
        """Run the same commands under each profile, in worker processes; ask for it again to see how far it is."""
        until_us = round(body.until_s * SECOND)
        report = synod.rivals.begin(_scenario(body), body.seed, until_us, _workload(body), _profiles(body))
        return make_response(jsonify(report), 202)

    @api.get("/comparisons/<comparison>", responses={200: ComparisonModel})
    def get_comparison(path: ComparisonPath) -> Response:
        """How far a comparison is, and all that it measured."""
        return jsonify(known("comparison", path.comparison, lambda: synod.rivals.report(path.comparison)))

    @api.delete("/comparisons/<comparison>", responses={200: ComparisonModel})
    @driver_only
    def stop_comparison(path: ComparisonPath) -> Response:
        """Stop a comparison; what it measured stays."""
        return jsonify(known("comparison", path.comparison, lambda: synod.rivals.cancel(path.comparison)))

    @api.post("/comparisons/<comparison>/open", responses={201: RunMeta})
    @driver_only
    def open_side(path: ComparisonPath, body: SideWish) -> Response:
        """A run of one side, paused at its end."""
        meta = known("comparison", path.comparison, lambda: synod.rivals.open(path.comparison, body.side))
        return make_response(jsonify(meta), 201)

    return api


def rivals_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("profiles", "Scheduler profiles and workloads that come with Synod.")

    @api.get("/profiles", responses={200: ProfileList})
    def list_profiles() -> Response:
        """The shipped scheduler profiles."""
        from app.scenarios.library import load_profile, shipped_profiles

        found = [load_profile(name) for name in shipped_profiles()]
        return jsonify(
            profiles=[{"name": one.name, "about": one.about, "document": one.document} for one in found]
        )

    @api.get("/workloads", responses={200: WorkloadList})
    def list_workloads() -> Response:
        """The shipped workloads."""
        from app.scenarios.library import load_workload, shipped_workloads

        found = [load_workload(name) for name in shipped_workloads()]
        return jsonify(
            workloads=[
                {"name": one.name, "about": one.about, "commands": len(one.commands), "until_s": one.until_s}
                for one in found
            ]
        )

    return api


def _scenario(body: NewComparison) -> Any:
    from app.scenarios import ScenarioError, load_scenario, parse_scenario, shipped

    if body.scenario_yaml is not None:
        return parse_scenario(body.scenario_yaml, "scenario_yaml")
    name = body.scenario or "datacenter"
    if name not in shipped():
        # A path is for the command line: here it would read files of the server's machine.
        raise ScenarioError(f"There is no scenario {name!r}; shipped are {', '.join(shipped())}.")
    return load_scenario(name)


def _workload(body: NewComparison) -> Any:
    from app.scenarios.library import Workload, checked_command, load_workload

    if body.commands is None:
        return load_workload(body.workload or "mixed")
    given = [
        checked_command(one.model_dump(), f"commands.{number}") for number, one in enumerate(body.commands)
    ]
    return Workload("own", "", tuple(sorted(given, key=lambda one: int(one["at_us"]))))


def _profiles(body: NewComparison) -> list[Any]:
    from app.scenarios import ScenarioError
    from app.scenarios.library import checked_profile, load_profile, read_profile, shipped_profiles

    found = []
    for one in body.profiles:
        if isinstance(one, str):
            if one not in shipped_profiles():
                raise ScenarioError(
                    f"There is no profile {one!r}; shipped are {', '.join(shipped_profiles())}."
                )
            found.append(load_profile(one))
        elif one.yaml is not None:
            found.append(read_profile(one.yaml, one.name))
        else:
            found.append(checked_profile(one.document, one.name))
    return found
