"""A production trace, uploaded: a run on its nodes that replays its pods."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, make_response

from app.scenarios import load_scenario, shipped, with_compute
from app.scenarios.trace import Factors, TraceError, read_nodes, read_pods
from app.service import RefusedError, Synod, refused_dict, stored_text
from app.vocabulary.base import Refused
from app.web.access import driver_only
from app.web.api import blueprint
from app.web.api.models import RefusedModel, TraceCommand, TraceForm, TraceRun
from app.world.registry import plain_command
from app.world.scenario import ScenarioError


def trace_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("trace", "Production traces.")

    @api.post("/trace", responses={200: TraceCommand, 201: TraceRun, 409: RefusedModel})
    @driver_only
    def replay_trace(form: TraceForm) -> Response:
        """Start a run on the nodes of a trace and replay its pods there; without nodes, the command to do so."""
        if form.scenario not in shipped():
            raise ScenarioError(
                f"There is no scenario {form.scenario!r}; shipped are {', '.join(shipped())}."
            )
        factors = Factors(int(form.gap_max_s * 1_000_000), form.compress, form.limit)
        try:
            pods = read_pods(_text(form.pods, "pods"), factors)
            nodes = None if form.nodes is None else read_nodes(_text(form.nodes, "nodes"))
        except TraceError as error:
            raise RefusedError("trace-malformed", 422, problem=str(error).rstrip(".")) from None
        stated = {"pods": len(pods.rows), "gap_max_us": pods.gap_max_us, "compress": pods.compress}
        if nodes is None:
            return make_response(jsonify(command=plain_command(pods), **stated), 200)
        scenario = with_compute(load_scenario(form.scenario), nodes)
        meta, taken = synod.replay(scenario.name, stored_text(scenario), form.seed, pods)
        if isinstance(taken, Refused):
            return make_response(jsonify(refused=refused_dict(taken)), 409)
        body = {"run": meta["run"], "seq": taken.seq, "at_us": taken.at_us, "nodes": len(nodes), **stated}
        return make_response(jsonify(body), 201)

    return api


def _text(upload: Any, name: str) -> str:
    """The text of an uploaded file. Raises: TraceError."""
    try:
        return str(upload.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise TraceError(f"{name}: not UTF-8 text.") from None
