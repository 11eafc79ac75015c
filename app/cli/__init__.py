"""The `flask` commands: everything the page can do, the command line can."""

from __future__ import annotations

from flask import Flask


def add_commands(app: Flask) -> None:
    """Put every command on `flask`."""
    from app.cli.acts import BY_NAME, generated
    from app.cli.checks import check, check_suite
    from app.cli.compare import compare
    from app.cli.conformance import conformance
    from app.cli.records import db_upgrade, runs, verify
    from app.cli.search import search
    from app.cli.search_all import search_all
    from app.cli.why import why
    from app.cli.worlds import simulate

    for command in (
        simulate,
        search,
        search_all,
        verify,
        runs,
        db_upgrade,
        check,
        check_suite,
        compare,
        why,
        conformance,
        *BY_NAME,
        *generated(),
    ):
        app.cli.add_command(command)
