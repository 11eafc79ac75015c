"""Short names out of hashes, as Kubernetes makes them.

Source: kubernetes/kubernetes, pkg/controller/controller_utils.go (ComputeHash),
apimachinery/pkg/util/rand/rand.go (SafeEncodeString).
"""

from __future__ import annotations

from typing import Any

import msgspec

from app.orchestration.objects.meta import plain

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""No vowels, so that no word comes out; nothing that looks like something else."""
_SUFFIX_LENGTH = 5


def fnv32a(data: bytes) -> int:
    """The hash FNV-1a of 32 bits."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def safe_encode(text: str) -> str:
    """The text in letters that are fit for a name."""
    return "".join(_LETTERS[ord(letter) % len(_LETTERS)] for letter in text)


def template_hash(template: Any, collisions: int = 0) -> str:
    """A name for a pod template: equal templates have equal ones. collisions: how often it was taken by another."""
    data = msgspec.json.encode(plain(template), order="deterministic")
    return safe_encode(str(fnv32a(data + (str(collisions).encode() if collisions else b""))))


def suffix(seed: str) -> str:
    """Five letters, as the API server appends to a `generateName`; there at random, here by what `seed` says."""
    number = fnv32a(seed.encode())
    letters = []
    for _ in range(_SUFFIX_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)
