"""What the network is made of, and the weather on all of it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Weather(Struct, frozen=True, gc=False):
    """What happens to the messages of all links, in parts per million of messages."""

    loss_ppm: int = 0
    duplicate_ppm: int = 0
    reorder_ppm: int = 0


class Climate(Struct, frozen=True):
    """What the network is made of.

    delays:  quantiles of the delay in microseconds (see `Stream.delay_us`) by pair of zones; both orders must be there.
    default: the same for every other pair.
    weather, authentication: what the network begins with, and what healing restores.
    """

    delays: Mapping[tuple[str, str], tuple[int, ...]]
    default: tuple[int, ...]
    weather: Weather = Weather()
    authentication: bool = True
