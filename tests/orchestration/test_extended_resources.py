"""Extended resources from a machine's offer to a pod's place: whole ones, the request is the limit, none is shared.

Source: kubernetes.io, "Assign Extended Resources to a Container"; pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.orchestration.admission import admit
from app.orchestration.commands import AddNode, DeletePod, SetNodePool
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.node import Node
from app.scenarios import load_scenario
from app.vocabulary.base import Refused
from app.vocabulary.commands import SubmitManifest
from app.vocabulary.ids import SECOND
from app.words import word
from app.world.scenario import ScenarioError, scenario_from, to_plain
from app.world.world import World
from tests.orchestration.apply import apply, pods
from tests.orchestration.harness import Cluster

DONGLE, GPU = "example.com/dongle", "nvidia.com/gpu"
OFFER = {DONGLE: 2}


def wanting(name: str, count: str | int = 1, resource: str = DONGLE, **more: Any) -> dict[str, Any]:
    resources = {"limits": {resource: count}, **more}
    spec = {"containers": [{"name": "main", "image": "x", "resources": resources}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def homes(cluster: Cluster) -> dict[str, str]:
    return {pod.metadata.name: pod.spec.node_name for pod in pods(cluster)}


def test_none_is_shared_and_what_is_freed_is_given_on() -> None:
    cluster = Cluster({"c1": Capacity(4_000, 8_192), "c2": Capacity(4_000, 8_192, extended=OFFER)})
    cluster.run(2)
    assert cluster.store.nodes["c2"].status.allocatable[DONGLE] == "2"
    assert DONGLE not in cluster.store.nodes["c1"].status.allocatable
    apply(cluster, wanting("a"), wanting("b"), wanting("c"))
    cluster.run(3)
    assert homes(cluster) == {"a": "c2", "b": "c2", "c": ""}
    (told,) = cluster.store.pods["default/c"].status.conditions
    assert told.message.startswith("0/2 nodes are available: 2 Insufficient example.com/dongle.")
    cluster.take(DeletePod("a"))
    cluster.run(5)
    assert homes(cluster) == {"b": "c2", "c": "c2"}


def test_a_node_that_comes_with_some_is_what_a_pod_waited_for() -> None:
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(2)
    apply(cluster, wanting("a", 2))
    cluster.run(2)
    cluster.add(Capacity(4_000, 8_192, extended=OFFER), "c2")
    cluster.run(3)
    assert homes(cluster) == {"a": "c2"}


def test_the_cluster_autoscaler_knows_what_a_pool_offers() -> None:
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(2)
    cluster.take(SetNodePool("plain", 2))
    cluster.take(SetNodePool("special", 2, extended=OFFER))
    cluster.run(1)
    apply(cluster, wanting("a"), wanting("b"), wanting("c"))
    cluster.run(30)
    assert sorted(homes(cluster).values()) == ["special-1", "special-1", "special-2"]


def test_in_a_world_by_scenario_and_by_command() -> None:
    document = to_plain(load_scenario("classroom"))
    machine = next(it for it in document["machines"] if it["node"] == "c6")
    machine["extended"] = {DONGLE: 3}
    world = World(scenario_from(document), 7)
    world.start()
    world.advance(6 * SECOND)
    taken = world.take(AddNode("c7", extended=OFFER))
    assert not isinstance(taken, Refused)
    world.advance(10 * SECOND)
    nodes = world.view()[Node.KIND]
    offered = {name: node["status"]["allocatable"].get(DONGLE) for name, node in nodes.items()}
    assert offered == {"c1": None, "c2": None, "c3": None, "c4": None, "c5": None, "c6": "3", "c7": "2"}


@pytest.mark.parametrize("resource", [DONGLE, GPU])
@pytest.mark.parametrize(
    ("limit", "more", "sentence"),
    [
        pytest.param("1500m", {}, 'limits[{}] is "1500m"; allowed is a whole number', id="a part of one"),
        pytest.param(
            2, {"requests": 1}, 'requests[{}] is "1"; allowed is equal to its limit, 2', id="overcommitted"
        ),
        pytest.param(
            None, {"requests": 1}, "limits[{}] is empty; allowed is the same as requested, 1", id="no limit"
        ),
    ],
)
def test_what_no_container_may_ask_for(
    resource: str, limit: Any, more: dict[str, int], sentence: str
) -> None:
    resources: dict[str, Any] = {part: {resource: count} for part, count in more.items()}
    if limit is not None:
        resources["limits"] = {resource: limit}
    manifest = wanting("a")
    manifest["spec"]["containers"][0]["resources"] = resources
    refused = admit(SubmitManifest(json.dumps(manifest)))
    assert refused is not None
    told = word("refused", refused.code, refused.fields)
    assert sentence.format(resource) in told


def test_two_thousand_thousandths_are_two() -> None:
    assert admit(SubmitManifest(json.dumps(wanting("a", "2000m")))) is None


BAD = [
    pytest.param({"dongle": 1}, 'a name such as "example.com/dongle"', id="no domain"),
    pytest.param({"kubernetes.io/x": 1}, 'a name such as "example.com/dongle"', id="Kubernetes' own"),
    pytest.param({"requests.example.com/x": 1}, 'a name such as "example.com/dongle"', id="a quota's name"),
    pytest.param({GPU: 1}, "how many of those there are is told by gpu", id="the gpu has its own field"),
    pytest.param({f"e.com/{n}": 1 for n in range(9)}, "allowed is 0 to 8", id="too many kinds"),
    pytest.param({DONGLE: 1_000_001}, "allowed is 0 to 1,000,000", id="too many"),
]


@pytest.mark.parametrize(("offer", "sentence"), BAD)
def test_what_no_machine_may_offer(offer: dict[str, int], sentence: str) -> None:
    for command in (AddNode("c9", extended=offer), SetNodePool("p", 1, extended=offer)):
        refused = admit(command)
        assert refused is not None
        assert sentence in word("refused", refused.code, refused.fields)
    document = to_plain(load_scenario("classroom"))
    next(it for it in document["machines"] if it["node"] == "c6")["extended"] = offer
    with pytest.raises(ScenarioError, match=sentence):
        scenario_from(document)
