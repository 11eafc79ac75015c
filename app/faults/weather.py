"""The weather of all links: how many messages are lost, doubled or sent on a detour."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, out_of_range
from app.simulation.climate import Weather
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import SetNetwork
from app.vocabulary.events import NetworkChanged

PPM = 1_000_000


def check_weather(ground: Ground, command: SetNetwork) -> Refused | None:
    for field in ("loss_ppm", "duplicate_ppm", "reorder_ppm"):
        refused = out_of_range(field, getattr(command, field), 0, PPM)
        if refused is not None:
            return refused
    return None


def set_weather(ground: Ground, command: SetNetwork, cause: int) -> None:
    """Holds for what is sent from now on; messages on their way keep their fate."""
    weather = Weather(command.loss_ppm, command.duplicate_ppm, command.reorder_ppm)
    ground.network.weather = weather
    ground.emit(NetworkChanged(weather.loss_ppm, weather.duplicate_ppm, weather.reorder_ppm), cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return SetNetwork(
        chance.uniform_int(0, 200_000), chance.uniform_int(0, 200_000), chance.uniform_int(0, 400_000)
    )


def endings(ground: Ground) -> list[Command]:
    """Back to the scenario's own weather."""
    climate = ground.network.climate.weather
    if ground.network.weather == climate:
        return []
    return [SetNetwork(climate.loss_ppm, climate.duplicate_ppm, climate.reorder_ppm)]


_SET = Act(SetNetwork, check_weather, set_weather)


FAULT = Fault(
    name="weather",
    group="network",
    begin=_SET,
    end=_SET,
    sentence="network-changed",
    band="beat",
    form=tuple(FormField(f"{what}_ppm", "ppm", 0, 0, PPM) for what in ("loss", "duplicate", "reorder")),
    draw=draw,
    endings=endings,
    network=True,
)
