"""The long searches of `flask search`: begun, taken up again, interrupted, told on stderr."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from click.core import ParameterSource
from flask import current_app

from app.cli.base import SIGNAL_STATUS, Sentence, counted
from app.cli.interrupts import Interrupts
from app.cli.records import database as open_database

WATCHED_S = 1.5
"""A search that somebody works on has moved after this long: its figures are kept twice a second."""
GIVEN = ("seeds", "first_seed", "until_found")
"""What a search keeps of how it was asked for; given with --resume it must agree."""


def many(
    chosen: Any,
    wish: dict[str, Any],
    workers: int | None,
    shrinking: bool,
    resume: bool,
    interrupts: Interrupts,
) -> dict[str, Any]:
    """A campaign, kept in the database: its report, with the exit `status` of an interrupted one. Raises: Sentence.

    wish: name, switch, seeds, first_seed, until_found.
    """
    from app import laboratory
    from app.history.searches import Searches

    with open_database() as opened, hired(workers or os.cpu_count() or 1) as crew:
        searches = Searches(opened)
        taken_up = _unfinished(searches, chosen, wish) if resume else None
        stored, campaign, state = _pursued(searches, chosen, wish, taken_up, crew, interrupts)
        status = 0
        if campaign.stopped:
            status = SIGNAL_STATUS + interrupts.number
            click.echo(f"Stopped; go on with: {_resuming(wish)}", err=True)
        elif shrinking:
            _shrink_first(searches, stored, crew)
        kept = laboratory.report(searches, stored.search)
    return _report(campaign, state, kept) | {"status": status}


def _pursued(
    searches: Any, chosen: Any, wish: dict[str, Any], taken_up: Any, crew: Any, interrupts: Interrupts
) -> tuple[Any, Any, str]:
    """(the search, its campaign, the state it ended in). From its first row in the database on, a signal only stops it."""
    from app import laboratory
    from app.runs.engine import core_version
    from app.search.client import WorkerFailed

    at_work: list[Any] = []

    def stop() -> None:
        for one in at_work:
            one.stop()

    def told(now: Any) -> None:
        _tell(now)
        laboratory.keep(searches, stored, now, "running")

    version = core_version()
    with interrupts.listening(stop):
        stored = taken_up or laboratory.begin(searches, chosen, **wish, core_version=version)
        campaign = laboratory.campaign_of(stored, told)
        at_work.append(campaign)
        if interrupts.number:
            campaign.stop()
        try:
            state = laboratory.pursue(searches, stored, campaign, crew)
        except WorkerFailed as error:
            raise Sentence(f"A worker failed: {str(error).strip().splitlines()[-1]}") from None
        _tell(campaign, end="\n")
    return stored, campaign, state


def _report(campaign: Any, state: str, kept: dict[str, Any]) -> dict[str, Any]:
    tally = campaign.tally
    report = {"seeds": tally.seeds_done, "violations": tally.violations, "findings": kept["findings"]}
    more = {"seeds_per_s": tally.seeds_per_s, "virtual_h": tally.virtual_h, "state": state}
    return {**report, **more, "search": kept["search"]}


def _resuming(wish: dict[str, Any]) -> str:
    """What to type to go on."""
    switch = f" --switch {shlex.quote(wish['switch'])}" if wish["switch"] else ""
    return f"flask search --scenario {shlex.quote(wish['name'])}{switch} --resume"


def _unfinished(searches: Any, chosen: Any, wish: dict[str, Any]) -> Any:
    """The search to go on with. Raises: Sentence when there is none, or it was asked for otherwise."""
    from app import laboratory
    from app.runs.engine import core_version

    what = f"scenario {wish['name']!r} " + (
        f"and switch {wish['switch']!r}" if wish["switch"] else "without a switch"
    )
    stored = searches.unfinished(laboratory.text_of(chosen), wish["switch"], core_version())
    if stored is None:
        other = searches.stopped(wish["name"], wish["switch"])
        if other is None:
            raise Sentence(f"--resume: no search of {what} was stopped; leave --resume out to begin one.")
        changed = "code" if other.core_version != core_version() else "scenario"
        raise Sentence(
            f"--resume: search {other.search} of {what} was stopped, but the {changed} has changed since; "
            "leave --resume out to begin anew."
        )
    for name in GIVEN:
        given, kept = wish[name], getattr(stored, name)
        if _is_given(name) and given != kept:
            raise Sentence(
                f"--{name.replace('_', '-')} is {_shown(given)}, but the search that was stopped last, {stored.search}, "
                f"has {_shown(kept)}; leave it out to go on with that, or leave --resume out to begin anew."
            )
    _at_rest(searches, stored)
    return stored


def _at_rest(searches: Any, stored: Any) -> None:
    """A search whose figures move is being worked on, by a server or another terminal. Raises: Sentence."""
    if stored.state != "running":
        return
    time.sleep(WATCHED_S)
    now = searches.get(stored.search)
    if now is not None and now.wall_ms != stored.wall_ms:
        raise Sentence(
            f"--resume: search {stored.search} is running now, elsewhere; it must be stopped first."
        )


def _is_given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source not in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)


def _shown(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else f"{value:,}"


def _shrink_first(searches: Any, stored: Any, crew: Any) -> None:
    found = searches.findings(stored.search, 1)
    if found and found[0].shrunk is None:
        job = {"scenario": stored.scenario_text, "finding": found[0].content}
        searches.shrunk(found[0].finding, crew.submit("shrunk", **job).result())


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


def _tell(campaign: Any, end: str = "") -> None:
    """One line on stderr, over the one before where that is a terminal."""
    tally = campaign.tally
    parts = [
        f"{tally.seeds_done:,} of {counted(tally.seeds, 'seed')}",
        f"{tally.seeds_per_s:,.1f} seeds/s",
        f"{tally.virtual_h:.3f} virtual hours",
        counted(tally.violations, "violation"),
    ]
    if not end:
        parts.append(f"about {_span(tally.left_s)} left")
    lead = "\r\x1b[K" if sys.stderr.isatty() else ""
    click.echo(f"{lead}{', '.join(parts)}", err=True, nl=bool(end) or not lead)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
