"""Runs: list, create, open, command, pace, verify."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, make_response

from app.service import RefusedError, Synod, refused_dict, stored_text
from app.vocabulary.base import Refused
from app.web.access import driver_only
from app.web.api import blueprint
from app.web.api.models import (
    NewCommand,
    NewRun,
    PaceWish,
    RefusedModel,
    RunList,
    RunMeta,
    RunPath,
    TakenModel,
    Verification,
)


def runs_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("runs", "Runs of the cluster: started, opened, commanded, paced, verified.")

    @api.get("/runs", responses={200: RunList})
    def list_runs() -> Response:
        """All recorded runs, the newest first."""
        return jsonify(runs=synod.metas(), default=synod.registry.default)

    @api.post("/runs", responses={201: RunMeta})
    @driver_only
    def create_run(body: NewRun) -> Response:
        """Start a run; it plays at once."""
        name, text = scenario_of(body)
        return make_response(jsonify(synod.create_run(name, text, body.seed)), 201)

    @api.get("/runs/<run>", responses={200: RunMeta})
    def get_run(path: RunPath) -> Response:
        """One run."""
        return jsonify(synod.meta(path.run))

    @api.post("/runs/<run>/open", responses={200: RunMeta})
    @driver_only
    def open_run(path: RunPath) -> Response:
        """Let a recorded run go on: it is rebuilt from its commands, and its digests are compared."""
        return jsonify(synod.open_run(path.run))

    return api


def acts_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("acts", "What one does to a run: commands, pace, verification.")

    @api.post("/runs/<run>/commands", responses={201: TakenModel, 409: RefusedModel})
    @driver_only
    def take_command(path: RunPath, body: NewCommand) -> Response:
        """Let a command take effect at the world's now. The same id gets the same answer."""
        try:
            taken = synod.command(path.run, body.id, body.command)
        except RefusedError as error:
            if error.status != 409:
                raise
            taken = error.refused
        if isinstance(taken, Refused):
            return make_response(jsonify(refused=refused_dict(taken)), 409)
        return make_response(jsonify(seq=taken.seq, at_us=taken.at_us), 201)

    @api.post("/runs/<run>/pace", responses={200: RunMeta})
    @driver_only
    def set_pace(path: RunPath, body: PaceWish) -> Response:
        """Play, pause, change speed, or go on by one step."""
        return jsonify(synod.set_pace(path.run, body.playing, body.speed, body.step))

    @api.post("/runs/<run>/verify", responses={200: Verification})
    def verify_run(path: RunPath) -> Response:
        """Execute the run again, in a process of its own, and compare every entry."""
        return jsonify(synod.verify(path.run))

    return api


def scenario_of(body: NewRun) -> tuple[str, str]:
    """Name and stored text of the scenario that is asked for. Raises: ScenarioError."""
    from app.scenarios import ScenarioError, load_scenario, parse_scenario, shipped

    if body.scenario_yaml is not None:
        scenario = parse_scenario(body.scenario_yaml, "scenario_yaml")
        return scenario.name, stored_text(scenario)
    name = body.scenario or ""
    if name not in shipped():
        # A path is for the command line: here it would read files of the server's machine.
        raise ScenarioError(f"There is no scenario {name!r}; shipped are {', '.join(shipped())}.")
    return name, stored_text(load_scenario(name))
