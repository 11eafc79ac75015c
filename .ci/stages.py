"""Run every check, two at a time where they are small, and close with a table of times.

All stages run even when one fails; the output of a failed stage is shown, that of the others is in `.build/stages/`.
Names given as arguments pick stages (and what these need). Called by `make test`, which has made .venv before.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

CORES = 2
LOGS = Path(".build/stages")
BIN = ".venv/bin/"


@dataclass
class Stage:
    """A command with a name.

    cores:   how many of the `CORES` it occupies while it runs.
    after:   stages that must have passed before; otherwise this one is not run.
    limit_s: it is stopped, and has failed, after that many seconds.
    """

    name: str
    command: list[str]
    cores: int = 1
    after: tuple[str, ...] = ()
    limit_s: int = 300
    outcome: str = "waiting"
    seconds: float = 0.0
    output: str = ""
    tests: dict[str, int] = field(default_factory=dict)


def pytest(*arguments: str) -> list[str]:
    return [f"{BIN}python", "-m", "pytest", "-q", "--durations=5", *arguments]


STAGES = [
    Stage("ruff", [f"{BIN}ruff", "check", "."]),
    Stage("format", [f"{BIN}ruff", "format", "--check", "."]),
    Stage("system", [".ci/system.sh"], limit_s=600),
    Stage("front end", ["make", "static/dist/manifest.json"], limit_s=600),
    Stage("imports", [f"{BIN}lint-imports", "--no-logo"]),
    Stage("deptry", [f"{BIN}deptry", "."]),
    Stage("mypy", [f"{BIN}mypy"]),
    Stage("svelte-check", [".ci/npm.sh", "run", "check"], after=("front end",)),
    Stage("vitest", [".ci/npm.sh", "run", "test"], after=("front end",)),
    Stage(
        "pytest",
        pytest("-n", "2", "-m", "not browser and not postgres"),
        cores=2,
        limit_s=900,
    ),
    Stage("postgres", pytest("-m", "postgres"), cores=2, after=("system",)),
    Stage(
        "browser",
        pytest("-n", "2", "-m", "browser", "tests/browser"),
        cores=2,
        after=("system", "front end"),
        limit_s=900,
    ),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--since", type=float, default=time.time(), help="when set-up began, in seconds since 1970"
    )
    parser.add_argument("names", nargs="*", metavar="STAGE", help=", ".join(stage.name for stage in STAGES))
    arguments = parser.parse_args()
    setup = Stage("set-up", [], outcome="passed", seconds=time.time() - arguments.since)
    stages = chosen(arguments.names, parser)
    LOGS.mkdir(parents=True, exist_ok=True)
    Runner(stages).run()
    report([setup, *stages], time.time() - arguments.since)
    return int(any(stage.outcome != "passed" for stage in stages))


def chosen(names: list[str], parser: argparse.ArgumentParser) -> list[Stage]:
    by_name = {stage.name: stage for stage in STAGES}
    for name in names:
        if name not in by_name:
            parser.error(f"there is no stage {name!r}; there are: {', '.join(by_name)}")
    wanted = set(names or by_name)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted.update(stage.after)
    return [stage for stage in STAGES if stage.name in wanted]


class Runner:
    """Starts stages in order as soon as cores are free and what they need has passed."""

    def __init__(self, stages: list[Stage]) -> None:
        self.stages = stages
        self.change = threading.Condition()
        self.free = CORES

    def run(self) -> None:
        threads = []
        with self.change:
            while any(stage.outcome == "waiting" for stage in self.stages):
                stage = self.next_ready()
                if stage is None:
                    self.change.wait()
                    continue
                stage.outcome = "running"
                self.free -= stage.cores
                threads.append(threading.Thread(target=self.perform, args=(stage,), daemon=True))
                threads[-1].start()
        for thread in threads:
            thread.join()

    def next_ready(self) -> Stage | None:
        outcomes = {stage.name: stage.outcome for stage in self.stages}
        for stage in self.stages:
            if stage.outcome != "waiting":
                continue
            needs = [outcomes[name] for name in stage.after]
            if any(outcome in {"FAILED", "not run"} for outcome in needs):
                stage.outcome = outcomes[stage.name] = "not run"
            elif all(outcome == "passed" for outcome in needs) and stage.cores <= self.free:
                return stage
        return None

    def perform(self, stage: Stage) -> None:
        began = time.monotonic()
        passed = execute(stage)
        stage.seconds = time.monotonic() - began
        stage.tests = counts(stage.output)
        with self.change:
            stage.outcome = "passed" if passed else "FAILED"
            self.free += stage.cores
            print(
                f"{stage.outcome}  {stage.name:<13} {stage.seconds:6.1f} s  {closing(stage.output)}",
                flush=True,
            )
            if not passed:
                print(indented(stage.output), flush=True)
            self.change.notify()


def execute(stage: Stage) -> bool:
    """Run the command in a process group of its own, so that a stage that hangs leaves nothing behind."""
    log = LOGS / f"{stage.name.replace(' ', '-')}.log"
    environment = {**os.environ, "VERBOSE": "1", "NO_COLOR": "1", "COLUMNS": "120"}
    with log.open("w") as sink:
        process = subprocess.Popen(
            stage.command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        try:
            passed = process.wait(stage.limit_s) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            sink.write(f"\nstopped: not done after {stage.limit_s} s\n")
            passed = False
    stage.output = log.read_text(errors="replace")
    return passed


def closing(output: str) -> str:
    """A test runner's own last word, such as `12 passed in 0.31s`."""
    lines = [line.strip() for line in output.splitlines() if re.search(r"\d+ (passed|failed)\b", line)]
    return lines[-1].strip("= ") if lines else ""


def counts(output: str) -> dict[str, int]:
    """How many tests passed, failed or were skipped, by pytest's closing line."""
    line = closing(output)
    if not re.search(r" in [\d.]+s", line):
        return {}
    return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", line)}


def indented(output: str) -> str:
    lines = output.rstrip().splitlines()
    cut = [f"    ... {len(lines) - 400} lines before these are in {LOGS}"] if len(lines) > 400 else []
    return "\n".join(cut + [f"    {line}" for line in lines[-400:]])


def report(stages: list[Stage], total_s: float) -> None:
    print("\nstage            seconds  outcome\n" + "-" * 60)
    for stage in stages:
        print(f"{stage.name:<15} {stage.seconds:8.1f}  {stage.outcome:<8} {closing(stage.output)}".rstrip())
    print("-" * 60 + f"\n{'wall time':<15} {total_s:8.1f}\n")
    sums = {
        word: sum(stage.tests.get(word, 0) for stage in stages)
        for word in ("passed", "failed", "error", "skipped")
    }
    if any(sums.values()):
        print(
            f"tests: {sums['passed']} passed, {sums['failed'] + sums['error']} failed, {sums['skipped']} skipped"
        )


if __name__ == "__main__":
    sys.exit(main())
