"""Open the page once the server that shares this process's parent answers; give up when it dies or after a minute."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
import webbrowser


def main() -> None:
    host = os.environ.get("SYNOD_HOST", "127.0.0.1")
    address = f"http://{'127.0.0.1' if host in {'', '0.0.0.0', '::'} else host}:{os.environ.get('SYNOD_PORT', '5000')}/"
    server = os.getppid()
    deadline = time.monotonic() + 60
    while os.getppid() == server and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address + "readyz", timeout=1):
                webbrowser.open(address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)


if __name__ == "__main__":
    main()
