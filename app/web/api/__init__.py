"""The REST API, `/api/v1`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from app.web.errors import ErrorModel

SECURITY: list[dict[str, list[str]]] = [{}, {"token": []}]
"""No token where the server asks for none; else the driver's or (for reading) the watcher's."""


def _error(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{ErrorModel.__name__}"}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


def blueprint(name: str, about: str) -> APIBlueprint:
    """A part of `/api/v1`. Every part can answer with our own errors."""
    # The model once, to define it, and references for the rest: a schema made anew for each status of each
    # operation was half of the time that every start of the server took.
    errors: Any = {
        status: _error(status) for status in (401, 403, 404, 409, 413, 415, 422, 429, 500, 503, 504)
    }
    errors[400] = ErrorModel
    return APIBlueprint(
        name,
        __name__,
        url_prefix="/api/v1",
        abp_tags=[Tag(name=name, description=about)],
        abp_security=SECURITY,
        abp_responses=errors,
    )
