"""`python -m app.serve`: the server. The only entry that is patched for gevent, as its first statement."""

# ruff: noqa: E402
from gevent import monkey

monkey.patch_all()

import errno
import gc
import os
import signal
import socket
import sys
import threading
from typing import Any

import gevent
from gevent.pywsgi import WSGIHandler, WSGIServer

from app.config import Settings, SettingsError, read_settings

CLOSE_S = 0.3
"""How long open requests may take to end when the server stops; Ctrl-C is over within two seconds."""


class PromptHandler(WSGIHandler):
    """Small answers leave at once: without TCP_NODELAY they come 44 ms late."""

    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, *arguments, **options)

    def run_application(self) -> None:
        """A connection that was a WebSocket carries no further request."""
        super().run_application()
        if (self.environ or {}).get("HTTP_UPGRADE", "").lower() == "websocket":
            self.close_connection = True


class StartError(Exception):
    """The server cannot start. One sentence that says what to do."""


def main() -> int:
    """Serve until Ctrl-C; the exit status."""
    if not __debug__:
        print("Synod checks itself with assertions: start it without -O and PYTHONOPTIMIZE.", file=sys.stderr)
        return 2
    from app.history.database import DatabaseError
    from app.world.scenario import ScenarioError

    try:
        serve(read_settings().with_tokens())
    except (SettingsError, StartError, DatabaseError, ScenarioError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def serve(settings: Settings) -> None:
    """Listen, start the parts, and serve until SIGINT or SIGTERM. Raises: StartError and what the parts raise."""
    from app import create_app

    listener = listen(settings.host, settings.port)
    app = create_app(settings)
    synod = app.extensions["synod"]
    synod.start()
    server = WSGIServer(listener, app, log=None, error_log=sys.stderr, handler_class=PromptHandler)
    server.start()
    announce(settings, listener.getsockname()[1])
    # What is here now stays: the collector need not look at it again, and seldom at the rest.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, stopping.set)
    stopping.wait()
    print("Stopping ...", flush=True)
    # First the record, then the courtesy: whatever happens to open connections, nothing is lost.
    synod.stop()
    server.stop(timeout=CLOSE_S)
    print("Stopped; everything is recorded.", flush=True)
    sys.stdout.flush()
    # Engine.IO's helpers and open sockets may linger; there is nothing left to lose.
    os._exit(0)


def listen(host: str, port: int) -> Any:
    """A listening socket. Raises: StartError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
        listener.setblocking(False)
    except (OSError, UnicodeError, OverflowError) as error:
        raise StartError(_why_not(error, host, port)) from None
    return listener


def _why_not(error: Exception, host: str, port: int) -> str:
    number = getattr(error, "errno", None)
    if isinstance(error, socket.gaierror | UnicodeError) or number == errno.EADDRNOTAVAIL:
        hint = "127.0.0.1 serves this machine alone, 0.0.0.0 all others too"
        return f"SYNOD_HOST={host!r} is no address of this machine; {hint}."
    if number == errno.EADDRINUSE:
        hint = f"choose a free one with SYNOD_PORT, for example SYNOD_PORT={port + 1}"
        return f"Port {port} is taken by another program; {hint}."
    if number == errno.EACCES:
        return f"Port {port} needs rights that this user lacks; choose one above 1023 with SYNOD_PORT."
    return f"Synod cannot listen on {host} port {port} ({error})."


def announce(settings: Settings, port: int) -> None:
    """Print the address, and the tokens where there are any."""
    shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(settings.host, settings.host)
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    if settings.token_drive or settings.token_watch:
        for token, may in ((settings.token_drive, "drive"), (settings.token_watch, "watch")):
            print(
                f"Synod, to {may}: {url}/?token={token}" if token else f"Synod: nobody may {may}", flush=True
            )
    else:
        print(f"Synod: {url}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
