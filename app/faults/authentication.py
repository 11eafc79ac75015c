"""Message authentication, on or off. Off, machines believe whatever comes: nothing is wrong yet, but anything can be."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, Trouble, over, started
from app.simulation.links import ALTERED, REPLAY
from app.simulation.machine import LETTER
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused

ID = "authentication"


class SetAuthentication(Command, frozen=True, tag="set-authentication"):
    """Let machines check, or no longer check, who a message comes from and whether it came before."""

    on: bool = False


def check(ground: Ground, command: SetAuthentication) -> Refused | None:
    if ground.network.authentication == command.on:
        return Refused("authentication-is", {"state": "on" if command.on else "off"})
    return None


def innocent(ground: Ground, command: SetAuthentication) -> bool:
    """Whether nobody is at it: no link on which messages are changed or repeated, none on its way that is not genuine."""
    network = ground.network
    if command.on:
        return True
    ills = [ailment.ill for ailment in network.ailments.values()]
    if any(ill.corrupt_ppm or ill.tamper_ppm or ill.replay_ppm for ill in ills):
        return False
    flights = [*network.flights.values(), *(flight for flight, _ in network.held.values())]
    for machine in ground.machines.values():
        flights += [first for kind, first, _ in machine.waiting if kind == LETTER]
    return all(
        flight.src == flight.claims and flight.fate not in ALTERED and flight.fate != REPLAY
        for flight in flights
    )


def switch(ground: Ground, command: SetAuthentication, cause: int) -> None:
    """A change from the scenario's setting is a fault in force until it is taken back."""
    inside = innocent(ground, command)
    ground.network.authentication = command.on
    if command.on == ground.network.climate.authentication and ID in ground.troubles:
        over(ground, ID, cause)
    else:
        started(ground, ID, command, cause, inside=inside)


def undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    ground.network.authentication = ground.network.climate.authentication


def draw(ground: Ground, chance: Stream) -> Command | None:
    return SetAuthentication(False)


FAULT = Fault(
    name=ID,
    group="intruder",
    begin=Act(SetAuthentication, check, switch),
    end=None,
    sentence="fault-began",
    band="kube",
    model=innocent,
    form=(FormField("on", "bool", False),),
    draw=draw,
    undo=undo,
)
