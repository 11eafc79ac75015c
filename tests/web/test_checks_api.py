"""REST: what is checked, verdicts, and the clients' operations with the order that explains them."""

from __future__ import annotations

import time

import pytest
from flask.testing import FlaskClient

from app.checking.invariants import CHECKS
from app.checking.table import TABLE

WAIT_S = 30.0


def busy_run(client: FlaskClient) -> str:
    """A run in which clients have been answered, paused."""
    run = str(client.post("/api/v1/runs", json={"scenario": "classroom", "seed": 3}).get_json()["run"])
    client.post(f"/api/v1/runs/{run}/pace", json={"playing": True, "speed": 100})
    until_s = time.monotonic() + WAIT_S
    while time.monotonic() < until_s:
        ended = client.get(f"/api/v1/runs/{run}/entries?type=operation-ended&limit=20").get_json()["entries"]
        if len(ended) >= 20:
            break
    client.post(f"/api/v1/runs/{run}/pace", json={"playing": False})
    return run


def test_the_checks_and_what_became_of_each_invariant(client: FlaskClient) -> None:
    answer = client.get("/api/v1/checks").get_json()
    assert [check["check"] for check in answer["checks"]] == list(CHECKS)
    assert all(check["sentence"] and check["source"] for check in answer["checks"])
    assert [(row["name"], row["state"]) for row in answer["invariants"]] == [
        (row.name, row.state) for row in TABLE
    ]


def test_operations_of_a_run_and_the_order_that_explains_them(client: FlaskClient) -> None:
    run = busy_run(client)
    answer = client.get(f"/api/v1/runs/{run}/operations?from_seq=0").get_json()
    assert answer["verdict"] == "valid"
    operations = {operation["index"]: operation for operation in answer["operations"]}
    done = {index for index, operation in operations.items() if operation["outcome"] == "ok"}
    assert len(done) >= 10
    assert done <= set(answer["order"])
    assert all(operations[index]["invoked_us"] <= operations[index]["returned_us"] for index in done)
    key = operations[min(done)]["key"]
    one = client.get(f"/api/v1/runs/{run}/operations?key={key}&from_seq=0").get_json()
    assert {operation["key"] for operation in one["operations"]} == {key}
    later = client.get(f"/api/v1/runs/{run}/operations?from_seq=2000").get_json()
    assert (later["verdict"], later["from_seq"]) == ("valid", 2000)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/api/v1/runs/nowhere/operations", 404, id="no such run"),
        pytest.param("/api/v1/runs/x/operations?from_seq=-1", 422, id="a negative seq"),
    ],
)
def test_wrong_questions(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status
