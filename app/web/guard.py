"""The outermost layer, before Flask and Socket.IO: only hosts that are ours, only origins that are the host."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Refuses requests by a host name that is not ours (DNS rebinding), and changes asked for by other sites' pages.

    An address in digits cannot be rebound, so these always pass.
    """

    def __init__(self, inner: Wsgi, names: Iterable[str]) -> None:
        self._inner = inner
        self._names = {"localhost", socket.gethostname().lower(), *(name.lower() for name in names)}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        host = str(environ.get("HTTP_HOST", ""))
        if not self._ours(host):
            sentence = (
                f"This server does not answer to the host name {host[:100]!r}; "
                "SYNOD_ALLOWED_HOSTS lists further names."
            )
            return _refuse(start_response, "host-unknown", sentence)
        origin = environ.get("HTTP_ORIGIN")
        streams = str(environ.get("PATH_INFO", "")).startswith("/socket.io")
        if origin and (streams or environ["REQUEST_METHOD"] not in SAFE):
            if urlsplit(str(origin)).netloc.lower() != host.lower():
                sentence = f"Pages of {str(origin)[:100]!r} may not act here."
                return _refuse(start_response, "origin-foreign", sentence)
        return self._inner(environ, start_response)

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if not name:
            return False
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _refuse(start_response: StartResponse, code: str, sentence: str) -> Iterable[bytes]:
    body = json.dumps({"error": {"code": code, "sentence": sentence, "fields": {}}}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("403 Forbidden", headers)
    return [body]
