"""Shrinking: the same check in fewer steps, the same every time; what is left is needed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.scenarios import load_scenario
from app.search import exhaustive, traces
from app.search.execute import Timed
from app.search.finding import again, planted, step_sentence, tried
from app.search.shrink import Shrinker, shrink
from app.vocabulary.commands import CompareAndSet, KillNode, Partition, PutKey, SetNetwork, SetRate

SCENARIO = load_scenario("search")


def test_a_finding_shrinks_to_what_it_takes() -> None:
    switch = "ignores-accepted-values"
    scenario = planted(SCENARIO, switch)
    finding = next(found for seed in range(50) if (found := tried(scenario, seed, "search", switch)[1]))
    shortest = shrink(scenario, finding, tests_max=400)
    assert len(shortest.steps) < len(finding.steps)
    assert shortest.verdict.check == finding.verdict.check
    assert again(scenario, shortest).violation == shortest.verdict
    assert again(scenario, replace(shortest, until_us=shortest.until_us - 1)).found == (), "it goes on"
    assert shrink(scenario, finding, tests_max=400) == shortest
    assert again(replace(scenario, switches=()), shortest).found == ()


def test_it_ends_when_its_tests_are_spent() -> None:
    switch = "forgets-promise-on-restart"
    scenario = planted(SCENARIO, switch)
    finding = next(found for seed in range(50) if (found := tried(scenario, seed, "search", switch)[1]))
    shrinker = Shrinker(scenario, finding, tests_max=3)
    shrinker.shrink()
    assert shrinker.tests <= 3


@pytest.mark.parametrize(
    ("command", "says"),
    [
        pytest.param(KillNode("s1"), "s1", id="kill"),
        pytest.param(PutKey("w1", "k0", "v1"), "k0", id="put"),
        pytest.param(CompareAndSet("w1", "k0", "", "v1"), "k0", id="cas"),
        pytest.param(SetNetwork(loss_ppm=500_000), "", id="weather"),
        pytest.param(SetRate(0), "", id="rate"),
        pytest.param(Partition((("s1",), ("s2", "s3"))), "", id="partition"),
    ],
)
def test_every_step_has_a_sentence(command, says: str) -> None:
    sentence = step_sentence(command)
    assert says in sentence
    assert sentence


def test_steps_of_one_instant_keep_their_order_in_a_trace(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = traces.load(traces.names()[0])
    steps = (Timed(1_000, KillNode("s1")), Timed(1_000, PutKey("w1", "k", "v")))
    monkeypatch.setattr(traces, "TRACES", tmp_path)
    traces.save(replace(finding, steps=steps))
    assert traces.load(finding.switch).steps == steps
    monkeypatch.undo()
    traces._load.cache_clear()


@pytest.mark.parametrize(
    ("switches", "breaks"),
    [
        ((), False),
        (("ignores-accepted-values",), True),
        (("prepare-quorum-too-small",), True),
        (("accept-quorum-too-small",), True),
    ],
    ids=lambda value: " ".join(value) or "correct" if isinstance(value, tuple) else str(value),
)
def test_the_small_instance_explored_completely(switches: tuple[str, ...], breaks: bool) -> None:
    explored = exhaustive.explore("multipaxos", switches)
    assert explored.states > 1_000
    assert (explored.violations > 0) == breaks
    assert len(explored.sentences) == breaks


def test_a_protocol_without_a_small_instance_is_told() -> None:
    with pytest.raises(ValueError, match="explores multipaxos"):
        exhaustive.explore("single-decree", ())
