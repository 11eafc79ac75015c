from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def words() -> dict[str, Any]:
    """The English sentences."""
    path = Path(__file__).parents[2] / "app" / "words" / "en.toml"
    return tomllib.loads(path.read_text("utf-8"))
