"""REST: runs, commands, pace. Wrong input is 4xx with a sentence, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

KILL = {"type": "kill-node", "node": "s1"}


def command(client: FlaskClient, run: str, id: str, wish: Any) -> Any:
    return client.post(f"/api/v1/runs/{run}/commands", json={"id": id, "command": wish})


def test_a_run_is_created_and_listed(client: FlaskClient) -> None:
    made = client.post("/api/v1/runs", json={"scenario": "classroom", "seed": 5})
    assert made.status_code == 201
    meta = made.get_json()
    assert (meta["scenario"], meta["seed"], meta["state"], meta["playing"]) == ("classroom", 5, "live", True)
    listed = client.get("/api/v1/runs").get_json()
    assert meta["run"] in [run["run"] for run in listed["runs"]]
    assert listed["default"] in [run["run"] for run in listed["runs"]]
    client.post(f"/api/v1/runs/{meta['run']}/pace", json={"playing": False})


def test_a_command_is_taken_at_now(client: FlaskClient, run: str) -> None:
    before = client.get(f"/api/v1/runs/{run}").get_json()
    answer = command(client, run, "a", KILL)
    assert answer.status_code == 201
    assert answer.get_json() == {"seq": before["head_seq"] + 1, "at_us": before["now_us"]}


def test_the_same_id_gets_the_same_answer_and_takes_effect_once(client: FlaskClient, run: str) -> None:
    first = command(client, run, "same", KILL)
    head = client.get(f"/api/v1/runs/{run}").get_json()["head_seq"]
    again = command(client, run, "same", KILL)
    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
    assert client.get(f"/api/v1/runs/{run}").get_json()["head_seq"] == head


def test_a_refused_command_changes_nothing_and_says_why(client: FlaskClient, run: str) -> None:
    command(client, run, "a", KILL)
    before = client.get(f"/api/v1/runs/{run}").get_json()
    answer = command(client, run, "b", KILL)
    assert answer.status_code == 409
    refused = answer.get_json()["refused"]
    assert (refused["code"], refused["fields"]) == ("already-down", {"node": "s1"})
    assert refused["sentence"] == "s1 is down already"
    assert client.get(f"/api/v1/runs/{run}").get_json()["digest"] == before["digest"]


def test_a_manifest_in_yaml_is_a_command_like_any_other(client: FlaskClient, run: str) -> None:
    manifest = """
