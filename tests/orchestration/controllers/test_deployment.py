"""Sizes of a Deployment's ReplicaSets, and their names and revisions."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.controllers.deployment import rolling
from app.orchestration.controllers.deployment.fences import resolve_fenceposts, scaled_value
from app.orchestration.controllers.deployment.revisions import expired, find_new, new_replica_set, up_to_date
from app.orchestration.controllers.deployment.rolling import Share
from app.orchestration.controllers.hashing import fnv32a, safe_encode
from app.orchestration.objects.deployment import (
    REVISION,
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    RollingUpdateDeployment,
)
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.pod import Container, PodSpec, PodTemplate
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.selector import LabelSelector


def deployment(replicas=10, surge=0, unavailable=0, image="web:1", **spec) -> Deployment:
    template = PodTemplate(PodSpec((Container("main", image),)), ObjectMeta("", labels={"app": "web"}))
    strategy = DeploymentStrategy("RollingUpdate", RollingUpdateDeployment(unavailable, surge))
    selector = LabelSelector({"app": "web"})
    metadata = ObjectMeta("web", "default", uid="u", annotations={"team": "a"})
    return Deployment(metadata, DeploymentSpec(template, selector, replicas, strategy, **spec))


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas", "expected"),
    [
        pytest.param("25%", "25%", 3, (1, 0), id="surge up, unavailable down"),
        pytest.param("0%", "0%", 10, (0, 1), id="one of them must not be nought"),
        pytest.param(None, None, 10, (0, 1), id="nothing given"),
        pytest.param(3, "10%", 5, (3, 0), id="a count and a share"),
    ],
)
def test_fenceposts(surge, unavailable, replicas, expected):
    assert resolve_fenceposts(surge, unavailable, replicas) == expected


@pytest.mark.parametrize("text", ["urg", "10", "%", "1.5%", ""])
def test_what_is_no_percentage(text):
    with pytest.raises(ValueError, match="string is not a percentage"):
        scaled_value(text, 10, round_up=True)


def test_unhealthy_pods_go_before_healthy_ones():
    old = [Share("a", 5, 5, (0, "a")), Share("b", 5, 2, (1, "b"))]
    assert rolling.cleanup_unhealthy(old, 2) == {"b": 3}
    sizes = rolling.reconcile_old(deployment(10, 0, 4), Share("new", 2, 2, (2, "new")), old)
    assert sizes == {"b": 2, "a": 2}, (
        "six spare: three unhealthy, then three of the oldest, one too few allowed"
    )


@pytest.mark.parametrize(
    ("sizes", "wanted", "expected"),
    [
        pytest.param({"a": 5, "b": 5}, 4, {"a": 2, "b": 2}, id="halves"),
        pytest.param({"a": 3, "b": 1}, 8, {"a": 6, "b": 2}, id="in proportion"),
        pytest.param({"a": 2, "b": 2}, 0, {"a": 0, "b": 0}, id="to nothing"),
        pytest.param(
            {"a": 2, "b": 2, "c": 2},
            10,
            {"a": 3, "b": 3, "c": 4},
            id="the newest of equal ones gets the rest",
        ),
    ],
)
def test_proportional_scaling(sizes, wanted, expected):
    before = sum(sizes.values())
    shares = [
        Share(name, size, 0, (at, name), before, before) for at, (name, size) in enumerate(sizes.items())
    ]
    found = rolling.proportional(deployment(wanted), shares)
    assert {name: found.get(name, sizes[name]) for name in sizes} == expected


def test_a_replica_set_is_found_again_by_its_template():
    first, second = deployment(), deployment(image="web:2")
    sets = [new_replica_set(first, 3, 1, 0), new_replica_set(second, 3, 2, 0)]
    assert [it.metadata.name == sets[0].metadata.name for it in sets] == [True, False]
    assert find_new(first, sets) is sets[0]
    raised = up_to_date(first, sets[0], 3)
    assert raised.metadata.annotations[REVISION] == "3"
    assert raised.metadata.annotations["deployment.kubernetes.io/revision-history"] == "1"
    assert raised.metadata.annotations["team"] == "a"


def test_the_oldest_revisions_are_left_off_the_history_whole():
    """After upstream's SetNewReplicaSetAnnotations: the history keeps within 2000 characters."""
    name = "deployment.kubernetes.io/revision-history"
    made = new_replica_set(deployment(), 3, 1500, 0)
    earlier = ",".join(str(number) for number in range(1000, 1400))
    full = replace(
        made, metadata=replace(made.metadata, annotations={**made.metadata.annotations, name: earlier})
    )
    history = up_to_date(deployment(), full, 1501).metadata.annotations[name]
    assert len(earlier) == 1999
    assert history == f"{earlier[5:]},1500"


def test_idle_replica_sets_beyond_the_limit_are_forgotten_oldest_first():
    def idle(number: int, size: int = 0) -> ReplicaSet:
        made = new_replica_set(deployment(image=f"web:{number}"), size, number, 0)
        return replace(made, spec=replace(made.spec, replicas=size))

    old = [idle(3), idle(1), idle(2)]
    assert expired(deployment(revision_history_limit=1), old) == [old[1], old[2]]
    assert expired(deployment(revision_history_limit=1), [idle(3), idle(1, 2), idle(2)])[0].spec.replicas == 0


def test_names_are_those_of_kubernetes():
    assert fnv32a(b"foobar") == 0xBF9CF968
    assert safe_encode("0123456789") == "456789bcdf"
