"""The nemesis of a world: part of it, so that a copy is struck exactly as the original."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.faults import ACTS, HEALER
from app.faults.events import NemesisActed, NemesisSet
from app.faults.heal import HealEverything
from app.faults.nemesis import Nemesis
from app.simulation.loop import Item

if TYPE_CHECKING:
    from app.world.host import Host

_PERFORM = {act.command: act.perform for act in ACTS}
_SPREAD = 1_000_003


class Unrest:
    """A nemesis at work. item: its next item in the loop. seq: the entry that let it loose, which is to blame for all."""

    __slots__ = ("item", "nemesis", "seq")

    def __init__(self, nemesis: Nemesis, seq: int) -> None:
        self.nemesis = nemesis
        self.seq = seq
        self.item = 0


def let_loose(host: Host, per_1000_s: int, faults: tuple[str, ...], seed: int, cause: int) -> None:
    """Replace the nemesis by another; 0: by none."""
    nemesis = Nemesis(host.rules.seed * _SPREAD + seed, faults, per_1000_s) if per_1000_s else None
    host.unrest = Unrest(nemesis, host.seq) if nemesis is not None else None
    host.emit(NemesisSet(per_1000_s, nemesis.faults if nemesis is not None else ()), cause)
    _arm(host)


def _arm(host: Host) -> None:
    unrest = host.unrest
    if unrest is not None:
        unrest.item = host.loop.at(host.now_us + unrest.nemesis.wait_us(), UNREST, None, None)


def strike(host: Host, item: Item) -> None:
    """Do what the nemesis draws now."""
    unrest = host.unrest
    if unrest is None or unrest.item != item[1]:
        return
    command = unrest.nemesis.draw(host)
    if command is not None:
        seq = host.emit(NemesisActed(msgspec.to_builtins(command)), unrest.seq)
        if type(command) is HealEverything:
            HEALER.heal_all(host, seq)
        else:
            _PERFORM[type(command)](host, command, seq)
    _arm(host)


UNREST = 3
