"""Commands on the database: `db-upgrade`, `runs`, `verify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.base import Sentence, command


@contextmanager
def database() -> Iterator[Any]:
    """The database of the settings, up to date. Raises: Sentence."""
    from app.history.database import Database, DatabaseError

    try:
        opened = Database(current_app.extensions["synod"].settings.database)
        opened.upgrade()
    except DatabaseError as error:
        raise Sentence(str(error)) from None
    try:
        yield opened
    finally:
        opened.dispose()


@command("db-upgrade")
@with_appcontext
def db_upgrade() -> None:
    """Bring the database's tables up to date (the server does it at its start)."""
    with database() as opened:
        click.echo(f"up to date: {opened.durable.url.render_as_string(hide_password=True)}")


@command("runs")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@with_appcontext
def runs(as_json: bool) -> None:
    """List the recorded runs, the newest first."""
    from app.history.archive import Archive

    with database() as opened:
        stored = Archive(opened, 1 << 62).runs()
    if as_json:
        names = (
            "run",
            "scenario",
            "seed",
            "state",
            "head_seq",
            "head_us",
            "digest",
            "core_version",
            "created_at",
        )
        click.echo(json.dumps([{name: getattr(run, name) for name in names} for run in stored]))
        return
    if not stored:
        click.echo("no runs yet")
    for run in stored:
        at_s = run.head_us / 1_000_000
        click.echo(
            f"{run.run:<10} {run.scenario:<16} seed {run.seed:<8} {run.state:<7} "
            f"{run.head_seq + 1:>10,} entries {at_s:>12,.3f} s  {run.created_at}"
        )


@command("verify")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a sentence.")
@with_appcontext
def verify(run: str, as_json: bool) -> None:
    """Execute a recorded run again and compare every entry.

    Says `identical, 4,812 entries`, or names the first difference and exits with status 1.
    """
    from app.history.archive import Archive
    from app.history.reader import Reader
    from app.history.verification import compare
    from app.runs.engine import core_version
    from app.search.jobs import wires

    with database() as opened:
        archive = Archive(opened, 1 << 62)
        stored = archive.get(run)
        if stored is None:
            known = ", ".join(one.run for one in archive.runs(5)) or "none"
            raise Sentence(f"There is no run {run!r}; the newest are: {known}.")
        if stored.core_version != core_version():
            raise Sentence(
                f"Run {run} was recorded under other code (core {stored.core_version}, this is {core_version()}): "
                "it cannot be executed again here."
            )
        commands = [
            {"at_us": one.at_us, "command": one.command}
            for one in archive.commands(run)
            if one.seq <= stored.head_seq
        ]
        again = wires(stored.scenario_text, stored.seed, commands, stored.head_us + 1)
        first_seq = stored.first_seq
        recorded = Reader(opened).wires(run, first_seq)
        found = compare(recorded, islice(again, first_seq, stored.head_seq + 1), first_seq)
    if as_json:
        difference = found.first_difference
        plain = None if difference is None else {"seq": difference.seq}
        click.echo(
            json.dumps({"identical": found.identical, "entries": found.entries, "first_difference": plain})
        )
    else:
        click.echo(found.sentence)
    if not found.identical:
        sys.exit(1)
