"""The nemesis of a live run: a command that lets it loose, and calls it off."""

from __future__ import annotations

from app.faults.base import Act, Ground, no_choice, out_of_range
from app.vocabulary.base import Command, Refused

RATE_MAX = 1_000_000


class SetNemesis(Command, frozen=True, tag="set-nemesis"):
    """Let faults come and go at random, from the run's seed; `HealEverything` calls it off.

    per_1000_s: how often it acts in 1,000 seconds (500 is every other second); 0 calls it off.
    faults:     names of faults; none: every fault that is inside the model.
    seed:       another number, another course of things.
    """

    per_1000_s: int
    faults: tuple[str, ...] = ()
    seed: int = 0


def act(drawable: tuple[str, ...]) -> Act:
    """The act of the command. drawable: the names that it may give."""

    def check(ground: Ground, command: SetNemesis) -> Refused | None:
        refused = out_of_range("per_1000_s", command.per_1000_s, 0, RATE_MAX)
        refused = refused or out_of_range("seed", command.seed, 0, (1 << 53) - 1)
        unknown = next((name for name in command.faults if name not in drawable), None)
        if refused is None and unknown is not None:
            return no_choice("faults", unknown, drawable)
        if refused is None and not command.per_1000_s and not ground.restless:
            return Refused("nemesis-rests", {})
        return refused

    def perform(ground: Ground, command: SetNemesis, cause: int) -> None:
        ground.set_nemesis(command.per_1000_s, command.faults, command.seed, cause)

    return Act(SetNemesis, check, perform)
