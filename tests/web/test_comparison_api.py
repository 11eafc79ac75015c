"""REST for comparing profiles: begun, watched, opened side by side."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.test_search_api import until

API = "/api/v1"


def submit(count: int, cpu_milli: int) -> dict[str, Any]:
    wish = {"type": "submit-tasks", "count": count, "name": "own", "cpu_milli": cpu_milli, "memory_mib": 256}
    return {"at_us": 3_000_000, "command": {**wish, "duration_ms": 60_000}}


def compared(client: FlaskClient, **wish: Any) -> Any:
    begun = client.post(f"{API}/comparisons", json=wish)
    assert begun.status_code == 202, begun.get_json()
    comparison = begun.get_json()["comparison"]
    return until(
        lambda: client.get(f"{API}/comparisons/{comparison}").get_json(),
        lambda one: one["state"] != "running",
    )


def test_two_profiles_on_the_same_tasks(client: FlaskClient) -> None:
    told = compared(client, profiles=["default", "binpack"], commands=[submit(6, 1_000)], until_s=6)
    assert (told["state"], told["error"], told["progress_ppm"]) == ("done", "", 1_000_000)
    even, packed = told["sides"]
    assert [side["profile"] for side in told["sides"]] == ["default", "binpack"]
    assert sorted(row["pods"] for row in even["nodes"]) == [1] * 6
    assert sorted(row["pods"] for row in packed["nodes"]) == [0, 0, 0, 0, 2, 4]
    assert told["same_placement"] + told["other_placement"] == 6 == len(packed["placement"])
    assert packed["series"][-1]["at_us"] == 6_000_000
    assert "binpack" in told["sentence"]
    listed = client.get(f"{API}/comparisons").get_json()["comparisons"]
    row = next(one for one in listed if one["comparison"] == told["comparison"])
    assert "placement" not in row["sides"][0]
    assert row["sides"][0]["figures"] == even["figures"]

    opened = client.post(f"{API}/comparisons/{told['comparison']}/open", json={"side": 1})
    assert opened.status_code == 201
    run = opened.get_json()["run"]
    meta = until(lambda: client.get(f"{API}/runs/{run}").get_json(), lambda one: one["rebuilding"] is None)
    assert (meta["playing"], meta["error"], meta["now_us"]) == (False, "", 6_000_000)
    figures = client.get(f"{API}/runs/{run}/balance").get_json()["figures"]
    assert figures["cpu_jain_milli"] == packed["figures"]["cpu_jain_milli"]


def test_a_profile_of_ones_own(client: FlaskClient) -> None:
    text = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
    own = {"name": "mine", "yaml": text}
    told = compared(client, profiles=["default", own], commands=[submit(6, 1_000)], until_s=4)
    assert [side["profile"] for side in told["sides"]] == ["default", "mine"]
    assert told["sides"][0]["placement"] == told["sides"][1]["placement"]
    assert (told["same_placement"], told["other_placement"]) == (6, 0)


def test_a_command_that_no_world_takes_is_told(client: FlaskClient) -> None:
    work = [{"at_us": 1_000, "command": {"type": "kill-node", "node": "q9"}}]
    told = compared(client, profiles=["default", "binpack"], commands=work, until_s=2)
    assert told["state"] == "failed"
    assert "q9" in told["error"]


def test_one_that_is_stopped_keeps_what_it_measured(client: FlaskClient) -> None:
    begun = client.post(f"{API}/comparisons", json={"profiles": ["default", "spread"], "until_s": 3_600})
    comparison = begun.get_json()["comparison"]

    def ask() -> Any:
        return client.get(f"{API}/comparisons/{comparison}").get_json()

    assert client.delete(f"{API}/comparisons/{comparison}").status_code == 200
    told = until(ask, lambda one: one["state"] != "running")
    assert told["state"] == "stopped"
    assert told["progress_ppm"] < 1_000_000


def test_what_there_is_to_compare(client: FlaskClient) -> None:
    profiles = client.get(f"{API}/profiles").get_json()["profiles"]
    assert [one["name"] for one in profiles] == ["binpack", "default", "requested-to-capacity", "spread"]
    assert all(one["about"] and one["document"]["kind"] == "KubeSchedulerConfiguration" for one in profiles)
    workloads = client.get(f"{API}/workloads").get_json()["workloads"]
    told = [(one["name"], one["until_s"]) for one in workloads]
    assert told == [("mixed", 60), ("priorities", 45), ("services", 58)]
    compute = {one["name"]: one["compute"] for one in client.get(f"{API}/scenarios").get_json()["scenarios"]}
    assert (compute["classroom"], compute["single-decree"]) == (6, 0), "nothing can be placed without them"


BOTH = ["default", "binpack"]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        pytest.param({"profiles": ["default"]}, "profiles", id="nothing to compare with"),
        pytest.param({"profiles": ["default"] * 5}, "profiles", id="too many sides"),
        pytest.param({"profiles": ["default", "none"]}, "'none'", id="no such profile"),
        pytest.param({"profiles": ["default", "../x.yaml"]}, "no profile", id="a path"),
        pytest.param({"profiles": ["default", 3]}, "profiles.1", id="a number for a profile"),
        pytest.param({"profiles": ["default", {"name": "x"}]}, "document or yaml", id="a profile of nothing"),
        pytest.param(
            {"profiles": ["default", {"name": "x", "document": {"kind": "Pod"}}]},
            "apiVersion",
            id="another kind",
        ),
        pytest.param({"profiles": ["default", {"name": "x", "yaml": "[1"}]}, "not YAML", id="no YAML"),
        pytest.param({"profiles": ["default", {"name": "x", "yaml": "- 1"}]}, "document", id="a list"),
        pytest.param({"profiles": BOTH, "scenario": "../x.yaml"}, "no scenario", id="a path for a scenario"),
        pytest.param({"profiles": BOTH, "workload": "none"}, "no workload", id="no such workload"),
        pytest.param(
            {"profiles": BOTH, "workload": "mixed", "commands": [submit(1, 1)]}, "either", id="two workloads"
        ),
        pytest.param(
            {"profiles": BOTH, "commands": [{"at_us": 0, "command": {"type": "x"}}]},
            "commands",
            id="no command",
        ),
        pytest.param(
            {"profiles": BOTH, "commands": [{"at_us": -1, "command": {}}]}, "at_us", id="before the beginning"
        ),
        pytest.param({"profiles": BOTH, "until_s": 0}, "until_s", id="no time"),
        pytest.param({"profiles": BOTH, "until_s": 1e9}, "until_s", id="too long"),
        pytest.param({"profiles": BOTH, "seed": True}, "seed", id="a truth for a seed"),
        pytest.param({"profiles": BOTH, "pods": 1}, "pods", id="an unknown field"),
        pytest.param({}, "profiles", id="nothing at all"),
    ],
)
def test_a_comparison_that_cannot_be_is_told(client: FlaskClient, wish: dict[str, Any], says: str) -> None:
    answer = client.post(f"{API}/comparisons", json=wish)
    assert answer.status_code == 422
    assert says in answer.get_json()["error"]["sentence"]


@pytest.mark.parametrize(("method", "path"), [("get", "none"), ("delete", "none"), ("post", "none/open")])
def test_what_is_not_there_is_told(client: FlaskClient, method: str, path: str) -> None:
    body = {"json": {"side": 0}} if method == "post" else {}
    answer = getattr(client, method)(f"{API}/comparisons/{path}", **body)
    assert answer.status_code == 404
    assert "none" in answer.get_json()["error"]["sentence"]
