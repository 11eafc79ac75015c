"""Endpoints stay in their slices; slices that change anyway are filled up first.

Cases after kubernetes/kubernetes, staging/src/k8s.io/endpointslice/reconciler_test.go.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.commands import DeletePod
from app.orchestration.controllers.slices import Ports, changes
from app.orchestration.objects.meta import ObjectMeta, ObjectReference
from app.orchestration.objects.service import Endpoint, EndpointConditions, EndpointPort, EndpointSlice
from tests.orchestration.apply import apply, cluster_of

HTTP: Ports = (EndpointPort(80, "http"),)
HTTPS: Ports = (EndpointPort(443, "https"),)
LABELS = {"kubernetes.io/service-name": "web"}


def endpoint(name: str, ready: bool = True) -> Endpoint:
    return Endpoint((name,), EndpointConditions(ready), ObjectReference("Pod", name, "default", f"u-{name}"))


def slices(text: str, ports: Ports = HTTP) -> list[EndpointSlice]:
    """ "ab cd": the slices s0 with a and b, and s1 with c and d."""
    return [
        EndpointSlice(
            ObjectMeta(f"s{number}", "default", labels=LABELS),
            "FQDN",
            () if members == "-" else tuple(map(endpoint, members)),
            ports,
        )
        for number, members in enumerate(text.split())
    ]


def letters(members: tuple[Endpoint, ...]) -> str:
    return "".join(it.addresses[0] for it in members) or "-"


@pytest.mark.parametrize(
    ("there", "wanted", "created", "updated", "deleted"),
    [
        pytest.param("", "abcde", "abcd e", "", "", id="from nothing"),
        pytest.param("abcd e", "abcde", "", "", "", id="nothing changes"),
        pytest.param("abcd efg", "acdefg", "", "s0=acd", "", id="one goes: the others stay where they are"),
        pytest.param("abcd efg", "acdefgh", "", "s0=acdh", "", id="a changed slice is filled up"),
        pytest.param("abcd efg h", "abcdefghi", "", "s1=efgi", "", id="else the one that is fullest then"),
        pytest.param("abc ef g", "abcefgij", "", "s1=efij", "", id="only one that takes them all"),
        pytest.param(
            "abc efg", "abcefgij", "ij", "", "", id="none does: a new one, however much room is left"
        ),
        pytest.param("ab cd", "abcdefghi", "efgh", "s0=abi", "", id="a whole slice more, and the rest"),
        pytest.param(
            "ab cde fg", "acdfg" + "hi", "", "s1=cdhi s0=a", "", id="the fullest of the changed first"
        ),
        pytest.param("ab c", "ab", "", "", "s1", id="an empty one goes"),
        pytest.param("ab c", "abd", "", "s0=abd", "s1", id="one that is to go is not filled"),
        pytest.param("abcd e", "abcdf", "", "s1=f", "", id="it becomes the new one where one is needed"),
        pytest.param("a", "", "", "s0=-", "", id="nothing is left: an empty one without ports"),
    ],
)
def test_where_endpoints_go(there: str, wanted: str, created: str, updated: str, deleted: str) -> None:
    found = changes(slices(there), {HTTP: list(map(endpoint, wanted))} if wanted else {}, LABELS, 4)
    assert " ".join(letters(members) for members, _ in found.create) == created
    now = sorted(f"{it.metadata.name}={letters(it.endpoints)}" for it in found.update)
    assert now == sorted(updated.split())
    assert " ".join(it.metadata.name for it in found.delete) == deleted


def test_what_changes_of_an_endpoint_changes_in_its_place() -> None:
    found = changes(slices("ab cd"), {HTTP: [endpoint(it, it != "c") for it in "abcd"]}, LABELS, 4)
    assert (found.create, found.delete) == ([], [])
    assert [(it.metadata.name, letters(it.endpoints)) for it in found.update] == [("s1", "cd")]
    assert [it.conditions.ready for it in found.update[0].endpoints] == [False, True]


def test_other_ports_take_the_place_of_those_that_go() -> None:
    found = changes(slices("ab"), {HTTPS: [endpoint("a"), endpoint("b")]}, LABELS, 4)
    assert (found.create, found.delete) == ([], [])
    assert [(it.metadata.name, it.ports) for it in found.update] == [("s0", HTTPS)]


def test_the_service_s_labels_are_followed() -> None:
    labels = {**LABELS, "tier": "front"}
    found = changes(slices("ab"), {HTTP: [endpoint("a"), endpoint("b")]}, labels, 4)
    assert [it.metadata.labels for it in found.update] == [labels]


def test_an_empty_slice_stays_as_it_is() -> None:
    empty = [replace(it, ports=()) for it in slices("-")]
    found = changes(empty, {}, LABELS, 4)
    assert (found.create, found.update, found.delete) == ([], [], [])


def test_through_a_pod_s_death() -> None:
    """120 pods in two slices: the death of one in the first moves nobody to another slice."""
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "main", "image": "w"}]},
    }
    spec = {"replicas": 120, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    service = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    cluster = cluster_of()
    apply(
        cluster,
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": service},
    )
    cluster.run(12)

    def homes() -> dict[str, str]:
        return {
            it.target_ref.name: one.metadata.name
            for one in cluster.store.objects["EndpointSlice"].values()
            for it in one.endpoints
        }

    before = homes()
    assert len(before) == 120
    assert len({*before.values()}) == 2
    cluster.take(DeletePod(min(before)))
    cluster.run(12)
    after = homes()
    assert len(after) == 120
    assert {name: home for name, home in before.items() if after.get(name) != home} == {
        min(before): before[min(before)]
    }
