"""Trials: pure in their seed, seen again by their steps, stopped at the first violation; the correct protocol survives."""

from __future__ import annotations

import pickle

import pytest

from app.consensus import PROTOCOLS
from app.faults.nemesis import DEFAULT
from app.scenarios import load_scenario
from app.search.bench import Bench
from app.search.execute import Timed
from app.search.finding import again, from_plain, planted, switches_of, to_plain, tried
from app.search.progress import PATIENCE_ELECTIONS
from app.search.trial import replay, trial
from app.vocabulary.commands import KillNode, PauseNode, PutKey, RestartNode
from app.world.scenario import ScenarioError

SCENARIO = load_scenario("search")
QUICK = "forgets-promise-on-restart"
SURVIVED = range(150)


@pytest.mark.parametrize("first", range(SURVIVED.start, SURVIVED.stop, 25))
def test_the_correct_protocol_survives(first: int) -> None:
    broken = {seed: trial(SCENARIO, seed).found for seed in range(first, first + 25)}
    assert {seed: found for seed, found in broken.items() if found} == {}, (
        "see it again: flask search --scenario search --seed N"
    )


@pytest.mark.parametrize("seed", [3, 11])
def test_a_trial_is_pure_in_its_seed(seed: int) -> None:
    assert trial(SCENARIO, seed) == trial(SCENARIO, seed)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_same_commands_make_the_same_log(seed: int) -> None:
    outcome = trial(SCENARIO, seed)
    repeated = replay(SCENARIO, seed, outcome.steps, outcome.until_us)
    assert repeated == outcome


def first_finding(switch: str, seeds: int = 200):
    scenario = planted(SCENARIO, switch)
    for seed in range(seeds):
        _, finding = tried(scenario, seed, "search", switch)
        if finding is not None:
            return scenario, finding
    raise AssertionError(f"{switch} was not found in {seeds} seeds")


@pytest.mark.parametrize("switch", [QUICK, "ignores-accepted-values", "timed-out-recorded-as-failed"])
def test_a_planted_bug_is_found_and_seen_again(switch: str) -> None:
    scenario, finding = first_finding(switch)
    read = from_plain(to_plain(finding))
    assert again(scenario, read).violation == finding.verdict
    assert finding.sentence
    assert finding.command_line() == f"flask search --scenario search --switch {switch} --seed {finding.seed}"


def test_needs_and_replicas_of_a_switch_come_with_it() -> None:
    for switch in switches_of("multipaxos"):
        scenario = planted(SCENARIO, switch.id)
        assert scenario.switches == (switch.id,)
        for name, value in switch.needs.items():
            assert getattr(scenario.consensus, name) == value
        if switch.replicas:
            assert len(scenario.members()) == switch.replicas


def test_a_switch_that_does_not_exist_is_told() -> None:
    with pytest.raises(ScenarioError, match="switches names 'nonsense'"):
        planted(SCENARIO, "nonsense")


def test_a_protocol_without_a_log_is_told() -> None:
    with pytest.raises(ScenarioError, match="allowed for a search is multipaxos"):
        planted(load_scenario("single-decree"), "")


def test_an_outage_is_no_stall_and_a_cluster_that_is_well_must_answer() -> None:
    """Two of three are killed: nothing is decided, and nobody is to blame. They come back, and it goes on."""
    bench = Bench.new(SCENARIO, 1)
    bench.run(1_000_000)
    for node in ("s1", "s2"):
        assert bench.take(KillNode(node))
    patience_us = PATIENCE_ELECTIONS * SCENARIO.consensus.election_us_max
    bench.take(PutKey("w1", "k", "1"))
    bench.run(bench.now_us + 2 * patience_us)
    assert bench.progress.longest(bench.now_us) >= 2 * patience_us
    assert bench.progress.verdicts(bench.now_us, bench.ground) == []
    for node in ("s1", "s2"):
        bench.take(RestartNode(node))
    bench.take(PutKey("w1", "k", "2"))
    bench.run(bench.now_us + patience_us + 1)
    bench.end()
    assert bench.progress.answered >= 1
    assert bench.found == []


def test_who_never_answers_is_found_stuck() -> None:
    """A judge that is told of a paused majority as if it ran: the verdict that a stuck cluster would get."""
    bench = Bench.new(SCENARIO, 1)
    bench.run(500_000)
    for node in ("s1", "s2", "s3"):
        bench.take(PauseNode(node))
    bench.progress._wrong.clear()
    bench.progress.calm_us = bench.now_us
    bench.take(PutKey("w1", "k", "1"))
    bench.run(bench.now_us + bench.progress.patience_us + 1)
    [verdict] = bench.progress.verdicts(bench.now_us, bench.ground)
    assert (verdict.check, verdict.code) == ("progress", "nothing-answered")


def test_refused_commands_are_passed_over() -> None:
    steps = [
        Timed(100_000, RestartNode("s1")),
        Timed(200_000, KillNode("s1")),
        Timed(300_000, KillNode("s1")),
    ]
    outcome = replay(SCENARIO, 5, steps, 400_000)
    assert outcome.steps == (steps[1],)
    assert outcome.until_us == 400_000


def test_the_palette_bears_nothing_that_a_protocol_need_not() -> None:
    assert "lost-fsync" not in DEFAULT
    assert {"kill", "pause", "partition", "link-delay", "clock-step", "slow-disk"} <= set(DEFAULT)


def test_a_world_under_test_can_be_copied() -> None:
    bench = Bench.new(SCENARIO, 2)
    bench.run(300_000)
    copy = pickle.loads(pickle.dumps(bench.world))
    assert copy.advance(400_000) == bench.world.advance(400_000)


def test_protocols_name_their_switches_once() -> None:
    for spec in PROTOCOLS.values():
        ids = [switch.id for switch in (*spec.switches, *spec.controls)]
        assert len(ids) == len(set(ids))
