"""Breaking the protocol: switches, searches, findings, shipped traces, futures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, jsonify, make_response

from app.service import RefusedError, Synod
from app.web.access import driver_only
from app.web.api import blueprint
from app.web.api.models import RunMeta, RunPath
from app.web.api.search_models import (
    FindingModel,
    FindingPath,
    FuturesModel,
    FuturesPath,
    FuturesWish,
    FutureWish,
    NewSearch,
    SearchList,
    SearchModel,
    SearchPath,
    SwitchList,
    SwitchPath,
    TraceList,
)

T = TypeVar("T")
SECOND = 1_000_000


def planted_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("planted", "Bugs that can be planted, and the shortest schedule that shows each.")

    @api.get("/switches", responses={200: SwitchList})
    def list_switches() -> Response:
        """The bugs that can be planted, with their sources."""
        from app.search.traces import switch_rows

        return jsonify(switches=switch_rows())

    @api.get("/traces", responses={200: TraceList})
    def list_traces() -> Response:
        """The shortest schedule for each bug, as shipped with the project."""
        return jsonify(traces=synod.experiments.traces())

    @api.post("/traces/<switch>/open", responses={201: RunMeta})
    @driver_only
    def open_trace(path: SwitchPath) -> Response:
        """A run of a shipped trace, paused at the violation."""
        meta = known("trace", path.switch, lambda: synod.experiments.open_trace(path.switch))
        return make_response(jsonify(meta), 201)

    return api


def search_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("search", "The search for schedules that break the protocol.")

    @api.get("/searches", responses={200: SearchList})
    def list_searches() -> Response:
        """The latest searches, the newest first."""
        at = synod.experiments
        return jsonify(workers=at.workers, workers_max=at.workers_max, searches=at.reports())

    @api.post("/searches", responses={202: SearchModel})
    @driver_only
    def begin_search(body: NewSearch) -> Response:
        """Begin a search in worker processes; ask for it again to see how far it is."""
        at, switch = synod.experiments, body.switch or ""
        report = at.begin(body.scenario, switch, body.seeds, body.until_found, body.workers)
        return make_response(jsonify(report), 202)

    @api.get("/searches/<search>", responses={200: SearchModel})
    def get_search(path: SearchPath) -> Response:
        """How far a search is, and what it found."""
        return jsonify(known("search", path.search, lambda: synod.experiments.report(path.search)))

    @api.delete("/searches/<search>", responses={200: SearchModel})
    @driver_only
    def stop_search(path: SearchPath) -> Response:
        """Stop a search; what it found stays."""
        return jsonify(known("search", path.search, lambda: synod.experiments.cancel(path.search)))

    return api


def findings_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("findings", "What searches found, and futures from an instant of a run.")

    @api.get("/findings/<finding>", responses={200: FindingModel})
    def get_finding(path: FindingPath) -> Response:
        """A finding with its steps, in its shortest form if there is one."""
        return jsonify(known("finding", path.finding, lambda: synod.experiments.finding(path.finding)))

    @api.post("/findings/<finding>/open", responses={201: RunMeta})
    @driver_only
    def open_finding(path: FindingPath) -> Response:
        """A run of a finding, paused at the violation."""
        meta = known("finding", path.finding, lambda: synod.experiments.open_finding(path.finding))
        return make_response(jsonify(meta), 201)

    @api.post("/runs/<run>/futures", responses={202: FuturesModel})
    @driver_only
    def fan_out(path: RunPath, body: FuturesWish) -> Response:
        """Continue a run many times from an instant of it, each time with other mishaps."""
        horizon_us = round(body.horizon_s * SECOND)
        return make_response(jsonify(synod.fan_out(path.run, body.at_seq, body.count, horizon_us)), 202)

    @api.get("/futures/<futures>", responses={200: FuturesModel})
    def get_futures(path: FuturesPath) -> Response:
        """What came of the continuations so far."""
        return jsonify(known("futures", path.futures, lambda: synod.experiments.futures(path.futures)))

    @api.post("/futures/<futures>/open", responses={201: RunMeta})
    @driver_only
    def open_future(path: FuturesPath, body: FutureWish) -> Response:
        """A run of one continuation, paused at its end."""
        meta = known("future", path.futures, lambda: synod.experiments.open_future(path.futures, body.seed))
        return make_response(jsonify(meta), 201)

    return api


def known(what: str, name: str, find: Callable[[], T]) -> T:
    """What is asked for. Raises: RefusedError (404) if there is none."""
    try:
        return find()
    except KeyError:
        raise RefusedError(f"{what}-unknown", 404, name=name) from None
