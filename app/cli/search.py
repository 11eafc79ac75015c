"""`flask search`: many seeded worlds, in worker processes, until something breaks."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.base import Sentence, command
from app.cli.records import database as open_database
from app.cli.worlds import SEED_MAX

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

    A seed is a world with a workload and an adversary of its own. Progress goes to stderr. Ctrl-C stops, --resume goes on.
    Exit status 1 when the protocol was broken with no bug planted, 2 for wrong input.
    """
    from app.scenarios import ScenarioError, load_scenario
    from app.search.finding import planted

    if list_switches:
        _list(as_json)
        return
    try:
        chosen = planted(load_scenario(scenario), switch)
    except ScenarioError as error:
        raise Sentence(str(error)) from None
    if exhaustive:
        report = _exhaust(chosen, switch)
    elif seed is not None:
        report = _one(chosen, scenario, switch, seed, shrinking)
    else:
        wish = {"name": scenario, "switch": switch, "seeds": seeds, "first_seed": first_seed}
        report = _many(chosen, wish, until_found, workers, shrinking, resume)
    _print(report, as_json)
    if report["violations"] and not chosen.switches:
        sys.exit(1)


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


def _many(
    chosen: Any, wish: dict[str, Any], until_found: bool, workers: int | None, shrinking: bool, resume: bool
) -> dict[str, Any]:
    """A campaign, kept in the database."""
    from app import laboratory
    from app.history.searches import Searches
    from app.runs.engine import core_version
    from app.search.client import WorkerFailed

    version = core_version()
    with open_database() as opened, hired(workers or os.cpu_count() or 1) as crew:
        searches = Searches(opened)
        text = laboratory.text_of(chosen)
        same = (text, wish["switch"], version, wish["first_seed"], wish["seeds"])
        stored = searches.unfinished(*same) if resume else None
        if stored is None:
            if resume:
                click.echo("Nothing of this kind was stopped: this is a new search.", err=True)
            stored = laboratory.begin(searches, chosen, **wish, until_found=until_found, core_version=version)
        campaign = laboratory.campaign_of(stored, _tell)
        with _stopping(campaign):
            try:
                state = laboratory.pursue(searches, stored, campaign, crew)
                if shrinking and not campaign.stopped:
                    _shrink_first(searches, stored.search, text, crew)
            except WorkerFailed as error:
                raise Sentence(f"A worker failed: {str(error).strip().splitlines()[-1]}") from None
        _tell(campaign, end="\n")
        kept = laboratory.report(searches, stored.search)
    report = {"seeds": campaign.tally.seeds_done, "violations": campaign.tally.violations}
    rest = {"findings": kept["findings"], "seeds_per_s": campaign.tally.seeds_per_s}
    more = {"virtual_h": campaign.tally.virtual_h, "state": state, "search": stored.search}
    return {**report, **rest, **more}


def _shrink_first(searches: Any, search: str, text: str, crew: Any) -> None:
    found = searches.findings(search, 1)
    if found and found[0].shrunk is None:
        shrunk = crew.submit("shrunk", scenario=text, finding=found[0].content).result()
        searches.shrunk(found[0].finding, shrunk)


@contextmanager
def hired(workers: int) -> Iterator[Any]:
    """Who does the work: the Dask cluster of SYNOD_DASK_SCHEDULER, or processes of this machine. Raises: Sentence."""
    from app.search.crew import CrewError, hire

    try:
        crew = hire(current_app.extensions["synod"].settings.dask_scheduler, workers)
    except CrewError as error:
        raise Sentence(str(error)) from None
    try:
        yield crew
    finally:
        crew.close()


@contextmanager
def _stopping(campaign: Any) -> Iterator[None]:
    """The first Ctrl-C ends the campaign with what it has; a second ends the program."""
    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, _frame: Any) -> None:
        campaign.stop()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(campaign: Any, end: str = "") -> None:
    """One line on stderr, over the one before where that is a terminal."""
    tally = campaign.tally
    parts = [
        f"{tally.seeds_done:,} of {tally.seeds:,} seeds",
        f"{tally.seeds_per_s:,.1f} seeds/s",
        f"{tally.virtual_h:.3f} virtual hours",
        f"{tally.violations:,} violations",
    ]
    if not end:
        parts.append(f"about {_span(tally.left_s)} left")
    lead = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{lead}{', '.join(parts)}", err=True, nl=bool(end) or not lead)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
        return
    what = f"{report['states']:,} states" if "states" in report else f"{report['seeds']:,} seeds"
    click.echo(f"{what}, {report['violations']:,} violations, {report['seeds_per_s']:,} a second")
    for found in report["findings"]:
        if "seed" in found:
            click.echo(f"seed {found['seed']}: {found['check']}: {found['sentence']}")
            click.echo(f"  {found['command']}")
        else:
            click.echo(found["sentence"])
        for step in found.get("schedule", ()):
            click.echo(f"  {step['at_us'] / 1_000:>10.3f} ms  {step['sentence']}")
