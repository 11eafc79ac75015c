"""Quantities as Kubernetes writes them ("500m", "1Gi", "2"), as integers.

Units: milli-cpu for "cpu", thousandths for "nvidia.com/gpu" (a share of one GPU is this simulator's own; Kubernetes knows
whole ones only), bytes for memory and storage, plain counts for all else. Parts of a unit are rounded up, as there.

Source: kubernetes.io, reference "Quantity": decimal suffixes n u m k M G T P E, binary Ki Mi Gi Ti Pi Ei, exponents e3 E3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

CPU = "cpu"
MEMORY = "memory"
PODS = "pods"
GPU = "nvidia.com/gpu"
EPHEMERAL_STORAGE = "ephemeral-storage"
BYTES = (MEMORY, EPHEMERAL_STORAGE)
"""Resources counted in bytes."""

MILLI_RESOURCES = (CPU, GPU)
"""Resources counted in thousandths."""

LIMIT = 1 << 62
"""Larger quantities are refused."""

EXTENDED_MAX, COUNT_MAX = 8, 1_000_000
"""Extended resources of a machine, and how many of each."""

_EXTENDED = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SHAPE = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([eE][+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


class QuantityError(ValueError):
    """The text is no quantity; the message is a sentence without the field's name."""


@lru_cache(maxsize=4096)
def parse_quantity(text: str, resource: str) -> int:
    """The amount of `resource` in its integer unit (see the module). "" is zero.

    Raises: QuantityError with a sentence such as `"1GB" is not a quantity ...`.
    """
    if not text:
        return 0
    shape = _SHAPE.fullmatch(text)
    if shape is None or not (shape[2] or shape[3]):
        raise QuantityError(
            f'"{text}" is not a quantity; allowed are forms such as "500m", "2", "1.5" or "1Gi"'
        )
    if shape[1] == "-":
        raise QuantityError(f'"{text}" is negative; a quantity must be 0 or more')
    whole, part = shape[2] or "0", shape[3] or ""
    if len(whole) + len(part) > 40:
        raise QuantityError(f'"{text[:20]}..." has too many digits')
    numerator = int(whole + part)
    power = -len(part) + (3 if resource in MILLI_RESOURCES else 0)
    shift = 0
    if shape[4]:
        power += int(shape[4][1:])
    elif shape[5] in _BINARY:
        shift = _BINARY[shape[5]]
    else:
        power += _DECIMAL[shape[5] or ""]
    amount = _scaled(numerator << shift, power)
    if amount > LIMIT:
        raise QuantityError(f'"{text}" is too large')
    return amount


def extended(resource: str) -> bool:
    """A resource of somebody else, such as example.com/dongle: it is counted in whole ones and cannot be overcommitted.

    Source: pkg/apis/core/v1/helper/helpers.go, IsExtendedResourceName.
    """
    return "/" in resource and "kubernetes.io/" not in resource and not resource.startswith("requests.")


def extended_problem(offer: Mapping[str, int]) -> tuple[str, object, str] | None:
    """(field, value, what is allowed) of what is wrong with the extended resources that a machine offers beside its gpu."""
    if len(offer) > EXTENDED_MAX:
        return "number of extended", len(offer), f"0 to {EXTENDED_MAX}"
    for name, count in offer.items():
        if name == GPU:
            return "extended", name, "any other name: how many of those there are is told by gpu"
        if _EXTENDED.fullmatch(name) is None or not extended(name):
            return "extended", name, 'a name such as "example.com/dongle", not of kubernetes.io'
        if not 0 <= count <= COUNT_MAX:
            return f"extended.{name}", count, f"0 to {COUNT_MAX:,}"
    return None


def _scaled(numerator: int, power: int) -> int:
    if power >= 0:
        return int(numerator * 10**power)
    return int(-(-numerator // 10**-power))


def format_milli(amount: int) -> str:
    """Thousandths as Kubernetes writes them: 1500 -> "1500m", 2000 -> "2"."""
    return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"


def format_mib(mib: int) -> str:
    """MiB as Kubernetes writes them: 2048 -> "2Gi", 300 -> "300Mi"."""
    return f"{mib // 1024}Gi" if mib and mib % 1024 == 0 else f"{mib}Mi"
