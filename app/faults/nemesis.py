"""The nemesis: any mix of faults at random, from a seed.

A loop over a world looks like this (`tests/faults/test_nemesis.py`):

    nemesis = Nemesis(seed)
    while ...:
        entries += world.advance(world.now_us + nemesis.wait_us())
        command = nemesis.draw(world.ground())
        if command is not None:
            entries += world.take(command)

Drawing at the very moment of striking is what makes its aim good: half of its kills hit machines with unsynced writes.
"""

from __future__ import annotations

from app.faults import ACTS, DRAWABLE, FAULTS, HEALER
from app.faults.base import INSIDE, Fault, Ground
from app.faults.heal import HealEverything
from app.simulation.randomness import stream
from app.vocabulary.base import Command

SECONDS_1000 = 1_000_000_000
TRIES = 8
HEAL_ALL_PPM = 40_000

_CHECKS = {act.command: act.check for act in ACTS}
_BY_NAME = {fault.name: fault for fault in FAULTS}

DEFAULT: tuple[str, ...] = tuple(
    fault.name
    for fault in FAULTS
    if fault.draw is not None and (callable(fault.model) or fault.model == INSIDE)
)
"""What a nemesis does unless told otherwise: everything that a protocol promises to bear."""


class Nemesis:
    """A source of commands that begin and end faults. Its random numbers are its own; equal seeds and equal grounds give
    equal commands.

    faults:     names out of `FAULTS`; () is `DEFAULT`. per_1000_s: how often it acts, on average, in 1,000 seconds.
    only_inside: never begin what is outside the model at that moment (forging while authentication is off ...).
    Raises:     ValueError for a name that is none, or a rate below 1.
    """

    __slots__ = ("chance", "faults", "only_inside", "per_1000_s")

    def __init__(
        self, seed: int, faults: tuple[str, ...] = (), per_1000_s: int = 500, only_inside: bool | None = None
    ) -> None:
        unknown = next((name for name in faults if name not in DRAWABLE), None)
        if unknown is not None:
            raise ValueError(f"faults names {unknown!r}; allowed are {', '.join(DRAWABLE)}.")
        if per_1000_s < 1:
            raise ValueError(f"per_1000_s is {per_1000_s}; allowed is 1 or more.")
        self.faults = faults or DEFAULT
        self.per_1000_s = per_1000_s
        self.only_inside = not faults if only_inside is None else only_inside
        self.chance = stream(seed, "nemesis")

    def wait_us(self) -> int:
        """How long until it acts next: uniform, twice the mean at most."""
        return self.chance.uniform_int(1, max(1, 2 * SECONDS_1000 // self.per_1000_s))

    def draw(self, ground: Ground) -> Command | None:
        """A command that can be taken now; None if none of its faults can begin or end here. The more is broken, the
        likelier it mends."""
        chance = self.chance
        endings = HEALER.endings(ground)
        if endings and chance.chance_ppm(HEAL_ALL_PPM):
            return HealEverything()
        if endings and chance.chance_ppm(min(150_000 + 150_000 * len(endings), 800_000)):
            return chance.pick(endings)
        for _ in range(TRIES):
            fault = _BY_NAME[chance.pick(self.faults)]
            command = self._begin(fault, ground)
            if command is not None:
                return command
        return chance.pick(endings) if endings else None

    def _begin(self, fault: Fault, ground: Ground) -> Command | None:
        assert fault.draw is not None, "see __init__"
        command = fault.draw(ground, self.chance)
        if command is None or _CHECKS[type(command)](ground, command) is not None:
            return None
        return None if self.only_inside and not fault.inside(ground, command) else command

    def next(self, ground: Ground) -> tuple[int, Command | None]:
        """When to act next, and what would be done on this ground; may be refused by then. See `draw` for a better aim."""
        return ground.now_us + self.wait_us(), self.draw(ground)
