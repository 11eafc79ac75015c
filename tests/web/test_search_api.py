"""REST for breaking the protocol: switches, searches, findings, traces, futures."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from app.scenarios import load_scenario, to_plain

API = "/api/v1"
PATIENCE_S = 90


def until(ask: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    """Ask again until it is done: worker processes take the time they take."""
    end_s = time.monotonic() + PATIENCE_S
    while not done(answer := ask()):
        assert time.monotonic() < end_s, answer
        time.sleep(0.05)
    return answer


def test_switches_are_listed_with_their_sources(client: FlaskClient) -> None:
    switches = client.get(f"{API}/switches").get_json()["switches"]
    assert len(switches) >= 25
    assert all(one["id"] and one["sentence"] and one["source"] for one in switches)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        pytest.param({"switch": "nonsense"}, "nonsense", id="no such switch"),
        pytest.param({"scenario": "../classroom.yaml"}, "no scenario", id="a path"),
        pytest.param({"seeds": 0}, "seeds: 0", id="no seeds"),
        pytest.param({"seeds": 10**9}, "seeds: 1000000000", id="too many seeds"),
        pytest.param({"seeds": "many"}, "seeds", id="a word for a number"),
        pytest.param({"switch": "../etc"}, "switch", id="a path for a switch"),
        pytest.param({"speed": 1}, "speed", id="an unknown field"),
        pytest.param({"workers": 0}, "workers: 0", id="no workers"),
        pytest.param({"workers": 65}, "workers: 65", id="more workers than any server has"),
        pytest.param({"workers": "2"}, "workers: '2'", id="workers as text"),
        pytest.param({"workers": True}, "workers: True", id="workers as a truth"),
    ],
)
def test_a_search_that_cannot_be_is_told(client: FlaskClient, wish: dict[str, Any], says: str) -> None:
    answer = client.post(f"{API}/searches", json=wish)
    assert answer.status_code == 422
    assert says in answer.get_json()["error"]["sentence"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "searches/none"),
        ("delete", "searches/none"),
        ("get", "findings/none"),
        ("post", "findings/none/open"),
        ("post", "traces/none/open"),
        ("get", "futures/none"),
    ],
)
def test_what_is_not_there_is_told(client: FlaskClient, method: str, path: str) -> None:
    answer = getattr(client, method)(f"{API}/{path}")
    assert answer.status_code == 404
    assert "none" in answer.get_json()["error"]["sentence"]


def test_a_search_finds_and_its_story_opens_at_the_violation(client: FlaskClient) -> None:
    wish = {"switch": "prepare-quorum-too-small", "seeds": 200, "until_found": True}
    begun = client.post(f"{API}/searches", json=wish)
    assert begun.status_code == 202
    search = begun.get_json()["search"]

    def ask() -> Any:
        return client.get(f"{API}/searches/{search}").get_json()

    def told(report: Any) -> bool:
        return report["state"] == "done" and report["findings"][0]["shrunk"] is not None

    report = until(ask, told)
    assert report["violations"] >= 1
    assert report in client.get(f"{API}/searches").get_json()["searches"]
    row = report["findings"][0]
    finding = client.get(f"{API}/findings/{row['finding']}").get_json()
    assert len(finding["steps"]) == len(finding["commands"]) == row["shrunk"] <= row["steps"]
    assert finding["command_line"].endswith(f"--switch prepare-quorum-too-small --seed {row['seed']}")
    opened = client.post(f"{API}/findings/{row['finding']}/open")
    assert opened.status_code == 201
    run = opened.get_json()["run"]
    meta = until(lambda: client.get(f"{API}/runs/{run}").get_json(), lambda one: one["rebuilding"] is None)
    assert (meta["playing"], meta["error"], meta["now_us"]) == (False, "", finding["until_us"])
    assert meta["violations"] >= 1
    assert client.post(f"{API}/runs/{run}/verify").get_json()["identical"] is True


def test_a_search_takes_so_many_workers(client: FlaskClient) -> None:
    experiments = client.application.extensions["synod"].experiments
    listed = client.get(f"{API}/searches").get_json()
    assert (listed["workers"], listed["workers_max"]) == (experiments.workers, experiments.workers_max)
    most = listed["workers_max"]
    begun = client.post(f"{API}/searches", json={"seeds": 2, "until_found": False, "workers": most})
    assert begun.status_code == 202
    search = begun.get_json()["search"]
    until(lambda: client.get(f"{API}/searches/{search}").get_json(), lambda one: one["seeds_done"] == 2)
    if most < 64:
        refused = client.post(f"{API}/searches", json={"workers": most + 1})
        sentence = refused.get_json()["error"]["sentence"]
        assert (refused.status_code, sentence) == (
            422,
            f"workers: {most + 1} cannot be used: here allowed are 1 to {most}.",
        )


def test_a_search_stops_when_told_to(client: FlaskClient) -> None:
    search = client.post(f"{API}/searches", json={"seeds": 100_000, "until_found": False}).get_json()[
        "search"
    ]
    assert client.delete(f"{API}/searches/{search}").status_code == 200
    report = until(
        lambda: client.get(f"{API}/searches/{search}").get_json(), lambda one: one["state"] != "running"
    )
    assert report["state"] == "stopped"
    assert report["seeds_done"] < 100_000


def test_a_shipped_trace_opens_at_its_violation(client: FlaskClient) -> None:
    trace = client.get(f"{API}/traces").get_json()["traces"][0]
    run = client.post(f"{API}/traces/{trace['switch']}/open").get_json()["run"]
    meta = until(lambda: client.get(f"{API}/runs/{run}").get_json(), lambda one: one["rebuilding"] is None)
    assert (meta["playing"], meta["error"], meta["now_us"]) == (False, "", trace["until_us"])
    assert meta["violations"] >= 1


def test_a_trace_opens_though_every_process_is_busy(client: FlaskClient) -> None:
    experiments = client.application.extensions["synod"].experiments
    crew = experiments.crew()
    text = msgspec.json.encode(to_plain(load_scenario("search"))).decode()
    what = {"scenario": text, "name": "search", "switch": "", "until_found": False, "keep": 0}
    busy = [crew.submit("trials", **what, first=0, count=120) for _ in range(crew.size)]
    trace = client.get(f"{API}/traces").get_json()["traces"][0]
    assert client.post(f"{API}/traces/{trace['switch']}/open").status_code == 201
    assert not any(one.done() for one in busy), "it waited for a search"


@pytest.mark.parametrize("recorded", [False, True], ids=["from now", "from a recorded entry"])
def test_futures_of_a_run(client: FlaskClient, run: str, recorded: bool) -> None:
    at_seq = client.get(f"{API}/runs/{run}").get_json()["head_seq"] // 2 if recorded else None
    wish = {"at_seq": at_seq, "count": 6, "horizon_s": 8}
    begun = client.post(f"{API}/runs/{run}/futures", json=wish)
    assert begun.status_code == 202, begun.get_json()
    assert begun.get_json()["sentence"] == "Of 6 futures none has ended yet"
    name = begun.get_json()["futures"]
    told = until(
        lambda: client.get(f"{API}/futures/{name}").get_json(), lambda one: one["state"] != "running"
    )
    assert (told["state"], told["of"], told["done"], told["unsafe"]) == ("done", 6, 6, 0)
    assert told["sentence"].startswith("Of 6: 0 unsafe, ")
    assert f"worst is seed {told['worst_seed']}" in told["sentence"]
    opened = client.post(f"{API}/futures/{name}/open", json={"seed": told["worst_seed"]}).get_json()["run"]
    meta = until(lambda: client.get(f"{API}/runs/{opened}").get_json(), lambda one: one["rebuilding"] is None)
    assert (meta["playing"], meta["error"], meta["now_us"]) == (False, "", told["at_us"] + 8_000_000)
    assert client.post(f"{API}/futures/{name}/open", json={"seed": 6}).status_code == 404


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param({"count": 0}, id="none"),
        pytest.param({"count": 10_000}, id="too many"),
        pytest.param({"horizon_s": 0}, id="no time"),
        pytest.param({"horizon_s": "long"}, id="a word"),
        pytest.param({"at_seq": -1}, id="before the beginning"),
    ],
)
def test_futures_that_cannot_be_are_told(client: FlaskClient, run: str, wish: dict[str, Any]) -> None:
    assert client.post(f"{API}/runs/{run}/futures", json=wish).status_code == 422


def test_futures_of_an_entry_that_is_not_there(client: FlaskClient, run: str) -> None:
    answer = client.post(f"{API}/runs/{run}/futures", json={"at_seq": 10**9})
    assert answer.status_code == 404
    assert "its last is" in answer.get_json()["error"]["sentence"]
