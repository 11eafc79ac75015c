"""Every plug-in by its arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orchestration.objects.node import Taint
from app.orchestration.objects.pod import Container, PodSpec, Resources, Toleration
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.framework import CycleState
from app.orchestration.scheduler.plugins import PLUGINS
from app.orchestration.scheduler.plugins.arguments import ArgumentError
from app.orchestration.scheduler.plugins.image_locality import ImageLocality
from app.orchestration.scheduler.plugins.node_name import NodeName
from app.orchestration.scheduler.plugins.node_ports import NodePorts
from app.orchestration.scheduler.plugins.node_resources_balanced_allocation import (
    NodeResourcesBalancedAllocation,
)
from app.orchestration.scheduler.plugins.node_resources_fit import NodeResourcesFit
from app.orchestration.scheduler.plugins.node_unschedulable import NodeUnschedulable
from app.orchestration.scheduler.plugins.taint_toleration import TaintToleration, tolerates
from app.orchestration.scheduler.profile import POINTS, Nominator, Runner
from app.orchestration.scheduler.requests import requests_of, scored_of
from app.orchestration.scheduler.snapshot import Snapshot
from tests.orchestration.scheduler.shapes import node, pod

STATE = CycleState()


def balanced(resources) -> NodeResourcesBalancedAllocation:
    return NodeResourcesBalancedAllocation({"resources": [{"name": name, "weight": 1} for name in resources]})


@pytest.mark.parametrize(
    ("a_pod", "a_node", "weights", "expected"),
    [
        pytest.param(pod(0, 0), node(cpu=4000, memory=10000), (1, 1), 100, id="empty: (100+100)/2"),
        pytest.param(pod(3000, 5000), node(cpu=4000, memory=10000), (1, 1), 37, id="(25+50)/2 rounds down"),
        pytest.param(pod(3000, 5000), node(cpu=6000, memory=10000), (1, 1), 50, id="(50+50)/2"),
        pytest.param(pod(3000, 5000), node(cpu=4000, memory=10000), (1, 2), 41, id="(25+2*50)/3 rounds down"),
        pytest.param(pod(0, 0), node(cpu=0, memory=0), (1, 1), 0, id="nothing offered"),
        pytest.param(
            pod(5000, 0), node(cpu=4000, memory=10000), (1, 1), 50, id="more than there is: (0+100)/2"
        ),
        pytest.param(
            pod(None, 0), node(cpu=1000, memory=10000), (1, 1), 95, id="no request counts 100m: (90+100)/2"
        ),
        pytest.param(
            pod(0, None),
            node(cpu=1000, memory=400 << 20),
            (1, 1),
            75,
            id="no request counts 200Mi: (100+50)/2",
        ),
    ],
)
def test_least_allocated(a_pod, a_node, weights, expected):
    resources = [
        {"name": name, "weight": weight} for name, weight in zip(("cpu", "memory"), weights, strict=True)
    ]
    plugin = NodeResourcesFit({"scoringStrategy": {"type": "LeastAllocated", "resources": resources}})
    assert plugin.score(STATE, a_pod, a_node) == expected


@pytest.mark.parametrize(
    ("a_pod", "a_node", "resources", "expected"),
    [
        pytest.param(pod(0, 0), node(), ("cpu", "memory"), 100, id="0 and 0: even"),
        pytest.param(pod(3000, 5000), node(), ("cpu", "memory"), 87, id="|0.75-0.5|/2 = 0.125 -> 87.5"),
        pytest.param(pod(2000, 5000), node(), ("cpu", "memory"), 100, id="0.5 and 0.5"),
        pytest.param(pod(4000, 0), node(), ("cpu", "memory"), 50, id="|1-0|/2: worst for two"),
        pytest.param(pod(9000, 0), node(), ("cpu", "memory"), 50, id="shares stop at 1"),
        pytest.param(pod(4000, 0), node(memory=0), ("cpu", "memory"), 100, id="one resource only"),
        pytest.param(
            pod(4000, 0, gpu=0),
            node(gpu=4),
            ("cpu", "memory", "gpu"),
            50,
            id="gpu not asked for: does not count",
        ),
        pytest.param(
            pod(4000, 0, gpu=4),
            node(gpu=4),
            ("cpu", "memory", "gpu"),
            52,
            id="1 0 1: deviation 0.4714 -> 52.86",
        ),
        pytest.param(pod(2000, 5000, gpu=2), node(gpu=4), ("cpu", "memory", "gpu"), 100, id="three halves"),
        pytest.param(
            pod(2000, 5000, gpu=4), node(gpu=4), ("cpu", "memory", "gpu"), 76, id=".5 .5 1: 0.2357 -> 76.43"
        ),
    ],
)
def test_balanced_allocation(a_pod, a_node, resources, expected):
    assert balanced(resources).score(STATE, a_pod, a_node) == expected


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=3, max_size=3))
def test_balanced_allocation_of_three_agrees_with_exact_arithmetic(shares):
    """100 - 100 * deviation >= score > 99 - 100 * deviation, checked with squares instead of roots."""
    from fractions import Fraction

    (cpu, cpus), (memory, memories), (gpu, gpus) = shares
    a_pod, a_node = pod(cpu, memory, gpu=gpu), node(cpu=cpus, memory=memories, gpu=gpus)
    resources = ("cpu", "memory", "gpu") if gpu else ("cpu", "memory")
    fractions = [min(Fraction(1), Fraction(a, b)) for a, b in shares[: len(resources)]]
    mean = sum(fractions) / len(fractions)
    variance = sum((f - mean) ** 2 for f in fractions) / len(fractions)
    score = balanced(resources).score(STATE, a_pod, a_node)
    lost = 100 - score
    assert lost * lost >= 10_000 * variance
    assert lost == 0 or (lost - 1) ** 2 < 10_000 * variance


@pytest.mark.parametrize(
    ("a_pod", "there", "expected"),
    [
        pytest.param(
            pod(1000, 1000), [pod(3000, 9000, "x")], None, id="3000+1000 <= 4000, 9000+1000 <= 10000"
        ),
        pytest.param(pod(1001, 1000), [pod(3000, 9000, "x")], ["Insufficient cpu"], id="3000+1001 > 4000"),
        pytest.param(pod(4001, 10001), [], ["Insufficient cpu", "Insufficient memory"], id="both, cpu first"),
        pytest.param(
            pod(0, 0), [pod(9000, 99999, "x")], None, id="asks for nothing, fits even an overfull node"
        ),
        pytest.param(
            pod(0, 0, **{"nvidia.com/gpu": 1}), [], ["Insufficient nvidia.com/gpu"], id="none there"
        ),
    ],
)
def test_node_resources_fit(a_pod, there, expected):
    a_node = node()
    for other in there:
        a_node.add(other)
    status = NodeResourcesFit().filter(STATE, a_pod, a_node)
    assert (list(status.reasons) if status else None) == expected


NO_SCHEDULE = Taint("k", "NoSchedule", "v")


@pytest.mark.parametrize(
    ("toleration", "taint", "expected"),
    [
        pytest.param(Toleration("k", "Equal", "v", "NoSchedule"), NO_SCHEDULE, True, id="all equal"),
        pytest.param(
            Toleration("k", "", "v"), NO_SCHEDULE, True, id="operator defaults to Equal, no effect: all"
        ),
        pytest.param(Toleration("k", "Exists"), NO_SCHEDULE, True, id="any value"),
        pytest.param(Toleration("", "Exists"), NO_SCHEDULE, True, id="everything"),
        pytest.param(Toleration("k", "Equal", "w"), NO_SCHEDULE, False, id="other value"),
        pytest.param(Toleration("j", "Exists"), NO_SCHEDULE, False, id="other key"),
        pytest.param(Toleration("k", "Exists", effect="NoExecute"), NO_SCHEDULE, False, id="other effect"),
    ],
)
def test_tolerates(toleration, taint, expected):
    assert tolerates(toleration, taint) is expected


def test_untolerated_taint_names_itself_as_kubernetes_does():
    status = TaintToleration().filter(
        STATE, pod(), node(taints=(Taint("node.kubernetes.io/unreachable", "NoExecute"),))
    )
    assert status is not None
    assert status.reasons == ("node(s) had untolerated taint {node.kubernetes.io/unreachable: }",)


def test_cordoned_node_takes_only_who_tolerates_that():
    cordoned = node(cordoned=True)
    daring = pod(tolerations=(Toleration("node.kubernetes.io/unschedulable", "Exists", effect="NoSchedule"),))
    refusal = NodeUnschedulable().filter(STATE, pod(), cordoned)
    assert refusal is not None
    assert refusal.reasons == ("node(s) were unschedulable",)
    assert NodeUnschedulable().filter(STATE, daring, cordoned) is None
    assert NodeUnschedulable().filter(STATE, pod(), node()) is None


def test_named_node_or_none():
    assert NodeName().filter(STATE, pod(on="n"), node("n")) is None
    assert NodeName().filter(STATE, pod(on="m"), node("n")) is not None


@pytest.mark.parametrize("name", PLUGINS)
def test_registry_names_plugins_as_they_name_themselves(name):
    """Every plug-in takes part in at least one extension point, and the default profile runs it."""
    plugin = PLUGINS[name]({})
    assert plugin.name == name
    assert any(isinstance(plugin, point) for point in POINTS.values())
    assert name in default_profile().plugins


@given(st.integers(0, 9_000), st.integers(0, 20_000), st.integers(0, 5_000), st.integers(0, 12_000))
def test_scores_stay_within_0_and_100(cpu, memory, cpus, memories):
    a_pod, a_node = pod(cpu, memory), node(cpu=cpus, memory=memories)
    runner = Runner(default_profile(), Snapshot([a_node]), Nominator())
    state = CycleState()
    runner.pre_filter(state, a_pod)
    columns, status = runner.score(state, a_pod, [a_node])
    assert status is None
    assert all(0 <= score <= 100 for *_, scores in columns for score in scores)


def spec_of(containers, inits=(), overhead=None) -> PodSpec:
    def container(name, requests, always=False):
        amounts = Resources({"cpu": f"{requests}m"} if requests is not None else {})
        return Container(name, resources=amounts, restart_policy="Always" if always else "")

    return PodSpec(
        tuple(container(f"c{n}", one) for n, one in enumerate(containers)),
        tuple(container(f"i{n}", *one) for n, one in enumerate(inits)),
        overhead=overhead or {},
    )


@pytest.mark.parametrize(
    ("spec", "cpu", "scored"),
    [
        pytest.param(spec_of([100, 200]), 300, 300, id="containers together"),
        pytest.param(spec_of([100], [(500,)]), 500, 500, id="a larger init container"),
        pytest.param(spec_of([100], [(500,), (300,)]), 500, 500, id="init containers one after the other"),
        pytest.param(spec_of([100], [(200, True)]), 300, 300, id="a sidecar stays"),
        pytest.param(
            spec_of([100], [(200, True), (400,)]), 600, 600, id="init container beside the sidecar before it"
        ),
        pytest.param(spec_of([100], [(400,), (200, True)]), 400, 400, id="not beside the one after it"),
        pytest.param(spec_of([100], overhead={"cpu": "50m"}), 150, 150, id="overhead on top"),
        pytest.param(spec_of([None, 100]), 100, 200, id="none named counts 100m in scores only"),
        pytest.param(spec_of([0]), 0, 0, id="naming zero is naming"),
    ],
)
def test_what_a_pod_claims(spec, cpu, scored):
    assert requests_of(spec).get("cpu", 0) == cpu
    assert scored_of(spec).get("cpu", 0) == scored


@pytest.mark.parametrize(
    ("plugin", "args", "field"),
    [
        ("NodeResourcesFit", {"scoringStrategy": {"type": "Best"}}, "scoringStrategy.type"),
        ("NodeResourcesFit", {"ignoredResourceGroups": ["a/b"]}, "ignoredResourceGroups[0]"),
        ("NodeResourcesFit", {"ignored": []}, "ignored"),
        (
            "NodeResourcesFit",
            {"scoringStrategy": {"resources": [{"name": "cpu", "weight": 0}]}},
            "scoringStrategy.resources[0].weight",
        ),
        (
            "NodeResourcesFit",
            {"scoringStrategy": {"type": "RequestedToCapacityRatio"}},
            "scoringStrategy.requestedToCapacityRatio",
        ),
        (
            "NodeResourcesBalancedAllocation",
            {"resources": [{"name": "cpu", "weight": 2}]},
            "resources[0].weight",
        ),
        ("NodeName", {"x": 1}, "x"),
    ],
)
def test_bad_arguments_are_named(plugin, args, field):
    with pytest.raises(ArgumentError) as caught:
        PLUGINS[plugin](args)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        pytest.param({"m": 40, "n": 250}, 5, id="250 MiB on one node of two: (125 - 23) / (2000 - 23)"),
        pytest.param({}, 0, id="nowhere"),
    ],
)
def test_image_locality_counts_what_the_node_has(images, expected):
    holder = node("a")
    holder.images = {f"{name}:latest": size << 20 for name, size in images.items() if name == "n"}
    a_pod = replace(pod(), images=("m", "n"))
    plugin, state = ImageLocality(), CycleState()
    plugin.pre_score(state, a_pod, Snapshot([holder, node("b")]), [holder])
    assert plugin.score(state, a_pod, holder) == expected


@pytest.mark.parametrize(
    ("wanted", "used", "free"),
    [
        (("0.0.0.0", "TCP", 80), ("127.0.0.1", "TCP", 80), False),
        (("127.0.0.1", "TCP", 80), ("0.0.0.0", "TCP", 80), False),
        (("127.0.0.1", "TCP", 80), ("127.0.0.2", "TCP", 80), True),
        (("0.0.0.0", "UDP", 80), ("0.0.0.0", "TCP", 80), True),
    ],
)
def test_ports_are_taken_per_address_and_protocol(wanted, used, free):
    a_node = node()
    a_node.add(replace(pod(name="x"), host_ports=(used,)))
    status = NodePorts().filter(STATE, replace(pod(), host_ports=(wanted,)), a_node)
    assert (status is None) == free
    a_node.remove("default/x")
    assert NodePorts().filter(STATE, replace(pod(), host_ports=(wanted,)), a_node) is None
