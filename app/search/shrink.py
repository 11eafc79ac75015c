"""Shrinking: the same violation with as few commands as possible, at times that can be read aloud.

Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002), then one
command at a time, then simpler commands, then rounder times. Taking a command away moves every later draw of the
world's chance, so what is left after one pass may lose more in the next: passes repeat until none helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from app.search.execute import Timed
from app.search.finding import Finding
from app.search.trial import Outcome, replay
from app.vocabulary.base import Command
from app.vocabulary.commands import CompareAndSet, GetKey, PutKey, SetNetwork
from app.world.scenario import Scenario

TESTS_MAX = 800
GRAINS_US = (100_000, 50_000, 20_000, 10_000, 5_000, 1_000, 500, 100)
"""Times become multiples of the largest of these that still break it."""
CLIENT: tuple[type[Command], ...] = (PutKey, GetKey, CompareAndSet)


class Shrinker:
    """Tries shorter schedules, and keeps the shortest that breaks the same check.

    tests: how many schedules were tried; it ends at `tests_max`.
    """

    def __init__(self, scenario: Scenario, finding: Finding, tests_max: int = TESTS_MAX) -> None:
        self._scenario, self._finding = scenario, finding
        self._left = tests_max
        self._slack_us = scenario.consensus.election_us_max
        self._tried: dict[tuple[Timed, ...], bool] = {}
        self.best: Finding = finding

    @property
    def tests(self) -> int:
        return len(self._tried)

    def shrink(self) -> Finding:
        """The shortest that was found. Deterministic."""
        before: tuple[Timed, ...] = ()
        while before != self.best.steps and self._left > 0:
            before = self.best.steps
            self._halve()
            self._one_by_one()
            self._simplify()
        self._round()
        self._end_early()
        return self.best

    def _breaks(self, steps: Sequence[Timed]) -> bool:
        """Whether these steps break the same check; if so they are the best now."""
        key = tuple(steps)
        if key in self._tried or self._left <= 0:
            return False
        self._left -= 1
        outcome = self._outcome(key, self._until_us(key))
        violation = outcome.violation
        found = violation is not None and violation.check == self._finding.verdict.check
        self._tried[key] = found
        if found and violation is not None:
            # What was refused is not in the outcome's steps: it did nothing.
            self.best = replace(self.best, steps=outcome.steps, until_us=outcome.broken_us, verdict=violation)
        return found

    def _until_us(self, steps: tuple[Timed, ...]) -> int:
        # A step less may break it a little later; what is stuck has to be watched for as long as patience lasts.
        if self._finding.verdict.check == "progress":
            return self.best.until_us
        last_us = steps[-1].at_us if steps else 0
        return min(max(self.best.until_us, last_us) + self._slack_us, self._finding.until_us + self._slack_us)

    def _outcome(self, steps: tuple[Timed, ...], until_us: int) -> Outcome:
        return replay(self._scenario, self._finding.seed, steps, until_us)

    def _halve(self) -> None:
        """ddmin: leave out halves, quarters, eighths ... while that helps."""
        parts = 2
        while len(self.best.steps) >= 2 and self._left > 0:
            steps = self.best.steps
            size = -(-len(steps) // parts)
            if any(self._breaks(rest) for rest in _without(steps, size)):
                parts = max(parts - 1, 2)
            elif size == 1:
                return
            else:
                parts = min(parts * 2, len(steps))

    def _one_by_one(self) -> None:
        """Leave out single steps, the last first; then pairs, such as a fault and its end."""
        place = len(self.best.steps) - 1
        while place >= 0 and self._left > 0:
            steps = self.best.steps
            if place < len(steps):
                self._breaks(steps[:place] + steps[place + 1 :])
            place -= 1
        for steps in _pairs(self.best.steps):
            if len(steps) < len(self.best.steps) and self._breaks(steps):
                return

    def _simplify(self) -> None:
        """Simpler commands in place of the same number of others."""
        for place in range(len(self.best.steps)):
            if place >= len(self.best.steps):
                return
            step = self.best.steps[place]
            for command in _simpler(step.command):
                steps = list(self.best.steps)
                steps[place] = Timed(step.at_us, command)
                if self._breaks(steps):
                    break

    def _round(self) -> None:
        """Rounder times, each as round as it can be, in the order of the steps."""
        for place in range(len(self.best.steps)):
            for grain_us in GRAINS_US:
                if place >= len(self.best.steps):
                    return
                steps = list(self.best.steps)
                at_us = steps[place].at_us // grain_us * grain_us
                earliest_us = steps[place - 1].at_us if place else 0
                if at_us < earliest_us or at_us == steps[place].at_us:
                    continue
                steps[place] = Timed(at_us, steps[place].command)
                if self._breaks(steps):
                    break

    def _end_early(self) -> None:
        """No longer than it takes: through the instant of the violation, or to the first end at which it is judged so."""
        high_us = self._ends(self.best.until_us)
        low_us = self.best.steps[-1].at_us if self.best.steps else 0
        # What is judged only at the end, such as that nothing was answered for long enough, has no instant of its own.
        late = low_us < high_us and self._ends(high_us - 1) < high_us
        while late and low_us < high_us:
            middle_us = (low_us + high_us) // 2
            ended_us = self._ends(middle_us)
            low_us, high_us = (low_us, ended_us) if ended_us <= middle_us else (ended_us, high_us)

    def _ends(self, until_us: int) -> int:
        """How long a run must be to have the violation, if one until `until_us` has it; longer than that if not."""
        outcome = self._outcome(self.best.steps, until_us)
        if outcome.violation is None or outcome.violation.check != self._finding.verdict.check:
            return until_us + 1
        self.best = replace(self.best, until_us=outcome.broken_us, verdict=outcome.violation)
        return outcome.broken_us


def _without(steps: tuple[Timed, ...], size: int) -> Iterator[tuple[Timed, ...]]:
    for start in range(0, len(steps), size):
        yield steps[:start] + steps[start + size :]


def _pairs(steps: tuple[Timed, ...]) -> Iterator[tuple[Timed, ...]]:
    for one in range(len(steps) - 1, -1, -1):
        for other in range(one - 1, -1, -1):
            yield steps[:other] + steps[other + 1 : one] + steps[one + 1 :]


def _simpler(command: Command) -> Iterator[Command]:
    """Commands that say less: a put for a compare-and-set, one kind of weather for three."""
    if isinstance(command, CompareAndSet):
        yield PutKey(command.client, command.key, command.value)
    if isinstance(command, SetNetwork):
        ppm = (command.loss_ppm, command.duplicate_ppm, command.reorder_ppm)
        for kept in range(3):
            only = [value if place == kept else 0 for place, value in enumerate(ppm)]
            if tuple(only) != ppm and any(only):
                yield SetNetwork(*only)


def shrink(
    scenario: Scenario,
    finding: Finding,
    tests_max: int = TESTS_MAX,
    told: Callable[[int], None] | None = None,
) -> Finding:
    """The same violation with fewer steps."""
    shrinker = Shrinker(scenario, finding, tests_max)
    shortest = shrinker.shrink()
    if told is not None:
        told(shrinker.tests)
    return shortest
