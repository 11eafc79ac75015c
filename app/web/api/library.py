"""What comes with Synod: scenarios, demos, the scalability curve."""

from __future__ import annotations

import functools
from typing import Any

import yaml
from flask import Response, jsonify

from app.service import Synod
from app.web.api import blueprint
from app.web.api.models import Demos, Scalability, Scenarios


def library_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("library", "Scenarios, demos, measurements.")

    @api.get("/scenarios", responses={200: Scenarios})
    def list_scenarios() -> Response:
        """The shipped scenarios."""
        from app.scenarios import load_scenario, shipped

        found = [load_scenario(name) for name in shipped()]
        rows = [
            {
                "name": s.name,
                "about": s.about,
                "machines": len(s.machines),
                "compute": len(s.of_role("compute")),
            }
            for s in found
        ]
        return jsonify(scenarios=rows)

    @api.get("/demos", responses={200: Demos})
    def list_demos() -> Response:
        """The demos, as the page plays them."""
        return jsonify(demos=demos())

    @api.get("/scalability", responses={200: Scalability})
    def get_scalability() -> Response:
        """Decided commands per second over the number of machines; measured in the background."""
        return jsonify(synod.scalability())

    return api


@functools.cache
def demos() -> list[dict[str, Any]]:
    """The parsed files of `app/scenarios/demos`, in the order of their names."""
    from app.scenarios.loader import FOLDER

    paths = sorted((FOLDER / "demos").glob("*.yaml"))
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
