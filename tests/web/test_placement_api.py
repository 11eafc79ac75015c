"""REST for the placement of pods: why here, why not there, and how well."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.scenarios import load_scenario
from app.service import stored_text

API = "/api/v1"
SECOND = 1_000_000


def submit(at_us: int, name: str, count: int, cpu_milli: int) -> dict[str, Any]:
    wish = {"type": "submit-tasks", "count": count, "name": name, "cpu_milli": cpu_milli, "memory_mib": 256}
    return {"at_us": at_us, "command": {**wish, "duration_ms": 600_000}}


@pytest.fixture(scope="module")
def placed(app: Any) -> str:
    """A recorded run with six small pods that are placed, and one that fits nowhere."""
    synod = app.extensions["synod"]
    synod.start()
    text = stored_text(load_scenario("datacenter"))
    commands = [submit(3 * SECOND, "small", 6, 1_000), submit(4 * SECOND, "huge", 1, 9_000)]
    with app.app_context():
        meta = synod.experiments.record("datacenter", text, 3, commands, 6 * SECOND)
    return str(meta["run"])


def settled(client: FlaskClient, run: str) -> None:
    while client.get(f"{API}/runs/{run}").get_json()["rebuilding"] is not None:
        pass


def test_why_a_pod_waits(client: FlaskClient, placed: str) -> None:
    settled(client, placed)
    why = client.get(f"{API}/runs/{placed}/pods/default/huge-0/why").get_json()
    assert (why["state"], why["node"], why["phase"]) == ("pending", "", "Pending")
    assert why["message"].startswith("0/6 nodes are available: 6 Insufficient cpu.")
    assert why["message"] in why["sentence"]
    rows = why["attempts"][-1]["rows"]
    assert {row["node"] for row in rows} == {f"c{n}" for n in range(1, 7)}
    assert all(row["refused"] == {"NodeResourcesFit": ["Insufficient cpu"]} for row in rows)
    told = {one["code"]: one for one in why["suggestions"]}
    assert list(told) == ["request", "add-node", "grow"]
    assert told["request"]["fields"]["amounts"] == {"cpu": "3"}
    assert told["request"]["sentence"] == "ask for 3 cpu only"
    assert told["grow"]["sentence"] == "give c1 6 cpu more"


def test_why_a_pod_is_where_it_is(client: FlaskClient, placed: str) -> None:
    settled(client, placed)
    why = client.get(f"{API}/runs/{placed}/pods/default/small-0/why").get_json()
    assert why["state"] == "bound"
    assert why["suggestions"] == []
    attempt = why["attempts"][-1]
    chosen = next(row for row in attempt["rows"] if row["node"] == why["node"])
    assert chosen["total"] == max(row["total"] for row in attempt["rows"])
    assert chosen["total"] == sum(weighted for _, _, weighted in chosen["scores"].values())


def test_before_it_was_there_nobody_knows_it(client: FlaskClient, placed: str) -> None:
    settled(client, placed)
    answer = client.get(f"{API}/runs/{placed}/pods/default/huge-0/why?seq=10")
    assert answer.status_code == 404
    sentence = answer.get_json()["error"]["sentence"]
    assert sentence == f"Run {placed} has no pod huge-0 at entry 10"


def test_how_well_pods_are_placed(client: FlaskClient, placed: str) -> None:
    settled(client, placed)
    told = client.get(f"{API}/runs/{placed}/balance").get_json()
    figures = told["figures"]
    assert sum(row["pods"] for row in told["nodes"]) == figures["bound"] == 6
    assert (figures["tasks_imbalance_milli"], figures["tasks_jain_milli"]) == (1_000, 1_000)
    assert (figures["waiting"], figures["unschedulable"]) == (1, 1)
    assert figures["fragmentation_cpu_ppm"] == 1_000_000
    first = client.get(f"{API}/runs/{placed}/balance?seq=0").get_json()
    assert (first["seq"], first["nodes"], first["figures"]["tasks_jain_milli"]) == (0, [], -1)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        pytest.param("runs/none/pods/default/p/why", 404, "none", id="no such run"),
        pytest.param("runs/{run}/pods/default/p/why", 404, "no pod p", id="no such pod"),
        pytest.param("runs/{run}/pods/nowhere/huge-0/why", 404, "nowhere/huge-0", id="no such namespace"),
        pytest.param("runs/{run}/pods/default/P_/why", 422, "name", id="no name of a pod"),
        pytest.param("runs/{run}/pods/default/huge-0/why?seq=-1", 422, "seq", id="a seq below all"),
        pytest.param(
            "runs/{run}/pods/default/huge-0/why?seq=1e3", 422, "seq", id="a seq that is no whole number"
        ),
        pytest.param(
            "runs/{run}/pods/default/huge-0/why?seq=99999999", 404, "99,999,999", id="a seq beyond all"
        ),
        pytest.param("runs/{run}/pods/default/huge-0/why?when=1", 422, "when", id="an unknown field"),
        pytest.param("runs/{run}/balance?seq=nan", 422, "seq", id="measures at no entry"),
        pytest.param("runs/none/balance", 404, "none", id="measures of no run"),
    ],
)
def test_garbage_is_told(client: FlaskClient, placed: str, path: str, status: int, says: str) -> None:
    settled(client, placed)
    answer = client.get(f"{API}/{path.format(run=placed)}")
    assert answer.status_code == status
    assert says in answer.get_json()["error"]["sentence"]
