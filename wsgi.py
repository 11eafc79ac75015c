"""The application object, for the `flask` command and for production servers. Importing it starts nothing."""

from __future__ import annotations

import sys

from app import create_app
from app.config import SettingsError

if not __debug__:
    sys.exit("Synod checks itself with assertions: start it without -O and PYTHONOPTIMIZE.")

try:
    app = create_app()
except SettingsError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
