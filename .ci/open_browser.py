"""Open the page once the server that shares this process's parent answers; give up when it dies or after a minute."""

from __future__ import annotations

import os
import time
import urllib.request
import webbrowser


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address + "readyz", timeout=1):
            return True
    except OSError:
        return False  # HTTPError and URLError are OSErrors: not there yet, or not ready.


def main() -> None:
    host = os.environ.get("SYNOD_HOST", "127.0.0.1")
    port = os.environ.get("SYNOD_PORT", "5000")
    address = f"http://{'127.0.0.1' if host in {'', '0.0.0.0', '::'} else host}:{port}/"
    if answers(address):
        return  # Somebody else has the port already; our server is about to say so.
    server = os.getppid()
    deadline = time.monotonic() + 60
    while os.getppid() == server and time.monotonic() < deadline:
        if answers(address):
            webbrowser.open(address)
            return
        time.sleep(0.2)


if __name__ == "__main__":
    main()
