"""What is asked for is what it is: no field takes true, "1" or 1.0 for a whole number, nor 1 for a truth."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel, ValidationError

from app.web.api import checks_models, models, search_models
from app.web.api.models import Query, Strict

ROOMS = (models, search_models, checks_models)
LOOSE: tuple[Any, ...] = (True, False, "1", 1.0, 1.5, [1], {"n": 1}, float("nan"), float("inf"))
SLOPPY = ("true", "1.0", "1e3", " 1", "1_0", "+1", "\u0661", "0x1", "", "9" * 400)


def asked(base: type[BaseModel]) -> list[type[BaseModel]]:
    """The models of a kind of request."""
    members = [member for room in ROOMS for _, member in inspect.getmembers(room, inspect.isclass)]
    return sorted(
        {one for one in members if issubclass(one, base) and one is not base}, key=lambda one: one.__name__
    )


def whole(model: type[BaseModel]) -> list[str]:
    """Fields that hold whole numbers, by what OpenAPI shows."""
    shown = model.model_json_schema()["properties"]
    return [
        name
        for name, field in shown.items()
        if "integer" in (field.get("type"), *(one.get("type") for one in field.get("anyOf", ())))
    ]


BODIES = [(model, name) for model in asked(Strict) for name in whole(model)]
QUERIES = [(model, name) for model in asked(Query) for name in whole(model)]


def about(model: type[BaseModel], name: str, value: Any) -> list[str]:
    """What is said of a field with this value."""
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        return [one["msg"] for one in error.errors() if one["loc"][:1] == (name,)]
    return []


def test_every_request_is_here() -> None:
    assert {
        "NewRun.seed",
        "NewSearch.seeds",
        "NewSearch.workers",
        "FuturesWish.count",
        "FutureWish.seed",
    } <= {f"{model.__name__}.{name}" for model, name in BODIES}
    assert {"EntriesQuery.limit", "KeyframeQuery.seq", "OperationsQuery.to_seq"} <= {
        f"{model.__name__}.{name}" for model, name in QUERIES
    }


@pytest.mark.parametrize("value", LOOSE, ids=repr)
@pytest.mark.parametrize(("model", "name"), BODIES, ids=lambda part: getattr(part, "__name__", part))
def test_a_whole_number_in_a_body(model: type[BaseModel], name: str, value: Any) -> None:
    assert about(model, name, value), f"{value!r} is taken"
    assert about(model, name, 1) == []


@pytest.mark.parametrize("value", SLOPPY, ids=[repr(value)[:12] for value in SLOPPY])
@pytest.mark.parametrize(("model", "name"), QUERIES, ids=lambda part: getattr(part, "__name__", part))
def test_a_whole_number_in_a_query(model: type[BaseModel], name: str, value: str) -> None:
    assert about(model, name, value), f"{value!r} is taken"
    assert about(model, name, "1") == []


@pytest.mark.parametrize(
    ("method", "path", "wish"),
    [
        pytest.param("post", "searches", {"seeds": True}, id="seeds of a search"),
        pytest.param("post", "searches", {"until_found": 1}, id="a number for a truth"),
        pytest.param("post", "searches", {"until_found": "yes"}, id="a word for a truth"),
        pytest.param("post", "runs", {"scenario": "classroom", "seed": True}, id="seed of a run"),
        pytest.param("post", "runs", {"scenario": "classroom", "seed": 1.0}, id="seed with a point"),
        pytest.param("post", "runs/{run}/pace", {"speed": True}, id="speed"),
        pytest.param("post", "runs/{run}/pace", {"speed": "2"}, id="speed as text"),
        pytest.param("post", "runs/{run}/pace", {"speed": float("nan")}, id="speed that is none"),
        pytest.param("post", "runs/{run}/futures", {"count": True}, id="count of futures"),
        pytest.param("post", "runs/{run}/futures", {"horizon_s": True}, id="horizon of futures"),
        pytest.param("post", "runs/{run}/futures", {"horizon_s": float("nan")}, id="a horizon that is none"),
        pytest.param("get", "runs/{run}/entries?limit=1.0", None, id="limit with a point"),
        pytest.param("get", "runs/{run}/entries?from_seq=true", None, id="seq as a word"),
        pytest.param("get", "runs/{run}/operations?to_seq=1e3", None, id="seq as a power"),
        pytest.param("get", "runs/{run}/operations?from=1", None, id="an unknown name"),
    ],
)
def test_by_rest(client: FlaskClient, run: str, method: str, path: str, wish: Any) -> None:
    options = {} if wish is None else {"json": wish}
    answer = getattr(client, method)(f"/api/v1/{path.format(run=run)}", **options)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert "cannot be used" in answer.get_json()["error"]["sentence"]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param({"type": "set-rate", "per_1000_s": True}, id="true"),
        pytest.param({"type": "set-rate", "per_1000_s": "5"}, id="text"),
        pytest.param({"type": "set-rate", "per_1000_s": 5.0}, id="a point"),
        pytest.param({"type": "kill-node", "node": 1}, id="a number for a name"),
    ],
)
def test_the_fields_of_a_command(client: FlaskClient, run: str, command: dict[str, Any]) -> None:
    answer = client.post(f"/api/v1/runs/{run}/commands", json={"id": "strict", "command": command})
    assert answer.status_code in (409, 422), answer.get_data(as_text=True)
