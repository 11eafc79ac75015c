"""The application object, for the `flask` command and for production servers. Importing it starts nothing."""

from __future__ import annotations

import sys

if not __debug__:
    sys.exit("Synod checks itself with assertions: start it without -O and PYTHONOPTIMIZE.")

try:
    from app import create_app
    from app.config import SettingsError

    try:
        app = create_app()
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
except KeyboardInterrupt:
    # Most of the first second of a `flask` command goes by here.
    print("Interrupted before anything began.", file=sys.stderr)
    sys.exit(130)
