"""`flask check` and `flask check-suite`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.checks import check, check_suite

GOOD = [("invoke", "write", 1), ("ok", "write", 1), ("invoke", "read", None), ("ok", "read", 1)]
BAD = [("invoke", "write", 1), ("ok", "write", 1), ("invoke", "read", None), ("ok", "read", 2)]


def written(path: Path, events: list[tuple[str, str, Any]]) -> str:
    lines = [json.dumps({"process": 0, "type": t, "f": f, "value": value}) for t, f, value in events]
    path.write_text("\n".join(lines))
    return str(path)


def run(command: Any, *arguments: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(command, list(arguments), input=stdin)


def test_a_linearizable_history(tmp_path: Path) -> None:
    said = run(check, written(tmp_path / "h.jsonl", GOOD), "--model", "register", "--json")
    assert said.exit_code == 0
    report = json.loads(said.output)
    assert (report["verdict"], report["linearizable"], report["order"]) == ("valid", True, [1, 3])


def test_a_wrong_history_names_the_operation_the_prefix_and_a_smaller_one(tmp_path: Path) -> None:
    path = written(tmp_path / "h.jsonl", BAD)
    said = run(check, path, "--model", "register", "--json")
    assert said.exit_code == 1
    report = json.loads(said.output)
    assert (report["verdict"], report["stuck"]["line"], report["stuck"]["result"]) == ("invalid", 3, 2)
    assert report["prefix"] == [1]
    assert [(event["type"], event["f"]) for event in report["minimal"]] == [
        ("invoke", "read"),
        ("ok", "read"),
    ]
    told = run(check, path, "--model", "register").output
    assert (
        "Line 4: no order of the operations so far has room for read 2 of process 0, begun in line 3" in told
    )


def test_a_spent_budget(tmp_path: Path) -> None:
    said = run(check, written(tmp_path / "h.jsonl", BAD), "--model", "register", "--budget", "1", "--json")
    assert (said.exit_code, json.loads(said.output)["verdict"]) == (3, "unknown")


def test_options_left_out_come_from_the_verdicts_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path / "h.jsonl", [("invoke", "read", None), ("ok", "read", 7)])
    (tmp_path / "verdicts.json").write_text(
        json.dumps({"h": {"model": "register", "init": 7, "linearizable": True}})
    )
    assert run(check, path).exit_code == 0
    assert run(check, path, "--init", "8").exit_code == 1


WRONG: dict[str, tuple[list[str], str]] = {
    "no model": (["-"], "No model is given for '-'; allowed are register, cas-register, kv-append, mutex,"),
    "an unknown model": (["-", "--model", "queue"], "The model is 'queue' for '-'; allowed are register,"),
    "a wrong option": (["-", "--model", "register", "--cas-fail", "maybe"], "-: cas_fail is 'maybe'; allowed are no_effect"),
    "a wrong init": (["-", "--model", "mutex", "--init", "3"], "-: init is 3; allowed for mutex are free and held."),
    "no file": (["nowhere.jsonl", "--model", "register"], "The history 'nowhere.jsonl' cannot be read: No such file"),
    "no history": (["-", "--model", "register"], "-: Line 1: this is not JSON: JSON is malformed"),
    "no budget": (["-", "--model", "register", "--budget", "0"], "flask check: Invalid value for '--budget'"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_wrong_input_is_one_sentence(arguments: list[str], sentence: str) -> None:
    said = run(check, *arguments, stdin="garbage")
    assert said.exit_code == 2
    assert said.output.startswith(sentence)
    assert len(said.output.splitlines()) == 1


def test_a_suite_counts_agreements_and_names_the_others(tmp_path: Path) -> None:
    written(tmp_path / "good.jsonl", GOOD)
    written(tmp_path / "bad.jsonl", BAD)
    written(tmp_path / "misjudged.jsonl", BAD)
    said = {"model": "register", "cas_fail": None, "read_null": "absent"}
    verdicts = {"good": True, "bad": False, "misjudged": True}
    (tmp_path / "verdicts.json").write_text(
        json.dumps({name: said | {"linearizable": linearizable} for name, linearizable in verdicts.items()})
    )
    told = run(check_suite, str(tmp_path), "--json")
    report = json.loads(told.output)
    assert report.pop("seconds") >= 0
    assert report == {"agree": 2, "disagree": 1, "unknown": 0, "disagreements": ["misjudged"]}
    assert told.exit_code == 1
    assert json.loads(run(check_suite, str(tmp_path), "--budget", "1", "--json").output)["unknown"] == 3


def test_a_suite_without_verdicts(tmp_path: Path) -> None:
    said = run(check_suite, str(tmp_path))
    assert (said.exit_code, said.output) == (2, f"There is no verdicts.json in {str(tmp_path)!r}.\n")
