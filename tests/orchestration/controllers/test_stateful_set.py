"""What a StatefulSet does next, by its pods."""

from __future__ import annotations

import pytest

from app.orchestration.controllers.stateful_set.steps import Member, next_steps
from app.orchestration.objects.deployment import ON_DELETE, ROLLING_UPDATE
from app.orchestration.objects.pod import Container, PodSpec, PodTemplate
from app.orchestration.objects.selector import LabelSelector
from app.orchestration.objects.stateful_set import (
    PARALLEL,
    Ordinals,
    RollingUpdateStatefulSet,
    StatefulSetSpec,
    StatefulSetUpdateStrategy,
)


def spec(replicas=3, parallel=False, strategy=ROLLING_UPDATE, partition=0, unavailable=None, start=0):
    rolling = RollingUpdateStatefulSet(partition, unavailable)
    return StatefulSetSpec(
        PodTemplate(PodSpec((Container("main"),))),
        LabelSelector({"app": "web"}),
        replicas=replicas,
        pod_management_policy=PARALLEL if parallel else "OrderedReady",
        update_strategy=StatefulSetUpdateStrategy(strategy, rolling),
        ordinals=Ordinals(start),
    )


def members(*told: str) -> list[Member]:
    """ "0 new", "1 old starting", "2 old stopping", "3 old failed"."""
    found = []
    for text in told:
        number, revision, *how = text.split()
        state = how[0] if how else "fine"
        phase = {"failed": "Failed", "pending": "Pending"}.get(state, "Running")
        ready = state in ("fine", "stopping")
        found.append(Member(int(number), revision, phase, ready, ready, state == "stopping"))
    return found


@pytest.mark.parametrize(
    ("given", "told", "create", "delete"),
    [
        pytest.param(spec(), [], [(0, "new")], [], id="the first alone"),
        pytest.param(spec(), ["0 new starting"], [], [], id="waits until it is ready"),
        pytest.param(spec(), ["0 new"], [(1, "new")], [], id="the next after the one before is ready"),
        pytest.param(spec(), ["0 new", "2 new"], [(1, "new")], [], id="a gap first"),
        pytest.param(
            spec(parallel=True), [], [(0, "new"), (1, "new"), (2, "new")], [], id="parallel: all at once"
        ),
        pytest.param(spec(start=5, replicas=1), [], [(5, "new")], [], id="ordinals may start later"),
        pytest.param(spec(1), ["0 new", "1 new", "2 new"], [], [2], id="down from the top, one at a time"),
        pytest.param(
            spec(1), ["0 new", "1 new", "2 new stopping"], [], [], id="waits for the one that stops"
        ),
        pytest.param(
            spec(1), ["0 new starting", "1 new"], [], [], id="not down while one that stays is not ready"
        ),
        pytest.param(
            spec(1), ["0 new", "1 new starting", "2 new"], [], [2], id="down past an unhealthy one below"
        ),
        pytest.param(
            spec(1),
            ["0 new", "1 new starting", "2 new starting"],
            [],
            [],
            id="the lowest unhealthy one first",
        ),
        pytest.param(spec(1, True), ["0 new", "1 new", "2 new"], [], [2, 1], id="parallel: down at once"),
        pytest.param(spec(), ["0 old", "1 old", "2 old"], [], [2], id="update from the top"),
        pytest.param(spec(), ["0 old", "1 old", "2 new starting"], [], [], id="update waits for the new one"),
        pytest.param(spec(), ["0 old", "1 old", "2 new"], [], [1], id="update goes on"),
        pytest.param(spec(partition=2), ["0 old", "1 old", "2 new"], [], [], id="not below the partition"),
        pytest.param(spec(partition=2), ["1 old", "2 new"], [(0, "old")], [], id="old below the partition"),
        pytest.param(
            spec(strategy=ON_DELETE), ["0 old", "1 old", "2 old"], [], [], id="OnDelete: nothing by itself"
        ),
        pytest.param(
            spec(strategy=ON_DELETE), ["0 old", "1 old"], [(2, "new")], [], id="OnDelete: new where made anew"
        ),
        pytest.param(
            spec(unavailable=2), ["0 old", "1 old", "2 old"], [], [2, 1], id="two may be unavailable"
        ),
    ],
)
def test_next_steps(given, told, create, delete):
    steps = next_steps(given, members(*told), "old", "new")
    assert (steps.create, steps.delete) == (create, delete)


def test_what_failed_is_made_anew_under_its_name():
    assert next_steps(spec(), members("0 new failed", "1 new", "2 new"), "new", "new").recreate == [0]
