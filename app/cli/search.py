"""`flask search`: many seeded worlds, in worker processes, until something breaks."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click
from flask.cli import with_appcontext

from app.cli.base import SEED_MAX, Sentence, command, counted
from app.cli.campaign import many
from app.cli.interrupts import Interrupts

SEEDS_MAX = 100_000_000
WORKERS_MAX = 256


@command("search")
@click.option("--scenario", default="search", show_default=True, help="A shipped name or a path.")
@click.option("--switch", default="", help="Plant this bug; see --list-switches.")
@click.option(
    "--seeds", type=click.IntRange(1, SEEDS_MAX), default=1_000, show_default=True, help="How many."
)
@click.option(
    "--first-seed", type=click.IntRange(0, SEED_MAX), default=0, show_default=True, help="The first."
)
@click.option("--seed", type=click.IntRange(0, SEED_MAX), help="Only this one, here, with every step.")
@click.option("--workers", type=click.IntRange(1, WORKERS_MAX), help="Processes; as many as processors.")
@click.option("--until-found", is_flag=True, help="Stop at the first seed that breaks something.")
@click.option("--exhaustive", is_flag=True, help="Every order of a small instance instead of random seeds.")
@click.option("--shrink", "shrinking", is_flag=True, help="Find the shortest form of the first finding.")
@click.option("--resume", is_flag=True, help="Go on with the search of these worlds that was stopped last.")
@click.option("--list-switches", is_flag=True, help="List the bugs that can be planted, and stop.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@with_appcontext
def search(
    scenario: str,
    switch: str,
    seeds: int,
    first_seed: int,
    seed: int | None,
    workers: int | None,
    until_found: bool,
    exhaustive: bool,
    shrinking: bool,
    resume: bool,
    list_switches: bool,
    as_json: bool,
) -> None:
    """Search for a schedule that breaks the protocol, or one with a bug planted.

    A seed is a world with a workload and an adversary of its own. Progress goes to stderr. Ctrl-C stops at any moment and
    keeps what there is, --resume goes on there. Exit status 1 when the protocol was broken with no bug planted, 2 for
    wrong input, 130 after Ctrl-C (143 after SIGTERM).
    """
    if list_switches:
        _list(as_json)
        return
    if resume and (exhaustive or seed is not None):
        what = "--exhaustive" if exhaustive else "--seed"
        raise Sentence(
            f"--resume goes on with a search of many seeds; with {what} there is nothing to go on with."
        )
    with Interrupts() as interrupts:
        chosen = _planted(scenario, switch)
        if exhaustive:
            report = _exhaust(chosen, switch)
        elif seed is not None:
            report = _one(chosen, scenario, switch, seed, shrinking)
        else:
            wish = {"name": scenario, "switch": switch, "seeds": seeds, "first_seed": first_seed}
            wish["until_found"] = until_found
            report = many(chosen, wish, workers, shrinking, resume, interrupts)
        status = report.pop("status", 0)
        _print(report, as_json)
    if status or (report["violations"] and not chosen.switches):
        sys.exit(status or 1)


def _planted(scenario: str, switch: str) -> Any:
    from app.scenarios import ScenarioError, load_scenario
    from app.search.finding import planted

    try:
        return planted(load_scenario(scenario), switch)
    except ScenarioError as error:
        raise Sentence(str(error)) from None


def _list(as_json: bool) -> None:
    from app.search.traces import switch_rows

    rows = switch_rows()
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['id']:<36} {row['sentence']}")
        click.echo(f"{'':<36} {row['source']}")


def _one(chosen: Any, name: str, switch: str, seed: int, shrinking: bool) -> dict[str, Any]:
    """Try one seed here, and tell every step."""
    from app.search.finding import tried
    from app.search.shrink import shrink

    began_s = time.perf_counter()
    outcome, finding = tried(chosen, seed, name, switch)
    rate = round(1 / max(time.perf_counter() - began_s, 1e-6), 2)
    findings = []
    if finding is not None:
        steps = len(finding.steps)
        if shrinking:
            finding = shrink(chosen, finding)
        findings = [{**_told(finding), "steps": steps, "shrunk": len(finding.steps) if shrinking else None}]
    return {
        "seeds": 1,
        "violations": len(findings),
        "findings": findings,
        "seeds_per_s": rate,
        "entries": outcome.entries,
    }


def _told(finding: Any) -> dict[str, Any]:
    from app.search.finding import told_steps

    return {
        "seed": finding.seed,
        "check": finding.verdict.check,
        "code": finding.verdict.code,
        "sentence": finding.sentence,
        "seq": finding.verdict.seq,
        "until_us": finding.until_us,
        "command": finding.command_line(),
        "schedule": told_steps(finding.steps),
    }


def _exhaust(chosen: Any, switch: str) -> dict[str, Any]:
    from app.search.exhaustive import explore

    began_s = time.perf_counter()
    explored = explore(chosen.protocol, chosen.switches)
    took_s = max(time.perf_counter() - began_s, 1e-6)
    return {
        "seeds": explored.states,
        "violations": explored.violations,
        "findings": [{"switch": switch, "sentence": sentence} for sentence in explored.sentences],
        "seeds_per_s": round(explored.states / took_s, 2),
        "states": explored.states,
        "instance": explored.instance,
    }


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    what = counted(report["states"], "state") if "states" in report else counted(report["seeds"], "seed")
    click.echo(f"{what}, {counted(report['violations'], 'violation')}, {report['seeds_per_s']:,} a second")
    for found in report["findings"]:
        if "seed" in found:
            click.echo(f"seed {found['seed']}: {found['check']}: {found['sentence']}")
            click.echo(f"  {found['command']}")
        else:
            click.echo(found["sentence"])
        for step in found.get("schedule", ()):
            click.echo(f"  {step['at_us'] / 1_000:>10.3f} ms  {step['sentence']}")
