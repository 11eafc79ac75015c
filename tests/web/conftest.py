"""The application on a database of its own, without sockets, its loop running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings


def settings(folder: Path, **changes: Any) -> Settings:
    values = {
        "database_url": f"sqlite:///{folder / 'web.sqlite'}",
        "scalability": False,
        "limit_per_minute": 100_000,
        "runs_max": 64,
        **changes,
    }
    return Settings(**values)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(settings(tmp_path_factory.mktemp("web")))
    synod = app.extensions["synod"]
    synod.start()
    yield app
    synod.stop()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def run(client: FlaskClient) -> Iterator[str]:
    """A paused run of its own for a test, some entries old."""
    run = client.post("/api/v1/runs", json={"scenario": "classroom", "seed": 7}).get_json()["run"]
    client.post(f"/api/v1/runs/{run}/pace", json={"step": "landmark"})
    client.post(f"/api/v1/runs/{run}/pace", json={"playing": False})
    yield run
    client.post(f"/api/v1/runs/{run}/pace", json={"playing": False})
