"""The histories of `shared/conformance/linearizability`: from Porcupine's and Knossos' own test data."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.checking.linearizability import MODELS, Reading, Result, check
from app.checking.linearizability.jsonl import events, read
from app.checking.verdict import INVALID, VALID

PORCUPINE_ETCD_S, PORCUPINE_ETCD_FILES = 0.44, 102
TIMES_MAX = 30
HISTORIES = 91


@pytest.fixture(scope="module")
def folder(shared_dir: Path) -> Path:
    return shared_dir / "conformance" / "linearizability"


@pytest.fixture(scope="module")
def suite(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((folder / "verdicts.json").read_text())
    return found


def judged(folder: Path, name: str, said: dict[str, Any], explain: bool = False) -> Result:
    options = {
        field: said[field] for field in ("init", "cas_fail", "read_null") if said.get(field) is not None
    }
    model, reading = MODELS[said["model"]], Reading(**options)
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        return check(read(file, model, reading), model, reading=reading, explain=explain)


def test_every_verdict_is_right(folder: Path, suite: dict[str, dict[str, Any]]) -> None:
    assert len(suite) == HISTORIES
    wrong = {
        name: result.verdict
        for name, said in suite.items()
        if (result := judged(folder, name, said)).verdict != (VALID if said["linearizable"] else INVALID)
        or result.operations > said["ops"]
    }
    assert wrong == {}


def test_what_is_said_of_a_wrong_history_is_wrong_by_itself(
    folder: Path, suite: dict[str, dict[str, Any]]
) -> None:
    for name, said in suite.items():
        if said["linearizable"]:
            continue
        result = judged(folder, name, said, explain=True)
        assert result.stuck is not None, name
        assert 0 < len(result.minimal) < said["ops"], name
        options = {f: said[f] for f in ("init", "cas_fail", "read_null") if said.get(f) is not None}
        model, reading = MODELS[said["model"]], Reading(**options)
        lines = [json.dumps(event) for event in events(result.minimal)]
        again = check(read(lines, model, reading), model, reading=reading, explain=False)
        assert again.verdict == INVALID, name


def test_it_costs_at_most_thirty_times_what_porcupine_costs(
    folder: Path, suite: dict[str, dict[str, Any]]
) -> None:
    etcd = {name: said for name, said in suite.items() if name.startswith("etcd")}
    began_s = time.process_time()
    for name, said in etcd.items():
        judged(folder, name, said)
    spent_s = time.process_time() - began_s
    assert spent_s < TIMES_MAX * PORCUPINE_ETCD_S * len(etcd) / PORCUPINE_ETCD_FILES
