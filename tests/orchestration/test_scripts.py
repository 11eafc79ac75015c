"""Scenarios of the controllers as somebody at a terminal sees them; with `--rewrite` what they print is written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.orchestration.kubectl import Kubectl
from tests.scripts.datadriven import check

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script(script: Path, pytestconfig: pytest.Config) -> None:
    check(script, Kubectl().run, rewrite=pytestconfig.getoption("--rewrite"))
