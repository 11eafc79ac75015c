"""`/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify, make_response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.service import Synod
from app.web.errors import failure


class SynodCollector(Collector):
    """Reads the figures where they are kept, when somebody asks."""

    def __init__(self, synod: Synod) -> None:
        self._synod = synod

    def collect(self) -> Iterable[Metric]:
        """All figures."""
        slices, hub = self._synod.slices, self._synod.hub
        live = self._synod.registry.live if self._synod.ready else {}
        yield CounterMetricFamily("synod_slices", "Slices of simulation run.", slices.slices)
        yield CounterMetricFamily("synod_slice_seconds", "Seconds spent in slices.", slices.busy_s)
        yield CounterMetricFamily("synod_entries", "Entries logged.", slices.entries)
        yield CounterMetricFamily("synod_frames", "Frames sent (once for all viewers).", hub.frames)
        yield CounterMetricFamily("synod_gaps", "Times a slow viewer was left behind.", hub.gaps)
        yield GaugeMetricFamily("synod_viewers", "Viewers connected.", len(hub.viewers))
        yield GaugeMetricFamily("synod_runs_live", "Runs that are live.", len(live))
        speed = GaugeMetricFamily("synod_run_true_speed", "Virtual over real time.", labels=["run"])
        for run, live_run in list(live.items()):
            speed.add_metric([run], live_run.pace.true_speed())
        yield speed
        long = CounterMetricFamily(
            "synod_long_instants", "Instants of more than 20 ms, by what came last.", labels=["handler"]
        )
        for handler, count in slices.long.items():
            long.add_metric([handler], count)
        yield long


def health(synod: Synod) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint("health", __name__)
    registry = CollectorRegistry()
    registry.register(SynodCollector(synod))

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if not synod.ready:
            return failure(503, "not-ready", "Synod is starting or stopping.")
        return jsonify(status="ready", runs=len(synod.registry.live))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        answer = make_response(generate_latest(registry))
        answer.content_type = CONTENT_TYPE_LATEST
        return answer

    return blueprint
