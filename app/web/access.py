"""Who may do what: a token in the header, in a cookie, or none where none is asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Response, current_app, request

from app.streaming.live import COOKIE
from app.web.errors import failure
from app.words import word

P = ParamSpec("P")
R = TypeVar("R")

OPEN_PATHS = ("/healthz", "/readyz", "/static/", "/api/docs")


def given_token() -> str | None:
    """The token of this request."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    return request.args.get("token") or request.cookies.get(COOKIE)


def role() -> str:
    """ "drive", "watch", or "" for this request."""
    found: str = current_app.extensions["synod"].role(given_token())
    return found


def check_access() -> Response | None:
    """Before every request: whoever has no token sees only that the server is there."""
    if request.path.startswith(OPEN_PATHS) or role():
        return None
    return failure(401, "token-unknown", word("refused", "token-unknown"))


def driver_only(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Refuse those who may only watch."""

    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if role() != "drive":
            return failure(403, "watch-only", word("refused", "watch-only"))
        return view(*args, **kwargs)

    return guarded
