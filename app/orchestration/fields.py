"""Readers for pasted objects: each takes a value and where it stands, and gives a clean value or one clear refusal.

Every level of a manifest has a table: fields that are read, fields that are harmless here and left out, and fields that mean
something this cluster does not do. Those are refused by name, and so is everything that Kubernetes does not know either.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.orchestration.containers import parse_duration_us
from app.orchestration.objects.quantity import QuantityError, parse_quantity
from app.vocabulary.base import Refused

Reader = Callable[[Any, str], Any]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
SHOWN_MAX = 60


class ManifestError(Exception):
    """Something pasted cannot be taken. refused: why, as a value."""

    def __init__(self, code: str, where: str, **fields: str | int) -> None:
        super().__init__(code, where, fields)
        self.refused = Refused(code, {"where": where, **fields})


def bad_value(where: str, value: Any, allowed: str) -> ManifestError:
    """The refusal of one value."""
    return ManifestError("manifest-value", where, value=shown(value), allowed=allowed)


def shown(value: Any) -> str:
    """A value as a sentence shows it: short, and quoted if it is text."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..."


def text(value: Any, where: str) -> str:
    """Any text up to 1,000 characters."""
    if not isinstance(value, str) or len(value) > 1_000:
        raise bad_value(where, value, "text of at most 1,000 characters")
    return value


def label(value: Any, where: str) -> str:
    """An RFC 1123 label."""
    if not isinstance(value, str) or not _LABEL.fullmatch(value):
        raise bad_value(
            where, value, "1 to 63 lower-case letters, digits and '-', first and last a letter or digit"
        )
    return value


def subdomain(value: Any, where: str) -> str:
    """An RFC 1123 subdomain."""
    if not isinstance(value, str) or len(value) > 253 or not _SUBDOMAIN.fullmatch(value):
        raise bad_value(
            where, value, "lower-case letters, digits, '-' and '.', first and last a letter or digit"
        )
    return value


def name_prefix(value: Any, where: str) -> str:
    """What a generated name begins with."""
    label(value.rstrip("-") if isinstance(value, str) else value, where)
    return str(value)


def one_of(*allowed: str) -> Reader:
    """One of these words."""

    def read(value: Any, where: str) -> str:
        if value not in allowed or not isinstance(value, str):
            raise bad_value(where, value, " or ".join(allowed))
        return value

    return read


def integer(low: int, high: int) -> Reader:
    """A whole number from low to high."""

    def read(value: Any, where: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise bad_value(where, value, f"a whole number from {low:,} to {high:,}")
        return value

    return read


def texts(value: Any, where: str) -> dict[str, str]:
    """A map from text to text (labels, annotations)."""
    if not isinstance(value, dict) or len(value) > 64:
        raise bad_value(where, value, "a map of at most 64 texts")
    for key, item in value.items():
        if not isinstance(item, str) or len(item) > 1_000:
            raise bad_value(f"{where}.{key}", item, "text (put numbers and true or false in quotes)")
    return dict(value)


def quantities(value: Any, where: str) -> dict[str, str]:
    """A map from resource to quantity."""
    if not isinstance(value, dict) or len(value) > 16:
        raise bad_value(where, value, "a map of at most 16 resources to quantities")
    read: dict[str, str] = {}
    for resource, amount in value.items():
        if isinstance(amount, bool) or not isinstance(amount, str | int | float):
            raise bad_value(f"{where}.{resource}", amount, 'a quantity such as "500m", "2" or "1Gi"')
        try:
            parse_quantity(str(amount), resource)
        except QuantityError:
            raise bad_value(
                f"{where}.{resource}", amount, 'a quantity of 0 or more, such as "500m", "2" or "1Gi"'
            ) from None
        read[resource] = str(amount)
    return read


def duration(value: Any, where: str) -> str:
    """A duration as the annotation `sim/duration` has it, at most an hour."""
    try:
        if isinstance(value, str) and parse_duration_us(value) <= 3_600_000_000:
            return value
    except ValueError:
        pass
    raise bad_value(where, value, 'a time above 0 and up to 3600s, such as "8s" or "500ms"')


def list_of(reader: Reader, low: int = 0, high: int = 64) -> Reader:
    """A list, each item read by `reader`."""

    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise bad_value(where, value, f"a list of {low} to {high} items")
        return tuple(reader(item, f"{where}[{index}]") for index, item in enumerate(value))

    return read


class Level:
    """The fields of one level of a manifest.

    read:    field -> reader. required: those that must be there. harmless: known to Kubernetes, without effect here.
    refused: known to Kubernetes, with an effect that this cluster does not have.
    """

    def __init__(
        self, read: dict[str, Reader], required: tuple[str, ...] = (), harmless: str = "", refused: str = ""
    ) -> None:
        self.read = read
        self.required = required
        self.harmless = frozenset(harmless.split())
        self.refused = frozenset(refused.split())

    def __call__(self, value: Any, where: str) -> dict[str, Any]:
        """Field -> clean value, of the fields that are there and read."""
        if not isinstance(value, dict):
            raise bad_value(where, value, "an object with fields")
        found: dict[str, Any] = {}
        for field, item in value.items():
            path = f"{where}.{field}" if where else str(field)
            reader = self.read.get(field)
            if reader is not None:
                # An empty value counts as left out, as in the Kubernetes API.
                if item is not None:
                    found[field] = reader(item, path)
            elif field in self.refused and item not in (None, "", False, [], {}):
                raise ManifestError("manifest-unsupported", path)
            elif field not in self.harmless and field not in self.refused:
                known = ", ".join(sorted(self.read))
                raise ManifestError("manifest-unknown-field", path, allowed=known)
        for field in self.required:
            if field not in found:
                raise ManifestError("manifest-missing", f"{where}.{field}" if where else field)
        return found
