"""What checking costs: always-on checkers against the bare world, and the shared histories against Porcupine's figures."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from app.checking.invariants import Checker
from app.checking.linearizability import MODELS, Reading, check
from app.checking.linearizability.jsonl import read
from app.checking.linearizability.live import LiveHistory
from app.scenarios import load_scenario
from app.world.world import World
from tests.bench.measure import ROUNDS, Row

HISTORIES = Path(__file__).parent.parent.parent.parent / "shared" / "conformance" / "linearizability"
ETCD, ETCD_FILES, ETCD_S = "etcd_", 102, 0.44
"""Porcupine's CPU time for its 102 etcd histories, on a machine like ours; 41 of them are shared."""


def world(judged: bool) -> int:
    """How many entries a minute of the classroom has, with every check on or off."""
    run = World(load_scenario("classroom"), 1)
    checker = Checker(LiveHistory())
    hear = checker.on_entry
    entries = 0
    for portion in (run.start(), *(run.advance(second * 1_000_000) for second in range(1, 61))):
        entries += len(portion)
        if judged:
            for entry in portion:
                hear(entry)
    assert checker.violations == 0
    return entries


def cpu_rates() -> dict[str, float]:
    """Entries in a second of the processor's time, which is what other programs on the machine leave alone."""
    seen: dict[str, list[float]] = {"bare": [], "judged": []}
    for _ in range(ROUNDS):
        for name, rates in seen.items():
            began_s = time.process_time()
            entries = world(name == "judged")
            rates.append(entries / (time.process_time() - began_s))
    return {name: statistics.median(rates) for name, rates in seen.items()}


def histories(begins: str) -> tuple[int, float]:
    """How many shared histories have a name that begins so, and the CPU seconds that they take, read and judged."""
    suite = json.loads((HISTORIES / "verdicts.json").read_text())
    names = [name for name in suite if name.startswith(begins)]
    began_s = time.process_time()
    for name in names:
        said = suite[name]
        options = {f: said[f] for f in ("init", "cas_fail", "read_null") if said.get(f) is not None}
        model, reading = MODELS[said["model"]], Reading(**options)
        with (HISTORIES / f"{name}.jsonl").open(encoding="utf-8") as file:
            result = check(read(file, model, reading), model, reading=reading, explain=False)
        assert (result.verdict == "valid") == said["linearizable"], name
    return len(names), time.process_time() - began_s


def run() -> list[Row]:
    """The ratio of a judged world to a bare one (aim: under 1.5), and CPU times of the shared histories."""
    seen = cpu_rates()
    ratio = seen["bare"] / seen["judged"]
    rows = [
        Row("checking", "world, bare", seen["bare"], "entries/CPU s"),
        Row(
            "checking",
            "world, every check on",
            seen["judged"],
            "entries/CPU s",
            ratio,
            "the bare world's time",
        ),
    ]
    if not HISTORIES.is_dir():
        return rows
    files, spent_s = histories(ETCD)
    share_s = ETCD_S * files / ETCD_FILES
    rows.append(
        Row("checking", f"{files} etcd histories", spent_s, "s CPU", spent_s / share_s, "Porcupine's share")
    )
    files, spent_s = histories("")
    rows.append(Row("checking", f"all {files} shared histories", spent_s, "s CPU"))
    return rows
