"""Synod: a distributed system that you can hold in your hands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings

ROOT = Path(__file__).parent.parent
BODY_BYTES_MAX = 8_000_000
PACKET_BYTES_MAX = 1_000_000


def create_app(settings: Settings | None = None, synod: Any = None) -> Flask:
    """The application: the one place where the parts meet.

    Nothing runs, and no database is opened, before the first request (or `app.serve`) starts the parts.

    settings: read from the environment when absent. synod: the parts, for tests.
    Raises: SettingsError.
    """
    # Inside, so that importing any `app.x` does not import everything.
    from flask_openapi3.models.info import Info
    from flask_openapi3.openapi import OpenAPI

    from app.config import read_settings
    from app.service import Synod
    from app.web.errors import ErrorModel, on_validation_error

    settings = settings or read_settings()
    app = OpenAPI(
        "app",
        info=Info(
            title="Synod", version="1", description="A distributed system that you can hold in your hands."
        ),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        validation_error_model=ErrorModel,
        validation_error_callback=on_validation_error,
        doc_prefix="/api/docs",
        root_path=str(ROOT),
        static_folder="static/dist",
        static_url_path="/static",
        template_folder="templates",
    )
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    parts = synod or Synod(settings)
    app.extensions["synod"] = parts
    _add_web(app, parts, settings)
    _add_sockets(app, parts, settings)
    _add_commands(app)
    return app


def _add_web(app: Any, synod: Any, settings: Settings) -> None:
    from app.web import errors
    from app.web.access import check_access
    from app.web.api.checks import checks_api
    from app.web.api.comparison import comparison_api, rivals_api
    from app.web.api.history import history_api, marks_api
    from app.web.api.library import library_api
    from app.web.api.placement import placement_api
    from app.web.api.runs import acts_api, runs_api
    from app.web.api.search import findings_api, planted_api, search_api
    from app.web.api.trace import trace_api
    from app.web.health import health
    from app.web.pages import pages, secure

    def start() -> None:
        """Under `flask run` or a foreign server the first request starts the parts; `app.serve` did already."""
        synod.start()

    app.before_request(check_access)
    app.before_request(start)
    running = (runs_api, acts_api, history_api, marks_api, checks_api, library_api, trace_api)
    for api in (*running, placement_api, comparison_api, rivals_api, planted_api, search_api, findings_api):
        app.register_api(api(synod))
    site = pages(app)
    app.register_blueprint(site)
    app.register_blueprint(health(synod))
    errors.install(app)
    app.after_request(secure)
    _add_limits(app, settings)


def _add_limits(app: Any, settings: Settings) -> None:
    """Answers are compressed, and nobody asks too often."""
    from flask_compress import Compress
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app.config["COMPRESS_MIMETYPES"] = [
        "text/html", "text/css", "text/javascript", "application/javascript", "application/json",
        "application/msgpack", "image/svg+xml",
    ]  # fmt: skip
    Compress(app)
    limits: Any = [f"{settings.limit_per_minute} per minute"]
    limiter = Limiter(get_remote_address, app=app, default_limits=limits, storage_uri="memory://")
    for blueprint in ("health", "openapi", "swagger"):
        if blueprint in app.blueprints:
            limiter.exempt(app.blueprints[blueprint])


def _add_sockets(app: Any, synod: Any, settings: Settings) -> None:
    from flask_socketio import SocketIO

    from app.desk import Desk
    from app.streaming.live import LiveEvents, SocketLine
    from app.streaming.packets import RawPacket
    from app.web.guard import Guard

    sockets: Any = SocketIO(  # type: ignore[call-arg]
        app,
        async_mode="gevent" if _patched() else "threading",
        serializer=RawPacket,
        manage_session=False,
        max_http_buffer_size=PACKET_BYTES_MAX,
        # One viewer's events one after the other: order kept, and a flood waits in its own queue.
        async_handlers=False,
        # The guard has compared the origin with the host already.
        cors_allowed_origins="*",
    )
    LiveEvents(sockets.server, Desk(synod), settings.events_per_second)
    synod.hub.line = SocketLine(sockets.server)
    app.extensions["sockets"] = sockets
    app.wsgi_app = Guard(app.wsgi_app, (settings.host, *settings.allowed_hosts))


def _patched() -> bool:
    """Whether this process is patched for gevent."""
    import sys

    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("socket"))


def _add_commands(app: Any) -> None:
    from app.cli import add_commands

    add_commands(app)