apiVersion: batch/v1
kind: Job
metadata: {name: words}
spec:
  completions: 2
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: main, image: busybox, resources: {requests: {cpu: 500m, memory: 64Mi}}}
"""
    answer = command(client, run, "yaml", {"type": "submit-manifest", "manifest": manifest})
    assert answer.status_code == 201, answer.get_json()


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        pytest.param("/runs", {}, 422, "either scenario or scenario_yaml", id="no scenario"),
        pytest.param("/runs", {"scenario": "nope"}, 422, "classroom", id="unknown scenario"),
        pytest.param("/runs", {"scenario": "/etc/passwd"}, 422, "shipped", id="a path is not read"),
        pytest.param("/runs", {"scenario": "./x.yaml"}, 422, "shipped", id="nor a YAML path"),
        pytest.param("/runs", {"scenario_yaml": "a: ["}, 422, "line", id="broken YAML"),
        pytest.param("/runs", {"scenario": "classroom", "seed": -1}, 422, "seed", id="negative seed"),
        pytest.param("/runs", {"scenario": "classroom", "sed": 1}, 422, "sed", id="unknown field"),
        pytest.param("/runs", [], 422, "body", id="a list"),
        pytest.param("/runs/zzz/commands", {"id": "x", "command": KILL}, 404, "zzz", id="no such run"),
        pytest.param("/runs/{run}/commands", {"id": "", "command": KILL}, 422, "id", id="empty id"),
        pytest.param("/runs/{run}/commands", {"id": "x" * 65, "command": KILL}, 422, "id", id="long id"),
        pytest.param("/runs/{run}/commands", {"id": "x", "command": {}}, 422, "type", id="no type"),
        pytest.param(
            "/runs/{run}/commands", {"id": "x", "command": {"type": "fly"}}, 422, "fly", id="no such command"
        ),
        pytest.param(
            "/runs/{run}/commands",
            {"id": "x", "command": {"type": "kill-node", "node": 7}},
            422,
            "node",
            id="node 7",
        ),
        pytest.param(
            "/runs/{run}/commands",
            {"id": "x", "command": {"type": "kill-node", "node": "s99"}},
            409,
            "s99",
            id="no such node",
        ),
        pytest.param(
            "/runs/{run}/commands",
            {"id": "x", "command": {"type": "submit-manifest", "manifest": "kind: ["}},
            409,
            "YAML",
            id="broken manifest",
        ),
        pytest.param(
            "/runs/{run}/commands",
            {"id": "a\0b", "command": {"type": "heal-network"}},
            422,
            "id",
            id="NUL in the command's id",
        ),
        pytest.param("/runs/{run}/pace", {"speed": 1000}, 422, "speed", id="too fast"),
        pytest.param("/runs/{run}/pace", {"speed": 0}, 422, "speed", id="speed 0"),
        pytest.param("/runs/{run}/pace", {"step": "giant"}, 422, "step", id="unknown step"),
        pytest.param("/runs/zzz/pace", {"speed": 1}, 404, "zzz", id="pace of no run"),
        pytest.param("/runs/zzz/open", {}, 404, "zzz", id="open no run"),
        pytest.param("/runs/zzz/verify", {}, 404, "zzz", id="verify no run"),
    ],
)
def test_wrong_input_is_4xx_with_a_sentence_and_changes_nothing(
    client: FlaskClient, run: str, path: str, body: Any, status: int, says: str
) -> None:
    before = client.get(f"/api/v1/runs/{run}").get_json()["digest"]
    answer = client.post("/api/v1" + path.format(run=run), json=body)
    assert answer.status_code == status, answer.get_json()
    said = answer.get_json()
    sentence = (said.get("error") or said.get("refused"))["sentence"]
    assert says in sentence
    assert client.get(f"/api/v1/runs/{run}").get_json()["digest"] == before


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"not json", "application/json", 422, id="not JSON"),
        pytest.param(b'{"scenario": "classroom"}', "text/plain", 422, id="not said to be JSON"),
        pytest.param(b"\xff\xfe", "application/json", 422, id="not UTF-8"),
        pytest.param(b"[" * 100_000, "application/json", 422, id="nested too deeply"),
        pytest.param(b" " * 9_000_000, "application/json", 413, id="too large"),
    ],
)
def test_bodies_that_are_none(client: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    answer = client.post("/api/v1/runs", data=body, content_type=content_type)
    assert answer.status_code == status
    sentence = answer.get_json()["error"]["sentence"]
    assert sentence
    assert "None" not in sentence
    assert "instance of" not in sentence


def test_stepping_goes_on_and_stands_still_again(client: FlaskClient, run: str) -> None:
    before = client.get(f"/api/v1/runs/{run}").get_json()
    for _ in range(200):
        after = client.post(f"/api/v1/runs/{run}/pace", json={"step": "entry"}).get_json()
        if after["head_seq"] > before["head_seq"]:
            break
    assert after["head_seq"] > before["head_seq"]
    assert after["playing"] is False


def test_verify_says_identical(client: FlaskClient, run: str) -> None:
    command(client, run, "v", KILL)
    found = client.post(f"/api/v1/runs/{run}/verify").get_json()
    head = client.get(f"/api/v1/runs/{run}").get_json()["head_seq"]
    assert found == {
        "identical": True,
        "entries": head + 1,
        "first_difference": None,
        "sentence": f"identical, {head + 1:,} entries",
    }
