"""The single page, its assets by Vite's manifest, and the headers that keep it to itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.streaming.live import COOKIE
from app.web.access import role
from app.web.errors import failure

ENTRY = "src/main.ts"
POLICY = (
    "default-src 'self'; script-src 'self'{script}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' {socket}; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; object-src 'none'"
)
_INLINE = re.compile(r"<script[^>]*>(.+?)</script>", re.DOTALL)


class Assets:
    """What Vite built; read again when it was built again."""

    def __init__(self, folder: Path) -> None:
        self._manifest = folder / "manifest.json"
        self._built_ns = -1
        self._scripts: list[str] = []
        self._styles: list[str] = []
        self._preloads: list[str] = []

    def look(self) -> bool:
        """Whether there is a front end."""
        try:
            built_ns = self._manifest.stat().st_mtime_ns
        except OSError:
            return False
        if built_ns != self._built_ns:
            self._read(json.loads(self._manifest.read_text(encoding="utf-8")))
            self._built_ns = built_ns
        return True

    def _read(self, manifest: dict[str, Any]) -> None:
        chunks, seen = [ENTRY], []
        while chunks:
            chunk = chunks.pop()
            if chunk not in seen:
                seen.append(chunk)
                chunks += manifest[chunk].get("imports", [])
        self._scripts = [manifest[ENTRY]["file"]]
        self._preloads = [manifest[chunk]["file"] for chunk in seen[1:]]
        self._styles = [css for chunk in seen for css in manifest[chunk].get("css", [])]

    def render(self) -> str:
        """The page."""
        return render_template(
            "index.html", scripts=self._scripts, styles=self._styles, preloads=self._preloads
        )


def pages(app: Flask) -> Blueprint:
    """`/`, `/runs`, `/r/<run>`: one page, which looks at its own address."""
    blueprint = Blueprint("pages", __name__)
    assets = Assets(Path(str(app.static_folder)))

    @blueprint.get("/")
    @blueprint.get("/runs")
    @blueprint.get("/r/<run>")
    def page(run: str = "") -> BaseResponse:
        token = request.args.get("token")
        if token is not None and role():
            return _remember(token)
        if not assets.look():
            return make_response(render_template("unbuilt.html"), 503)
        answer = make_response(assets.render())
        # The page names files by hash; an old page would name files that are gone.
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @blueprint.get("/favicon.ico")
    def favicon() -> BaseResponse:
        return (
            redirect(url_for("static", filename="favicon.svg"), 308)
            if _has_icon(app)
            else Response(status=204)
        )

    return blueprint


def _has_icon(app: Flask) -> bool:
    return (Path(str(app.static_folder)) / "favicon.svg").exists()


def _remember(token: str) -> BaseResponse:
    """The page with the token in a cookie for the assets; the page itself keeps it from its address."""
    rest: Any = {name: value for name, value in request.args.items() if name != "token"}
    answer = redirect(url_for(str(request.endpoint), **(request.view_args or {}), **rest))
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


def secure(answer: Response) -> Response:
    """Headers for every answer."""
    headers = answer.headers
    if answer.mimetype == "text/html":
        docs = request.path.startswith("/api/docs")
        # Swagger UI starts itself by an inline script, so that page alone may run the ones it came with.
        script = " " + " ".join(_hashes(answer)) if docs else ""
        socket = f"ws://{request.host} wss://{request.host}"
        headers.setdefault("Content-Security-Policy", POLICY.format(script=script, socket=socket))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.path.startswith("/static/assets/") and answer.status_code == 200:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    return answer


def _hashes(answer: Response) -> list[str]:
    """What the policy says for the inline scripts of a page of ours."""
    scripts = _INLINE.findall(answer.get_data(as_text=True))
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


__all__ = ["failure", "pages", "secure"]
