"""Fixtures for the checkers' tests."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def words() -> dict[str, Any]:
    """Every sentence, by section and code."""
    file = Path(__file__).parent.parent.parent / "app" / "words" / "en.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
