"""The edge: hosts, origins, tokens, headers, limits, pages, health."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from tests.web.conftest import settings


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:5000", 200),
        ("127.0.0.1:5000", 200),
        ("[::1]:5000", 200),
        ("192.168.1.7", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.nip.io", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_only_host_names_of_ours_are_answered(client: FlaskClient, host: str, status: int) -> None:
    answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        pytest.param("http://localhost", 404, id="our own page"),
        pytest.param("http://evil.example", 403, id="another site"),
        pytest.param("null", 403, id="a sandboxed page"),
        pytest.param("http://localhost:81", 403, id="another port"),
    ],
)
def test_pages_of_other_sites_may_not_act(client: FlaskClient, origin: str, status: int) -> None:
    answer = client.post("/api/v1/runs/none/open", headers={"Origin": origin, "Host": "localhost"})
    assert answer.status_code == status


def test_sockets_are_guarded_as_well(client: FlaskClient) -> None:
    path = "/socket.io/?EIO=4&transport=polling"
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert client.get(path, headers={"Origin": "http://evil.example"}).status_code == 403


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for path in ("/", "/healthz", "/api/v1/runs", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_may_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    script = next(part for part in policy.split(";") if "script-src" in part)
    assert script.split() == ["script-src", "'self'"]


def test_the_docs_page_may_run_its_own_scripts_alone(client: FlaskClient) -> None:
    answer = client.get("/api/docs/swagger")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "'sha256-" in policy
    assert "'unsafe-inline'" not in next(part for part in policy.split(";") if "script-src" in part)


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json()["status"] == "ready"
    metrics = client.get("/metrics").get_data(as_text=True)
    for name in ("synod_entries_total", "synod_viewers", "synod_slices_total", "synod_run_true_speed"):
        assert name in metrics


def test_what_is_not_there_is_404_with_a_sentence(client: FlaskClient) -> None:
    answer = client.get("/api/v1/unicorns")
    assert answer.status_code == 404
    assert "/api/v1/unicorns" in answer.get_json()["error"]["sentence"]


def test_the_page_says_what_to_do_when_it_is_not_built(tmp_path: Path, app: Flask) -> None:
    kept = app.static_folder
    bare = create_app(settings(tmp_path), app.extensions["synod"])
    bare.static_folder = str(tmp_path)
    from app.web.pages import Assets

    assert not Assets(tmp_path).look()
    with bare.test_request_context():
        page = bare.jinja_env.get_template("unbuilt.html").render()
    assert "make build" in page
    assert kept == app.static_folder


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[FlaskClient]:
    changes = {"token_drive": "drive-token", "token_watch": "watch-token"}
    app = create_app(settings(tmp_path, **changes))
    app.extensions["synod"].start()
    yield app.test_client()
    app.extensions["synod"].stop()


def test_tokens(guarded: FlaskClient) -> None:
    drive = {"Authorization": "Bearer drive-token"}
    watch = {"Authorization": "Bearer watch-token"}
    assert guarded.get("/api/v1/runs").status_code == 401
    assert guarded.get("/api/v1/runs", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    run = guarded.get("/api/v1/runs", headers=watch).get_json()["default"]
    wish = {"id": "x", "command": {"type": "kill-node", "node": "s1"}}
    paths = [(f"/api/v1/runs/{run}/commands", wish), (f"/api/v1/runs/{run}/pace", {"speed": 2})]
    for path, body in [*paths, ("/api/v1/runs", {"scenario": "classroom"})]:
        refused = guarded.post(path, json=body, headers=watch)
        assert refused.status_code == 403
        assert "watch" in refused.get_json()["error"]["sentence"]
    for path, body in paths:
        assert guarded.post(path, json=body, headers=drive).status_code in (200, 201)
    assert guarded.get("/healthz").status_code == 200
    assert guarded.get("/metrics").status_code == 401


def test_a_token_in_the_address_moves_into_a_cookie(guarded: FlaskClient) -> None:
    answer = guarded.get("/?token=watch-token&at=5")
    assert answer.status_code == 302
    assert "token" not in answer.headers["Location"]
    assert "at=5" in answer.headers["Location"]
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert guarded.get("/api/v1/runs").status_code == 200


def test_too_many_requests_are_told_so(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, limit_per_minute=3))
    app.extensions["synod"].start()
    client = app.test_client()
    statuses = [client.get("/api/v1/scenarios").status_code for _ in range(5)]
    last = client.get("/api/v1/scenarios")
    app.extensions["synod"].stop()
    assert statuses == [200, 200, 200, 429, 429]
    assert last.get_json()["error"]["sentence"]
    assert client.get("/healthz").status_code == 200
