"""The scripts of this room; the part before the first `_` of a file's name is the machine that it drives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.consensus.script import MACHINES
from tests.scripts.datadriven import check, parse, unparse

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_script(script: Path, pytestconfig: pytest.Config) -> None:
    machine = MACHINES[script.stem.split("_")[0]]()
    check(script, machine.run, rewrite=pytestconfig.getoption("--rewrite"))


def test_each_machine_has_scripts_and_they_cite_the_paper() -> None:
    assert {script.stem.split("_")[0] for script in SCRIPTS} == set(MACHINES)
    for script in SCRIPTS:
        assert "PMS " in script.read_text(encoding="utf-8"), (
            f"{script.name} cites no section of Paxos Made Simple"
        )


def test_a_wrong_output_fails(tmp_path: Path) -> None:
    script = tmp_path / "acceptor_wrong.txt"
    script.write_text("# PMS 2.2\ncrash\n----\npromised 9.s9\n")
    with pytest.raises(AssertionError, match=r"acceptor_wrong\.txt"):
        check(script, MACHINES["acceptor"]().run, False)
    check(script, MACHINES["acceptor"]().run, True)
    check(script, MACHINES["acceptor"]().run, False)
    text = script.read_text()
    assert unparse(parse(text)) == text
