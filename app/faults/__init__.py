"""What can be done to a cluster: `FAULTS`, and `HealNetwork`, which undoes all that was done to its network."""

from __future__ import annotations

from app.faults import cut_link, forge, kill, partition, pause, weather
from app.faults.base import Act, Fault, Ground
from app.vocabulary.base import Refused
from app.vocabulary.commands import HealNetwork

FAULTS: tuple[Fault, ...] = (
    kill.FAULT,
    pause.FAULT,
    partition.FAULT,
    cut_link.FAULT,
    weather.FAULT,
    forge.FAULT,
)


def _check_heal(ground: Ground, command: HealNetwork) -> Refused | None:
    network = ground.network
    if network.splits or network.cuts or network.weather != network.climate.weather:
        return None
    return Refused("nothing-to-heal", {})


def _heal(ground: Ground, command: HealNetwork, cause: int) -> None:
    for fault in FAULTS:
        if fault.heal is not None:
            fault.heal(ground, cause)


HEAL_NETWORK = Act(HealNetwork, _check_heal, _heal)

ACTS: tuple[Act, ...] = (
    *(act for fault in FAULTS for act in (fault.begin, fault.end) if act is not None),
    HEAL_NETWORK,
)
