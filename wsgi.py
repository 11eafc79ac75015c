"""The application object, for the `flask` command and for production servers. Importing it starts nothing."""

from __future__ import annotations

from app import create_app

app = create_app()
