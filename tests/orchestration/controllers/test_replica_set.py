"""Which pods a ReplicaSet gives up first."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.controllers.replica_set.order import Candidate, deletion_cost, earlier
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.pod import Container, Pod, PodSpec
from app.vocabulary.ids import SECOND

NOW = 100_000 * SECOND
FINE = Candidate("a", True, "Running", True, 0, 0, NOW - 1000 * SECOND, 0, NOW - 1000 * SECOND)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"assigned": False}, id="on no node"),
        pytest.param({"phase": "Pending"}, id="pending"),
        pytest.param({"ready": False}, id="not ready"),
        pytest.param({"cost": -1}, id="of lower cost"),
        pytest.param({"rank": 2}, id="on a crowded node"),
        pytest.param({"ready_us": NOW - 10 * SECOND}, id="ready for a much shorter time"),
        pytest.param({"restarts": 3}, id="restarted more often"),
        pytest.param({"created_us": NOW - 10 * SECOND}, id="much younger"),
    ],
)
def test_goes_first(change):
    other = replace(FINE, uid="b", **change)
    assert earlier(other, FINE, NOW)
    assert not earlier(FINE, other, NOW)


def test_of_about_the_same_age_the_uid_decides():
    younger = replace(FINE, uid="b", ready_us=NOW - 990 * SECOND)
    assert earlier(FINE, younger, NOW)
    assert not earlier(younger, FINE, NOW)


def test_cost_goes_before_how_crowded_the_node_is():
    assert earlier(replace(FINE, uid="b", cost=-5), replace(FINE, rank=9), NOW)


@pytest.mark.parametrize(
    ("text", "cost"), [("5", 5), ("-5", -5), ("05", 0), ("x", 0), ("+5", 0), ("2147483648", 0)]
)
def test_deletion_cost(text, cost):
    annotations = {"controller.kubernetes.io/pod-deletion-cost": text}
    pod = Pod(ObjectMeta("p", "default", annotations=annotations), PodSpec((Container("main"),)))
    assert deletion_cost(pod) == cost
