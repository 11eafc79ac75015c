"""Settings: environment variables `SYNOD_*`, read once. A bad value stops the start with one sentence."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SYNOD_"


class SettingsError(Exception):
    """A setting that cannot be used. The message is one sentence: variable, value, what is allowed."""


def _names(value: Any) -> Any:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


Names = Annotated[str | tuple[str, ...], BeforeValidator(_names)]


class Settings(BaseSettings):
    """What the environment says. Field `runs_max` is `SYNOD_RUNS_MAX`, and so on; README lists them.

    Units stand last in the names: `_s` seconds, `_bytes` bytes.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(5000, ge=0, le=65535, description="TCP port to listen on; 0 picks a free one")
    database_url: str = Field("", description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
    runs_max: int = Field(4, ge=1, le=64, description="runs that may be live at once")
    retain_bytes: int = Field(2_000_000_000, ge=10_000_000, description="most that recorded runs may take")
    token_drive: str = Field("", max_length=200, description="token of those who may act")
    token_watch: str = Field("", max_length=200, description="token of those who may look")
    allowed_hosts: Names = Field((), description="further host names the page is reached by, with commas")
    api_timeout_s: float = Field(30.0, gt=0, le=600, description="longest wait for an answer")
    unwatched_pause_s: float = Field(600.0, gt=0, description="a run nobody watches pauses after this long")
    pause_on_violation: bool = Field(True, description="a live run pauses when it breaks an invariant")
    scenario: str = Field("classroom", min_length=1, description="scenario of the first run")
    seed: int = Field(42, ge=0, le=2**53 - 1, description="seed of the first run")
    limit_per_minute: int = Field(1200, ge=1, description="REST requests a minute from one address")
    events_per_second: int = Field(50, ge=1, description="Socket.IO events a second from one viewer")
    search_workers: int = Field(0, ge=0, le=64, description="processes for searches; 0: processors but one")
    dask_scheduler: str = Field(
        "", max_length=200, description="Dask scheduler for searches, tcp://HOST:PORT"
    )
    scalability: bool = Field(True, description="measure the scalability curve in the background")

    @field_validator("token_drive", "token_watch")
    @classmethod
    def _plain_token(cls, token: str) -> str:
        if token and not (len(token) >= 8 and token.isascii() and token.isprintable() and " " not in token):
            raise ValueError("at least 8 printable ASCII characters without a space")
        return token

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url.startswith("postgres://"):
            url = "postgresql://" + url.removeprefix("postgres://")
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
        return url

    @field_validator("dask_scheduler")
    @classmethod
    def _known_scheduler(cls, address: str) -> str:
        if address and not re.fullmatch(r"(tcp|tls|ws|wss|inproc)://[^\s/]+(/[^\s]*)?", address):
            raise ValueError("an address such as tcp://127.0.0.1:8786")
        return address

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def database(self) -> str:
        """The database's URL for SQLAlchemy, psycopg 3 for PostgreSQL, the user's data folder by default."""
        url = self.database_url
        if not url:
            return f"sqlite:///{Path(platformdirs.user_data_dir('synod', appauthor=False)) / 'synod.sqlite'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    def with_tokens(self) -> Settings:
        """The same settings; where other machines can reach us, with random tokens in place of absent ones."""
        if self.loopback:
            return self
        drive = self.token_drive or secrets.token_urlsafe(18)
        watch = self.token_watch or secrets.token_urlsafe(18)
        return self.model_copy(update={"token_drive": drive, "token_watch": watch})


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process.

    Raises: SettingsError, with a sentence that names the variable, its value and what is allowed.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_sentence(error.errors()[0])) from None
    if settings.token_drive and settings.token_drive == settings.token_watch:
        raise SettingsError(
            "SYNOD_TOKEN_DRIVE and SYNOD_TOKEN_WATCH are equal; they must differ, or watchers could drive."
        )
    return settings


def _sentence(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0])
    field = Settings.model_fields.get(name)
    what = f" ({field.description})" if field is not None and field.description else ""
    shown = "..." if name.startswith("token_") else repr(error["input"])
    return f"{PREFIX}{name.upper()}={shown} cannot be used{what}: allowed is {_allowed(error)}."


def _allowed(error: Mapping[str, Any]) -> str:
    """What pydantic's error allows, in words."""
    context = error.get("ctx", {})
    limits = {
        "greater_than_equal": f"a number of at least {context.get('ge')}",
        "less_than_equal": f"a number of at most {context.get('le')}",
        "greater_than": f"a number above {context.get('gt')}",
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_parsing": "a number",
        "bool_parsing": "1 or 0",
        "string_too_short": "a text that is not empty",
        "string_too_long": f"a text of at most {context.get('max_length')} characters",
        "value_error": str(context.get("error", "")),
    }
    return limits.get(str(error["type"]), str(error["msg"]))
