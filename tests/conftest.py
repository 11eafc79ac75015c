"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres.rig import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

ROOT = Path(__file__).parent.parent

# The same examples on every run: a test that fails only sometimes teaches people to run it again.
settings.register_profile(
    "synod", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("synod")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write golden outputs and generated parts anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything under tests/browser is a browser test; whoever asks for PostgreSQL is a PostgreSQL test."""
    for item in items:
        if (ROOT / "tests" / "browser") in item.path.parents:
            item.add_marker("browser")
        if "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")


def pytest_collection_finish() -> None:
    """What is here now stays: the collector need not look at thousands of tests again, and seldom at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder `shared` beside the checkout: conformance cases and the production trace.

    Outside CI a checkout may stand alone, and the test is skipped; in CI its absence is an error.
    """
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        sentence = "needs the folder `shared` beside the checkout"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return folder
