"""What went wrong, as HTTP: always `{"error": {"code", "sentence", "fields"}}`."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, Response, current_app, json, make_response, request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from app.experiments import TooMany, TooManyWorkers
from app.rivals import TooManyComparisons
from app.runs.registry import NoSuchRun, ReadOnly, TooManyRuns
from app.search.client import WorkerFailed
from app.service import RefusedError
from app.words import word


class ErrorBody(BaseModel):
    """code: for programs. sentence: for people. fields: what the sentence names."""

    code: str
    sentence: str
    fields: dict[str, Any] = Field(default_factory=dict)


class ErrorModel(BaseModel):
    """Every answer that is not 2xx (but a refused command, which is `{refused: ...}`)."""

    error: ErrorBody


def failure(status: int, code: str, sentence: str, fields: dict[str, Any] | None = None) -> Response:
    """The answer for something that went wrong."""
    body = {"error": {"code": code, "sentence": sentence, "fields": fields or {}}}
    return make_response(json.jsonify(body), status)


def on_validation_error(error: ValidationError) -> Response:
    """A request that does not have the documented shape: the first slip, in one sentence."""
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"]) or "body"
    value = first.get("input")
    if not first["loc"] and not isinstance(value, dict):
        sentence = "The body must be a JSON object, sent with Content-Type: application/json."
        return failure(422, "request-malformed", sentence, {"field": name})
    shown = (
        "the object"
        if isinstance(value, dict)
        else "the list"
        if isinstance(value, list)
        else repr(value)[:80]
    )
    # Names of classes are nobody's business.
    said = re.sub(r" or instance of \w+|^Value error, ", "", first["msg"])
    sentence = f"{name}: {shown} cannot be used: {said[:1].lower()}{said[1:]}."
    return failure(422, "request-malformed", sentence, {"field": name})


class ShallowJson(DefaultJSONProvider):
    """JSON nested more deeply than Python can follow is malformed, like any other that cannot be read."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Raises: ValueError."""
        try:
            return super().loads(s, **options)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def install(app: Flask) -> None:
    """Answer every exception of a view."""
    app.json = ShallowJson(app)
    from app.world.scenario import ScenarioError

    def scenario(error: ScenarioError) -> Response:
        return failure(422, "scenario-malformed", str(error))

    app.register_error_handler(ScenarioError, scenario)
    app.register_error_handler(RefusedError, _refused)
    app.register_error_handler(NoSuchRun, lambda error: failure(404, "run-unknown", str(error)))
    app.register_error_handler(ReadOnly, lambda error: failure(409, "run-read-only", str(error)))
    app.register_error_handler(TooManyRuns, lambda error: failure(409, "too-many-runs", str(error)))
    app.register_error_handler(TooMany, lambda error: failure(409, "too-many-searches", str(error)))
    app.register_error_handler(
        TooManyComparisons, lambda error: failure(409, "too-many-comparisons", str(error))
    )
    app.register_error_handler(TooManyWorkers, _workers)
    app.register_error_handler(WorkerFailed, _worker)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _refused(error: RefusedError) -> Response:
    return failure(error.status, error.refused.code, error.sentence, dict(error.refused.fields))


def _workers(error: TooManyWorkers) -> Response:
    return failure(422, "request-malformed", str(error), {"field": "workers"})


def _worker(error: WorkerFailed) -> Response:
    current_app.logger.error("a worker failed: %s", error)
    return failure(503, "worker-failed", word("refused", "worker-failed"))


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    code = error.code or 500
    name = (error.name or "error").lower().replace(" ", "-")
    sentence = word("refused", f"http-{code}", {"path": request.path, "method": request.method})
    if sentence.startswith("http "):
        sentence = (error.description or error.name).split("\n")[0]
    answer = failure(code, name, sentence)
    for header, value in error.get_headers():
        if header in ("Allow", "Retry-After"):
            answer.headers[header] = value
    return answer


def _bug(error: Exception) -> Response:
    current_app.logger.exception("a bug answered %s %s", request.method, request.path, exc_info=error)
    return failure(500, "bug", "Synod has a bug here; the server's log has the details.")
