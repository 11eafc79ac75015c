"""The autoscaler's arithmetic at its edges; the shared cases have the rest."""

from __future__ import annotations

import pytest

from app.orchestration.controllers.autoscaler import behaviour, calculator
from app.orchestration.controllers.autoscaler.behaviour import Bounds, Stamped
from app.orchestration.controllers.autoscaler.calculator import MetricPod, Ratio, Readiness, Sample, Tolerance
from app.orchestration.controllers.autoscaler.controller import rules_of, tolerance_of
from app.orchestration.objects.autoscaler import SCALE_UP, AutoscalerBehavior, ScalingPolicy, ScalingRules
from app.vocabulary.ids import SECOND

NOW = 10_000 * SECOND
READINESS = Readiness(NOW, 300 * SECOND, 30 * SECOND)


@pytest.mark.parametrize(
    ("value", "target", "within"),
    [(110, 100, True), (111, 100, False), (90, 100, True), (89, 100, False)],
    ids=["exactly ten percent over", "eleven", "exactly ten under", "eleven under"],
)
def test_the_edge_of_the_tolerance_is_within(value, target, within):
    assert Ratio(value, target).within(calculator.TOLERANCE) == within


def test_tolerances_may_differ_by_direction():
    given = AutoscalerBehavior(ScalingRules(tolerance="0.5"), ScalingRules(tolerance="0"))
    assert tolerance_of(given) == Tolerance((500, 1000), (0, 1000))


def test_a_missing_pod_counts_as_its_target_when_that_is_over_its_request():
    pods = [MetricPod(name, "Running", ready="True", start_us=0, ready_changed_us=0) for name in "ab"]
    requests = {"a": 1000, "b": 1000}
    found = calculator.resource_replicas(2, 200, "cpu", pods, {"a": Sample(1000)}, requests, READINESS)
    # One uses half its target; the other counts as 200 %: (100 + 200) / 2 = 150 % of 200 %, so ceil(2 * 0.75) = 2.
    assert found.replicas == 2


@pytest.mark.parametrize(
    ("current", "value", "expected"),
    [(0, 0, 0), (0, 25_000, 3), (2, 20_500, 2), (2, 41_000, 5)],
    ids=["nothing to do", "from nought", "within the tolerance", "by what each may have"],
)
def test_a_value_for_all(current, value, expected):
    assert calculator.per_pod_replicas(current, value, 10_000).replicas == expected


def test_php_apache():
    up, down = rules_of(None)
    pods = [MetricPod("a", "Running", ready="True", start_us=0, ready_changed_us=0)]
    found = calculator.resource_replicas(1, 50, "cpu", pods, {"a": Sample(610)}, {"a": 200}, READINESS)
    assert (found.utilization, found.replicas) == (305, 7)
    assert behaviour.limited(1, 7, Bounds(1, 10), up, down, [], [], NOW) == (5, behaviour.UP_LIMIT)
    changed = [Stamped(4, NOW)]
    later = behaviour.limited(5, 7, Bounds(1, 10), up, down, changed, [], NOW + 15 * SECOND)
    assert later == (7, behaviour.IN_RANGE)


def test_what_was_removed_in_the_period_may_come_back_at_once():
    rules = ScalingRules(0, "Max", (ScalingPolicy("Pods", 1, 60),))
    removed = [Stamped(3, NOW - 10 * SECOND)]
    assert behaviour.up_limit(5, rules, [], removed, NOW) == 9


@pytest.mark.parametrize(
    ("start", "percent", "up", "down"),
    [
        pytest.param(10, 100, 20, 0, id="all of it"),
        pytest.param(3, 10, 4, 2, id="a part of one counts whole up and is cut down"),
        pytest.param(100, 10, 111, 90, id="1 + 10/100 is more than 1.1 in doubles"),
        pytest.param(10, 90, 19, 0, id="1 - 90/100 is less than 0.1 in doubles"),
        pytest.param(7, 0, 7, 7, id="nothing"),
        pytest.param(5, 150, 13, 0, id="more than all"),
    ],
)
def test_a_policy_in_percent_is_reckoned_in_doubles_as_there(start, percent, up, down):
    rules = ScalingRules(0, "Max", (ScalingPolicy("Percent", percent, 15),))
    assert behaviour.up_limit(start, rules, [], [], NOW) == up
    assert behaviour.down_limit(start, rules, [], [], NOW) == down


def test_policies_by_the_smaller_change_or_none_at_all():
    policies = (ScalingPolicy("Pods", 4, 15), ScalingPolicy("Percent", 100, 15))
    assert behaviour.up_limit(10, ScalingRules(0, "Min", policies), [], [], NOW) == 14
    assert behaviour.up_limit(10, ScalingRules(0, "Disabled", policies), [], [], NOW) == 10
    assert behaviour.down_limit(10, ScalingRules(0, "Min", policies), [], [], NOW) == 6
    assert rules_of(AutoscalerBehavior(ScalingRules(60)))[0].policies == SCALE_UP.policies


@pytest.mark.parametrize(
    ("desired", "advice", "expected"),
    [
        pytest.param(9, [(6, 1), (4, 50)], 6, id="up to the lowest advice of the up window"),
        pytest.param(2, [(4, 50), (8, 200)], 4, id="down to the highest advice of the down window"),
        pytest.param(2, [(9, 50)], 5, id="never up when asked down"),
        pytest.param(5, [], 5, id="as it is"),
    ],
)
def test_advice_of_both_windows(desired, advice, expected):
    past = [Stamped(replicas, NOW - age * SECOND) for replicas, age in advice]
    assert behaviour.stabilized(5, desired, past, 10 * SECOND, 100 * SECOND, NOW) == expected
