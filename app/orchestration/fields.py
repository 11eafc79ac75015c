"""Readers for pasted objects: each takes a value and where it stands, and gives a clean value or one clear refusal.

Every level of a manifest has a table: fields that are read, fields that are harmless here and left out, and fields that mean
something this cluster does not do. Those are refused by name, and so is everything that Kubernetes does not know either.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import fields as fields_of

from app.orchestration.containers import parse_duration_us
from app.orchestration.objects.meta import KubeStruct
from app.orchestration.objects.node import NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE
from app.orchestration.objects.quantity import QuantityError, parse_quantity
from app.vocabulary.base import Refused

VOLUMES = frozenset(
    (
        "persistentVolumeClaim hostPath nfs iscsi csi ephemeral image fc rbd cephfs glusterfs awsElasticBlockStore"
        " azureDisk azureFile gcePersistentDisk cinder flocker flexVolume portworxVolume quobyte scaleIO storageos"
        " vsphereVolume photonPersistentDisk gitRepo volumeClaimTemplates volumeDevices"
    ).split()
)
"""Fields that ask for storage, which is not simulated."""

Reader = Callable[[Any, str], Any]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PART = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_PERCENT = re.compile(r"[0-9]{1,9}%")
SHOWN_MAX = 60
EFFECTS = (NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE)


class ManifestError(Exception):
    """Something pasted cannot be taken. refused: why, as a value."""

    def __init__(self, code: str, where: str, **fields: str | int) -> None:
        super().__init__(code, where, fields)
        self.refused = Refused(code, {"where": where, **fields})


def bad_value(where: str, value: Any, allowed: str) -> ManifestError:
    """The refusal of one value."""
    return ManifestError("manifest-value", where, value=shown(value), allowed=allowed)


def shown(value: Any) -> str:
    """A value as a sentence shows it: short, and as JSON has it. `...`, `[...]`: what is in it need not be shown."""
    if value is None:
        return "empty"
    if value is ... or value == [...]:
        return "an object" if value is ... else "a list"
    text = msgspec.json.encode(value).decode()
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
            raise bad_value(f"{where}[{key}]", item, "text (put numbers and true or false in quotes)")
    return dict(value)


def qualified_name(value: Any, where: str) -> str:
    """The name of a label: `app`, `topology.kubernetes.io/zone`."""
    prefix, slash, name = value.rpartition("/") if isinstance(value, str) else ("", "", "")
    good = isinstance(value, str) and _PART.fullmatch(name) and (not slash or _SUBDOMAIN.fullmatch(prefix))
    if not good or len(prefix) > 253:
        raise bad_value(
            where,
            value,
            "a qualified name: an optional DNS prefix and '/', then 1 to 63 letters, digits, '-', '_' and '.'",
        )
    return str(value)


def label_value(value: Any, where: str) -> str:
    """The value of a label."""
    if not isinstance(value, str):
        raise bad_value(where, value, "text (put numbers and true or false in quotes)")
    if value and not _PART.fullmatch(value):
        raise bad_value(
            where,
            value,
            "at most 63 letters, digits, '-', '_' and '.', first and last a letter or digit",
        )
    return value


def labels(value: Any, where: str) -> dict[str, str]:
    """A map of labels."""
    if not isinstance(value, dict) or len(value) > 64:
        raise bad_value(where, value, "a map of at most 64 texts")
    for key, item in value.items():
        label_value(item, f"{where}[{key}]")
        qualified_name(key, f"{where}[{key}]")
    return dict(value)


def taint(value: Any, where: str) -> tuple[str, str, str]:
    """(key, value, effect) of `key=value:effect` or `key:effect`, as `kubectl taint` writes it."""
    named, colon, effect = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    key, _, worth = named.partition("=")
    if not colon or effect not in EFFECTS:
        raise bad_value(where, value, f"key=value:effect with an effect of {' or '.join(EFFECTS)}")
    return qualified_name(key, where), label_value(worth, where), effect


def port_name(value: Any, where: str) -> str:
    """The name of a port."""
    if not isinstance(value, str) or not _PORT_NAME.fullmatch(value):
        raise bad_value(
            where, value, "1 to 15 lower-case letters, digits and '-', at least one of them a letter"
        )
    return value


def boolean(value: Any, where: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise bad_value(where, value, "true or false")
    return value


def count_or_percent(value: Any, where: str) -> int | str:
    """A whole number, or a share such as "25%"."""
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return value
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise bad_value(where, value, 'a whole number of 0 or more, or a percentage such as "25%"')
    return value


def quantity(resource: str = "") -> Reader:
    """One quantity, also a bare number."""

    def read(value: Any, where: str) -> str:
        return quantities({resource: value}, where, (where,))[resource]

    return read


def quantities(value: Any, where: str, names: tuple[str, ...] = ()) -> dict[str, str]:
    """A map from resource to quantity. names: how to call them in a refusal, if not by their path."""
    if not isinstance(value, dict) or len(value) > 16:
        raise bad_value(where, value, "a map of at most 16 resources to quantities")
    read: dict[str, str] = {}
    for at, (resource, amount) in enumerate(value.items()):
        path = names[at] if names else f"{where}[{resource}]"
        if isinstance(amount, bool) or not isinstance(amount, str | int | float):
            raise bad_value(path, amount, 'a quantity such as "500m", "2" or "1Gi"')
        try:
            parse_quantity(str(amount), resource)
        except QuantityError:
            allowed = 'a quantity of 0 or more, such as "500m", "2" or "1Gi"'
            raise bad_value(path, amount, allowed) from None
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
            allowed = f"an object with {', '.join(self.required) or 'fields'}"
            raise bad_value(where, [...] if isinstance(value, list) else value, allowed)
        found: dict[str, Any] = {}
        for field, item in value.items():
            path = f"{where}.{field}" if where else str(field)
            reader = self.read.get(field)
            if reader is not None:
                # An empty value counts as left out, as in the Kubernetes API.
                if item is not None:
                    found[field] = reader(item, path)
            elif field in self.refused and item not in (None, "", False, [], {}):
                raise ManifestError("manifest-volume" if field in VOLUMES else "manifest-unsupported", path)
            elif field not in self.harmless and field not in self.refused:
                known = ", ".join(sorted(self.read))
                raise ManifestError("manifest-unknown-field", path, allowed=known)
        for field in self.required:
            if field not in found:
                raise ManifestError("manifest-missing", f"{where}.{field}" if where else field)
        return found


class Shape(Level):
    """A level that becomes a struct; fields are named as the Kubernetes API names them.

    check: looks at the whole of it, and may refuse or change it.
    """

    def __init__(
        self,
        struct: type[KubeStruct],
        read: dict[str, Reader],
        required: tuple[str, ...] = (),
        harmless: str = "",
        refused: str = "",
        check: Callable[[Any, str], Any] | None = None,
    ) -> None:
        super().__init__(read, required, harmless, refused)
        self.struct = struct
        self.names = {field.encode_name: field.name for field in fields_of(struct)}
        self.check = check

    def __call__(self, value: Any, where: str) -> Any:
        found = super().__call__(value, where)
        thing = self.struct(**{self.names[field]: item for field, item in found.items()})
        return thing if self.check is None else self.check(thing, where)
