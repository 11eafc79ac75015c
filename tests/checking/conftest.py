"""Fixtures for the checkers' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.checking.verdict import Verdict
from app.words import fill, sentences


@pytest.fixture(scope="session")
def told() -> Callable[[Verdict], str]:
    """The sentence of a verdict; a field that it lacks stays in braces. Raises: KeyError for a code without words."""
    return lambda verdict: fill(sentences()["verdict"][verdict.code], verdict.fields)
