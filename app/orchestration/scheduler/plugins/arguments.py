"""Reading a plug-in's arguments as a KubeSchedulerConfiguration gives them: strict, and one clear sentence per error.

Source: pkg/scheduler/apis/config/validation/validation_pluginargs.go (v1.36); the sentences are Kubernetes' own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LABEL_NAME = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")

Args = Mapping[str, Any]
NO_ARGS: Args = {}


class ArgumentError(ValueError):
    """An argument cannot be taken. field: its path within the arguments. detail: the sentence."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


def invalid(field: str, value: Any, detail: str) -> ArgumentError:
    """As Kubernetes words it: `Invalid value: 0: not in valid range [1, 100]`."""
    shown = f'"{value}"' if isinstance(value, str) else value
    return ArgumentError(field, f"Invalid value: {shown}: {detail}")


def known(args: Any, field: str, *names: str) -> Args:
    """An object with no fields but these (apiVersion and kind may always be there)."""
    if args is None:
        return NO_ARGS
    if not isinstance(args, Mapping):
        raise invalid(field or "args", args, "must be an object")
    for name in args:
        if name not in names and (field or name not in ("apiVersion", "kind")):
            path = f"{field}.{name}" if field else str(name)
            raise ArgumentError(path, f"unknown field; known are {', '.join(names) or 'none'}")
    return args


def whole(value: Any, field: str, low: int, high: int, detail: str = "") -> int:
    """A whole number from low to high."""
    if type(value) is not int or not low <= value <= high:
        raise invalid(field, value, detail or f"not in valid range [{low}, {high}]")
    return value


def choice(value: Any, field: str, *allowed: str) -> str:
    """One of these words."""
    if value not in allowed or not isinstance(value, str):
        quoted = ", ".join(f'"{one}"' for one in allowed)
        raise ArgumentError(field, f'Unsupported value: "{value}": supported values: {quoted}')
    return value


def items(value: Any, field: str) -> list[Any]:
    """A list; absent is empty."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise invalid(field, value, "must be a list")
    return list(value)


def label_name(value: Any, field: str) -> str:
    """A qualified name: "example.com/gpu" or "cpu"."""
    if not isinstance(value, str) or not _LABEL_NAME.fullmatch(value):
        raise invalid(
            field, value, "name part must consist of alphanumeric characters, '-', '_' or '.', and must start"
            " and end with an alphanumeric character (e.g. 'MyName')",
        )  # fmt: skip
    return value


def resource_weights(
    value: Any, field: str, default: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, int], ...]:
    """Resources with weights 1..100; a weight left out is 1. Absent or empty: the default."""
    specs: list[tuple[str, int]] = []
    for number, spec in enumerate(items(value, field)):
        path = f"{field}[{number}]"
        spec = known(spec, path, "name", "weight")
        name = spec.get("name", "")
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"{path}.name", "Required value")
        weight = spec.get("weight", 1)
        # An explicit 0 is a mistake here, as it is for Kubernetes' validation.
        detail = f"resource weight of {name} not in valid range (0, 100]"
        specs.append((name, whole(weight, f"{path}.weight", 1, 100, detail)))
    return tuple(specs) or default
