"""One seed: a small world, a workload and an adversary drawn from it, judged as it goes; and its exact repetition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from app.checking.verdict import Verdict
from app.consensus import PROTOCOLS
from app.consensus.switch import Switch
from app.search.adversary import Adversary
from app.search.bench import Bench
from app.search.execute import Timed
from app.search.progress import PATIENCE_ELECTIONS
from app.search.workload import Workload
from app.simulation.randomness import stream
from app.vocabulary.commands import PutKey
from app.world.scenario import Scenario

TROUBLE_ELECTIONS = 9
"""How long the adversary has, in longest election timeouts."""
ASKS_IN_PEACE = 6


class Outcome(Struct, frozen=True):
    """What came of a trial.

    steps:    the commands taken, in order: all that is needed, beside scenario and seed, to see it again.
    until_us: how far it went. found: what was broken, the first first; empty if nothing was.
    broken_us: a run until then has the violation, one that ends sooner has not; `until_us` if there is none.
    longest_us: the longest time without a decision.
    """

    seed: int
    steps: tuple[Timed, ...]
    until_us: int
    broken_us: int
    found: tuple[Verdict, ...]
    entries: int
    decided: int
    longest_us: int

    @property
    def violation(self) -> Verdict | None:
        """The first finding that no broken assumption explains."""
        return next((verdict for verdict in self.found if not verdict.assumption), None)


def trial(scenario: Scenario, seed: int) -> Outcome:
    """Try a seed: trouble for a while, then peace, in which the cluster must answer again. Pure in its arguments."""
    bench = Bench.new(scenario, seed)
    election_us = scenario.consensus.election_us_max
    clients = scenario.of_role("client")
    Workload(bench, clients, scenario.consensus.election_us_min, stream(seed, "search:workload"))
    provoked_by = tuple(fault for switch in planted_in(scenario) for fault in switch.provoked_by)
    adversary = Adversary(bench, scenario, stream(seed, "search:adversary"), provoked_by=provoked_by)
    bench.run(TROUBLE_ELECTIONS * election_us)
    if not bench.broken:
        bench.clear()
        adversary.make_peace()
        _ask_in_peace(bench, clients, election_us)
    bench.end()
    return outcome(bench, seed)


def _ask_in_peace(bench: Bench, clients: Sequence[str], election_us: int) -> None:
    """Writes until one is answered, for as long as patience lasts; then a little longer, for followers to follow."""
    progress = bench.progress
    bench.run(progress.calm_us or 0)
    until_us = max(bench.now_us, progress.calm_us or 0) + progress.patience_us + 1
    for number in range(ASKS_IN_PEACE):
        for client in clients:
            bench.take(PutKey(client, "peace", f"{client}-{number}"))
        next_us = min(bench.now_us + election_us * PATIENCE_ELECTIONS // ASKS_IN_PEACE, until_us)
        while bench.now_us < next_us and not bench.broken and not progress.answered:
            bench.run(min(bench.now_us + election_us // 4, next_us))
        if progress.answered:
            bench.run(bench.now_us + election_us)
            return
    bench.run(until_us)


def planted_in(scenario: Scenario) -> tuple[Switch, ...]:
    """The switches that are on in a scenario."""
    spec = PROTOCOLS[scenario.protocol]
    return tuple(one for one in (*spec.switches, *spec.controls) if one.id in scenario.switches)


def replay(scenario: Scenario, seed: int, steps: Iterable[Timed], until_us: int) -> Outcome:
    """Give the same commands at the same times; one that is refused now is passed over."""
    bench = Bench.new(scenario, seed)
    for step in steps:
        if step.at_us > until_us:
            break
        bench.run(step.at_us)
        if bench.broken:
            break
        bench.take(step.command)
    bench.run(until_us)
    bench.end()
    return outcome(bench, seed)


def outcome(bench: Bench, seed: int) -> Outcome:
    """What came of it, as a value."""
    progress = bench.progress
    return Outcome(
        seed,
        tuple(bench.steps),
        bench.now_us,
        bench.now_us if bench.broken_us is None else bench.broken_us,
        tuple(bench.found),
        bench.entries,
        progress.decided,
        progress.longest(bench.now_us),
    )
