"""The weather of all links: how many messages are lost, doubled or sent on a detour."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground, out_of_range
from app.simulation.network import Weather
from app.vocabulary.base import Refused
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
    _change(ground, Weather(command.loss_ppm, command.duplicate_ppm, command.reorder_ppm), cause)


def _change(ground: Ground, weather: Weather, cause: int) -> None:
    ground.network.weather = weather
    ground.emit(NetworkChanged(weather.loss_ppm, weather.duplicate_ppm, weather.reorder_ppm), cause)


def clear(ground: Ground, cause: int) -> None:
    """Back to the scenario's own weather."""
    if ground.network.weather != ground.network.climate.weather:
        _change(ground, ground.network.climate.weather, cause)


FAULT = Fault(
    name="weather",
    begin=Act(SetNetwork, check_weather, set_weather),
    end=None,  # `HealNetwork` is its end, as it is every network fault's.
    sentence="network-changed",
    band="beat",
    heal=clear,
)
