"""`flask simulate`: a world, as fast as it goes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import click

from app.cli.base import Sentence, command, read_text, world_options


@command("simulate")
@click.argument("scenario")
@world_options("2s")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def simulate(
    scenario: str,
    seed: int,
    until: int,
    script: str | None,
    trace: tuple[str, str] | None,
    gap_max: int,
    compress: int,
    limit: int | None,
    as_json: bool,
) -> None:
    """Run a world from its start, as fast as it goes, and report what came of it.

    SCENARIO is a shipped name or a path. Exit status 1 when an invariant was broken, 2 for wrong input.
    """
    from app.scenarios import ScenarioError, load_scenario, with_compute
    from app.scenarios.trace import Factors, TraceError, read_nodes, read_pods
    from app.search.execute import Timed, timed_commands

    try:
        chosen = load_scenario(scenario)
        timed = timed_commands(_lines(script)) if script is not None else []
        if trace:
            chosen = with_compute(chosen, read_nodes(read_text(trace[0], "trace"), trace[0]))
            pods = read_pods(read_text(trace[1], "trace"), Factors(gap_max, compress, limit), trace[1])
            timed.insert(0, Timed(0, pods, trace[1]))
    except (ScenarioError, TraceError, ValueError) as error:
        raise Sentence(str(error)) from None
    report, found = _run(chosen, seed, until, timed)
    _print(report, as_json)
    for sentence in found:
        click.echo(sentence, err=True)
    if report["violations"]:
        sys.exit(1)


def _run(scenario: Any, seed: int, until_us: int, timed: list[Any]) -> tuple[dict[str, Any], list[str]]:
    """The report, and a sentence for each broken invariant."""
    from app.search.execute import CommandRefused, Summary, WorldFailed, execute
    from app.words import word
    from app.world.world import World

    world, summary = World(scenario, seed), Summary()
    began_s = time.perf_counter()
    try:
        for portion in execute(world, timed, until_us):
            summary.fold(portion)
    except CommandRefused as error:
        refused = error.refused
        raise Sentence(f"{error.timed.where}: {word('refused', refused.code, refused.fields)}.") from None
    except WorldFailed as error:
        click.echo(
            f"A bug stopped the world {scenario.name}, seed {seed}, at entry {summary.entries}:", err=True
        )
        click.echo(str(error), err=True)
        sys.exit(1)
    report = {
        "scenario": scenario.name,
        "seed": seed,
        "until_us": until_us,
        "digest": summary.digest.hex,
        "entries": summary.entries,
        "decided_commands": summary.decided,
        "leader_changes": summary.leader_changes,
        "tasks_done": summary.tasks_done,
        "violations": summary.violations,
        "virtual_s": round(world.now_us / 1_000_000, 6),
        "wall_s": round(time.perf_counter() - began_s, 3),
    }
    found = [
        f"entry {verdict.seq}: {verdict.check}: {word('verdict', verdict.code, verdict.fields)}"
        for verdict in summary.verdicts
    ]
    return report, found


def _lines(path: str) -> Iterator[tuple[str, Any]]:
    """(where, object) of every line of a commands file; empty lines and `#` lines are passed over."""
    for number, line in enumerate(read_text(path, "commands file").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{path}, line {number}"
        try:
            yield where, json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise Sentence(f"{where}: not JSON: {getattr(error, 'msg', 'nested too deeply')}.") from None


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    for name, value in report.items():
        shown = f"{value:,}" if isinstance(value, int) and name != "seed" else value
        click.echo(f"{name.replace('_', ' '):>17}  {shown}")
