"""The trap for leases: what lasts too long is found within a few seeds, what lasts rightly is never accused."""

from __future__ import annotations

from app.scenarios import load_scenario
from app.search.finding import planted
from app.search.trial import trial
from app.vocabulary.commands import GetKey
from app.world.scenario import scenario_from, to_plain

SEARCH = load_scenario("search")


def test_a_lease_that_ignores_drift_is_found() -> None:
    scenario = planted(SEARCH, "lease-ignores-drift")
    found = (trial(scenario, seed).violation for seed in range(30))
    verdict = next(verdict for verdict in found if verdict is not None)
    assert verdict.check in ("one-leader", "reads", "linearizability")


def test_leases_that_allow_for_drift_are_not_accused() -> None:
    plain = to_plain(SEARCH)
    plain["consensus"] |= {"reads": "lease", "drift_ppm_max": 300_000}
    scenario, most = scenario_from(plain), 0
    for seed in range(300, 320):
        outcome = trial(scenario, seed)
        assert outcome.found == (), seed
        most = max(most, sum(isinstance(step.command, GetKey) for step in outcome.steps))
    assert most > 100, "some trap was set"
