"""The `flask` commands: everything the page can do, the command line can."""

from __future__ import annotations

from flask import Flask


def add_commands(app: Flask) -> None:
    """Put every command on `flask`."""
