"""Manifests of which only the fields that matter are there, as our objects.

Missing fields are empty, unknown ones are passed over, no namespace is "default" (as the cases' README says), and timestamps
are nanoseconds since 1970: only their order counts in a case.
"""

from __future__ import annotations

import re
import types
import typing
from datetime import UTC, datetime
from typing import Any, TypeVar, Union

import msgspec
from msgspec import NODEFAULT, Struct

from app.orchestration.fields import shown
from app.orchestration.objects.quantity import LIMIT
from app.words import kind_of

DEFAULT_NAMESPACE = "default"
T = TypeVar("T")

_STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z")


class Unreadable(ValueError):
    """A case asks for something that our objects cannot hold; the message says what."""


def read(kind: type[T], raw: Any, where: str = "") -> T:
    """`raw` as a `kind`. Raises: Unreadable."""
    return typing.cast(T, _convert(kind, raw, where or getattr(kind, "__name__", "value")))


def timestamp_ns(text: str) -> int:
    """RFC 3339 in UTC as nanoseconds since 1970. Raises: Unreadable."""
    match = _STAMP.fullmatch(text)
    if match is None:
        raise Unreadable(f"{text!r} is no timestamp")
    whole = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    return int(whole.timestamp()) * 1_000_000_000 + int((match[2] or "").ljust(9, "0"))


def _convert(kind: Any, raw: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if kind is Any:
        return raw
    if origin in (Union, types.UnionType):
        return _one_of(typing.get_args(kind), raw, where)
    if raw is None:
        return _blank(kind)
    if origin is tuple:
        return tuple(_convert(typing.get_args(kind)[0], item, where) for item in _list(raw, where))
    if origin is dict:
        value = typing.get_args(kind)[1]
        return {
            str(name): _convert(value, item, f"{where}.{name}") for name, item in _object(raw, where).items()
        }
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _struct(kind, _object(raw, where), where)
    return _plain(kind, raw, where)


def _struct(kind: type[Struct], raw: dict[str, Any], where: str) -> Struct:
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name in raw:
            values[field.name] = _convert(field.type, raw[field.encode_name], f"{where}.{field.encode_name}")
        elif field.default is NODEFAULT and field.default_factory is NODEFAULT:
            values[field.name] = _blank(field.type)
    return kind(**values)


def _one_of(kinds: tuple[Any, ...], raw: Any, where: str) -> Any:
    if raw is None and types.NoneType in kinds:
        return None
    named = [kind for kind in kinds if kind is not types.NoneType]
    for kind in named:
        if isinstance(kind, type) and isinstance(raw, kind) and not issubclass(kind, Struct):
            return raw
    return _convert(named[0], raw, where)


def _blank(kind: Any) -> Any:
    """What stands for a required field that a case leaves out."""
    origin = typing.get_origin(kind)
    if origin in (Union, types.UnionType):
        kinds = typing.get_args(kind)
        return None if types.NoneType in kinds else _blank(kinds[0])
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _struct(kind, {}, kind.__name__)
    return origin() if origin in (tuple, dict) else None if kind is Any else kind()


def _plain(kind: Any, raw: Any, where: str) -> Any:
    if kind is int and isinstance(raw, str):
        return timestamp_ns(raw)
    if kind is str and isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)  # a quantity may be a number
    if kind is int and isinstance(raw, int) and not -LIMIT <= raw <= LIMIT:
        raise Unreadable(f"{where} is a number of over 62 bits")
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        raise Unreadable(f"{where} is {shown(raw)}; it has to be {kind_of(kind())}")
    return raw


def _list(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise Unreadable(f"{where} is {shown(raw)}, which is no list")
    return raw


def _object(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Unreadable(f"{where} is {shown(raw)}, which is no object")
    return raw
