"""`flask search-all`: the golden traces, found and shrunk anew."""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext
from msgspec.structs import replace

from app.cli.base import Sentence, command, counted
from app.cli.campaign import hired
from app.cli.search import WORKERS_MAX

if TYPE_CHECKING:
    from app.consensus.switch import Switch
    from app.search.finding import Finding

CANDIDATES = 4
"""Findings that may be shrunk for each switch, the quickest to break first; the one that ends up shortest is kept."""
SHORT = 12
"""With so few steps one does not look for fewer."""
RARE = 300
"""A bug that shows in fewer than `CANDIDATES` of so many seeds is rare: one finding has to do."""
CHUNK = 25
MISLEADING = ("progress", "no-crash")
"""What a planted bug of safety leads to as well, without showing what it is."""


@command("search-all")
@click.option("--switch", "only", multiple=True, help="Only this one; may be given several times.")
@click.option("--scenario", default="search", show_default=True, help="A shipped name.")
@click.option("--seeds", type=click.IntRange(1, 1_000_000), default=5_000, show_default=True, help="At most.")
@click.option("--workers", type=click.IntRange(1, WORKERS_MAX), help="Processes; as many as processors.")
@click.option(
    "--missing", is_flag=True, help="Only switches whose trace is missing or shows nothing any more."
)
@click.option("--dry-run", is_flag=True, help="Find and shrink, but keep the shipped traces.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@with_appcontext
def search_all(
    only: tuple[str, ...],
    scenario: str,
    seeds: int,
    workers: int | None,
    missing: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Find a schedule for every planted bug, shrink it, and keep it in app/scenarios/traces.

    Exit status 1 when a bug was not found, 2 for wrong input.
    """
    from app.scenarios import ScenarioError, load_scenario
    from app.search import traces

    known = [row["id"] for row in traces.switch_rows() if row["protocol"] == "multipaxos"]
    unknown = next((name for name in only if name not in known), None)
    if unknown is not None:
        raise Sentence(f"--switch is {unknown!r}; allowed are {', '.join(known)}.")
    try:
        load_scenario(scenario)
    except ScenarioError as error:
        raise Sentence(str(error)) from None
    wanted = [name for name in known if not only or name in only]
    if missing:
        wanted = [name for name in wanted if not _shows(name)]
    rows = []
    with hired(workers or os.cpu_count() or 1) as crew:
        for name in wanted:
            rows.append(_renew(crew, scenario, name, seeds, dry_run))
            if not as_json:
                click.echo(_line(rows[-1]))
    if as_json:
        click.echo(
            json.dumps({"switches": rows, "missed": [row["switch"] for row in rows if not row["check"]]})
        )
    if any(not row["check"] for row in rows):
        sys.exit(1)


def _shows(switch: str) -> bool:
    from app.search import traces

    if switch not in traces.names():
        return False
    finding = traces.load(switch)
    violation = traces.replayed(finding).violation
    return violation is not None and violation.check == finding.verdict.check


def _line(row: dict[str, Any]) -> str:
    if not row["check"]:
        return f"{row['switch']:<36} not found in {counted(row['seeds'], 'seed')}"
    return (
        f"{row['switch']:<36} {row['check']:<22} seed {row['seed']:<6} "
        f"{counted(row['steps'], 'step'):>8}, {row['seconds']:.0f} s"
    )


def _renew(crew: Any, scenario: str, switch: str, seeds: int, dry_run: bool) -> dict[str, Any]:
    """Find, shrink, keep: what came of it."""
    from app import laboratory
    from app.scenarios import load_scenario
    from app.search import traces
    from app.search.finding import again, from_plain, planted

    began_s = time.monotonic()
    chosen = planted(load_scenario(scenario), switch)
    text = laboratory.text_of(chosen)
    tried, found = _candidates(crew, text, scenario, switch, seeds)
    row: dict[str, Any] = {
        "switch": switch,
        "seeds": tried,
        "check": "",
        "seed": 0,
        "found_steps": 0,
        "steps": 0,
    }
    shortest: list[Finding] = []
    while found and not any(len(one.steps) <= SHORT for one in shortest):
        batch, found = found[: crew.size], found[crew.size :]
        shrinking: list[Future[Any]] = [crew.submit("shrunk", scenario=text, finding=one) for one in batch]
        made = [from_plain(future.result()) for future in shrinking]
        # What the correct protocol does as well tells nothing of the bug.
        correct = replace(chosen, switches=())
        shortest += [one for one in made if not again(correct, one).found]
    if shortest:
        best = min(shortest, key=lambda one: (len(one.steps), one.until_us, one.seed))
        row |= {"check": best.verdict.check, "seed": best.seed, "steps": len(best.steps)}
        if not dry_run:
            traces.save(best)
    return {**row, "seconds": round(time.monotonic() - began_s, 1)}


def _candidates(
    crew: Any, text: str, scenario: str, switch: str, seeds: int
) -> tuple[int, list[dict[str, Any]]]:
    """(seeds tried, the findings to be shrunk): those that tell of the bug, and not of a cluster that is merely stuck."""
    from app.search.finding import switches_of

    known = next(one for one in switches_of("multipaxos") if one.id == switch)
    found: list[dict[str, Any]] = []
    tried = 0
    while tried < seeds and len(found) < (CANDIDATES if tried < RARE else 1):
        firsts = range(tried, min(seeds, tried + CHUNK * crew.size), CHUNK)
        what = {
            "scenario": text,
            "name": scenario,
            "switch": switch,
            "until_found": False,
            "keep": CANDIDATES,
        }
        parts = [
            crew.submit("trials", **what, first=first, count=min(CHUNK, seeds - first)) for first in firsts
        ]
        for part in parts:
            result = part.result()
            tried += result["tried"]
            found += [one for one in result["found"] if _tells(one, known)]
    found.sort(key=lambda one: (one["until_us"], one["seed"]))
    return tried, found[:CANDIDATES]


def _tells(found: dict[str, Any], switch: Switch) -> bool:
    check = found["verdict"]["check"]
    return check in switch.caught_by or (switch.kind != "liveness" and check not in MISLEADING)
