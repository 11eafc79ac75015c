"""`flask conformance`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.conformance import conformance

NODE = {"metadata": {"name": "n"}}
FITS = {
    "id": "one",
    "plugin": "NodeName",
    "extension_point": "filter",
    "nodes": [NODE],
    "pod": {"spec": {"nodeName": "n"}},
    "expected": {"fits": True, "code": "Success", "reasons": []},
}
WRONG = FITS | {"id": "two", "pod": {"spec": {"nodeName": "m"}}}
UNKNOWN = FITS | {"id": "three", "plugin": "VolumeBinding"}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(conformance, list(arguments))


def written(folder: Path, name: str, content: Any) -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_json(tmp_path: Path) -> None:
    said = run(written(tmp_path, "a.json", {"cases": [FITS, WRONG, UNKNOWN]}), "--json")
    assert said.exit_code == 1
    report = json.loads(said.output)
    assert (report["agree"], report["disagree"], report["unsupported"]) == (1, 1, 1)
    assert report["by_plugin"]["NodeName"] == {"agree": 1, "disagree": 1, "unsupported": 0}
    assert report["by_plugin"]["VolumeBinding"] == {"agree": 0, "disagree": 0, "unsupported": 1}
    (one,) = report["disagreements"]
    assert (one["id"], one["expected"], one["got"]["fits"]) == ("two", WRONG["expected"], False)


def test_a_table_for_people(tmp_path: Path) -> None:
    said = run(written(tmp_path, "a.json", [FITS, WRONG, UNKNOWN]))
    assert said.exit_code == 1
    lines = said.output.splitlines()
    assert lines[0].split() == ["agree", "disagree", "not", "supported"]
    assert [line.split() for line in lines[1:4]] == [
        ["NodeName", "1", "1", "0"],
        ["VolumeBinding", "0", "0", "1"],
        ["all", "1", "1", "1"],
    ]
    assert "disagrees: two" in said.output
    assert "not supported: three: nothing here answers for VolumeBinding at filter" in said.output


def test_files_and_folders_and_files_of_values(tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    written(folder, "b.json", [FITS])
    written(folder, "constants.json", {"note": "values only", "scheduler": {}})
    alone = written(tmp_path, "a.json", {"cases": [FITS | {"id": "four"}]})
    said = run(str(folder), alone, "--json")
    assert (said.exit_code, json.loads(said.output)["agree"]) == (0, 2)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("{", "is no JSON", id="broken"),
        pytest.param("[" * 100_000, "is no JSON", id="deeper than deep"),
        pytest.param("7", "holds no cases", id="a number"),
        pytest.param({"cases": {}}, "holds no cases", id="cases that are no list"),
        pytest.param({"items": []}, "holds no cases", id="another object"),
        pytest.param({"cases": []}, "There are no cases in", id="empty"),
        pytest.param({"note": "values"}, "There are no cases in", id="values alone"),
        pytest.param([7], "case 0 is a number; a case is an object", id="a case that is none"),
        pytest.param([{"id": "x", "expected": {}}], "names neither a plugin nor an area", id="of nothing"),
        pytest.param([{"plugin": "P", "expected": {}}], "has no id", id="nameless"),
        pytest.param([{"id": "x", "plugin": "P"}], "(x) has no expected", id="expects nothing"),
        pytest.param([FITS | {"args": [1]}], "has args that are no object", id="args"),
        pytest.param("\x00", "is no JSON", id="a zero byte"),
    ],
)
def test_garbage_gets_one_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    said = run(written(tmp_path, "bad.json", content))
    assert said.exit_code == 2
    assert sentence in said.output
    assert "Traceback" not in said.output
    assert len(said.output.strip().splitlines()) == 1


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").mkdir()
    for path, sentence in (
        ("nowhere.json", "cannot be read: No such file or directory"),
        ("bytes.json", "is not UTF-8 text"),
        ("empty", "holds no *.json files"),
    ):
        said = run(str(tmp_path / path))
        assert (said.exit_code, sentence in said.output) == (2, True), path
    assert run().exit_code == 2


@pytest.mark.parametrize(
    "change",
    [
        {"nodes": [7]},
        {"nodes": 7},
        {"nodes": [{}]},
        {"pod": 7},
        {"pod": {"spec": 7}},
        {"existing_pods": {"a": 1}},
        {"namespaces": [1]},
        {"pdbs": [{"status": 1}]},
    ],
    ids=str,
)
def test_a_case_whose_content_is_garbage_is_judged_and_crashes_nothing(tmp_path: Path, change: Any) -> None:
    said = run(written(tmp_path, "a.json", [FITS | change]), "--json")
    assert said.exit_code in (0, 1)
    report = json.loads(said.output)
    assert report["agree"] + report["disagree"] + report["unsupported"] == 1
