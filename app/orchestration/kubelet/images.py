"""Container images on a node: how large they are, and which are there.

No image is really pulled: an image's size follows from its name, always the same, and a pull takes the time for that size.
"""

from __future__ import annotations

from hashlib import blake2b

from app.orchestration.objects.node import ContainerImage
from app.vocabulary.ids import SECOND

MIB = 1 << 20
SMALLEST_MIB, LARGEST_MIB = 20, 400
BUILT_IN = ("", "task", "trace", "computation")
"""Images that every node has: those of this simulator's own pods."""
SILENT = "trace"
"""Pods of a replayed trace come by the thousands: their containers record no Events."""
REPORTED_MAX = 50
"""A node names so many images, the largest (nodeStatusMaxImages)."""


def full_name(image: str) -> str:
    """With its tag: `nginx` is `nginx:latest`."""
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


def size_of(image: str) -> int:
    """Bytes, from 20 to 400 MiB, by the name alone."""
    digest = blake2b(full_name(image).encode(), digest_size=4).digest()
    return (SMALLEST_MIB + int.from_bytes(digest, "big") % (LARGEST_MIB - SMALLEST_MIB + 1)) * MIB


class Images:
    """pulled: by full name, when the pull ends or ended. changed: since the node last said what it holds."""

    def __init__(self, mib_per_s: int) -> None:
        self.mib_per_s = mib_per_s
        self.pulled: dict[str, int] = {}

    def ready_us(self, image: str, now_us: int) -> tuple[int, bool]:
        """When the image is there (it is pulled if need be), and whether this asking began the pull."""
        if image in BUILT_IN:
            return now_us, False
        name = full_name(image)
        known = self.pulled.get(name)
        if known is not None:
            return max(known, now_us), False
        takes_us = size_of(name) * SECOND // (MIB * self.mib_per_s) if self.mib_per_s else 0
        self.pulled[name] = now_us + takes_us
        return now_us + takes_us, True

    def held(self, now_us: int) -> tuple[ContainerImage, ...]:
        """What the node's status says: the largest first."""
        names = [name for name, at_us in self.pulled.items() if at_us <= now_us]
        found = [ContainerImage((name,), size_of(name)) for name in names]
        found.sort(key=lambda image: (-image.size_bytes, image.names))
        return tuple(found[:REPORTED_MAX])
