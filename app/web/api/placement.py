"""Where pods are placed, why there, and how well."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from app import questions
from app.service import Synod
from app.web.api import blueprint
from app.web.api.models import RunPath
from app.web.api.placement_models import BalanceModel, InstantQuery, PodPath, WhyModel


def placement_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("placement", "Where pods are placed, why there, and how well.")

    @api.get("/runs/<run>/pods/<namespace>/<name>/why", responses={200: WhyModel})
    def why(path: PodPath, query: InstantQuery) -> Response:
        """Why a pod is where it is, or nowhere: every attempt, and what would have to change."""
        return jsonify(questions.why(synod, path.run, path.namespace, path.name, query.seq))

    @api.get("/runs/<run>/balance", responses={200: BalanceModel})
    def balance(path: RunPath, query: InstantQuery) -> Response:
        """Tasks over nodes, with the imbalance, fragmentation and waiting times."""
        return jsonify(questions.balance(synod, path.run, query.seq))

    return api
