"""Manifests of the shared list that have no small equivalent there, written after its facts: what should happen, happens.

The number is that of `manifests.json`. Jobs, workloads and autoscalers of the list: the tests beside.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from app.orchestration.kubelet import Capacity
from app.orchestration.manifests import objects_of_text
from app.orchestration.operations import EvictPod, PatchObject
from app.vocabulary.replicated import Request
from tests.orchestration.apply import apply, cluster_of, patch, pods
from tests.orchestration.harness import Cluster
from tests.orchestration.test_own_manifests import ZONE, labelled, simple, where, why_not


def read(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def pod(name: str, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    made = simple(name, **(labels or {}))
    made["spec"] |= spec
    return made


def taint(cluster: Cluster, node: str, *taints: tuple[str, str, str]) -> None:
    cluster.decide(Request("", 0, PatchObject("Node", node, cluster.now_us, taints=taints)))


def test_23_a_toleration_of_a_key_whatever_its_value():
    tolerations = [{"key": "example-key", "operator": "Exists", "effect": "NoSchedule"}]
    cluster = cluster_of(nodes={"c1": Capacity(4000, 8192)})
    taint(cluster, "c1", ("example-key", "anything", "NoSchedule"))
    apply(cluster, pod("tolerates", tolerations=tolerations), pod("does-not"))
    cluster.run(3)
    assert (where(cluster, "tolerates"), where(cluster, "does-not")) == ("c1", "")
    taint(cluster, "c1", ("example-key", "anything", "NoExecute"))
    apply(cluster, pod("late", tolerations=tolerations))
    cluster.run(5)
    assert "default/tolerates" not in cluster.store.pods, "it is evicted: NoExecute is another effect"
    assert "untolerated taint" in why_not(cluster, "late")


SPREAD = {
    "maxSkew": 1,
    "topologyKey": ZONE,
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"foo": "bar"}},
}
NOT_C = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": ZONE, "operator": "NotIn", "values": ["C"]}]}]
        }
    }
}


@pytest.mark.parametrize(
    ("zones", "affinity", "expected"),
    [
        pytest.param("AAB", None, "c3", id="26 goes where fewer are"),
        pytest.param("AABC", NOT_C, "c3", id="25 a zone that is ruled out does not count"),
        pytest.param("AABC", None, "c4", id="25 it counts where nothing rules it out"),
    ],
)
def test_spread_over_zones(zones: str, affinity: Any, expected: str):
    cluster = labelled(**{f"c{n}": {ZONE: zone} for n, zone in enumerate(zones, 1)})
    apply(cluster, *(simple(f"there-{node}", node, foo="bar") for node in ("c1", "c2", "c3")))
    cluster.run(3)
    more = {} if affinity is None else {"affinity": affinity}
    apply(cluster, pod("mypod", {"foo": "bar"}, topologySpreadConstraints=[SPREAD], **more))
    cluster.run(3)
    assert where(cluster, "mypod") == expected


def test_27_a_gated_pod_is_not_tried_until_its_gates_are_gone():
    cluster = cluster_of()
    apply(cluster, pod("gated", schedulingGates=[{"name": "example.com/foo"}, {"name": "example.com/bar"}]))
    cluster.run(20)
    gated = cluster.store.pods["default/gated"]
    (condition,) = [one for one in gated.status.conditions if one.type == "PodScheduled"]
    assert (condition.status, condition.reason) == ("False", "SchedulingGated")
    assert "default/gated" not in cluster.store.attempts
    assert why_not(cluster, "gated") == "Scheduling is blocked due to non-empty scheduling gates"
    for gates in ([{"name": "example.com/bar"}], []):
        apply(cluster, pod("gated", schedulingGates=gates))
        cluster.run(3)
        assert bool(where(cluster, "gated")) == (not gates)


def test_28_a_pod_that_names_its_node_goes_past_the_scheduler():
    cluster = cluster_of(nodes={"c1": Capacity(1000, 8192)})
    asks: dict[str, Any] = {
        "containers": [{"name": "m", "image": "x", "resources": {"requests": {"cpu": "800m"}}}]
    }
    apply(cluster, pod("first", **asks))
    cluster.run(3)
    apply(cluster, pod("light", nodeName="c1"), pod("heavy", nodeName="c1", **asks))
    cluster.run(6)
    assert cluster.store.pods["default/light"].status.phase == "Running"
    heavy = cluster.store.pods["default/heavy"].status
    assert (heavy.phase, heavy.reason) == ("Failed", "OutOfcpu"), "the kubelet decides"
    assert not {"default/light", "default/heavy"} & set(cluster.store.attempts)


def dongles(name: str, count: int) -> dict[str, Any]:
    resources = {"requests": {"example.com/dongle": count}, "limits": {"example.com/dongle": count}}
    return pod(name, containers=[{"name": "m", "image": "nginx", "resources": resources}])


def test_30_an_extended_resource_is_counted():
    cluster = cluster_of(nodes={"c1": Capacity(4000, 8192)})
    apply(cluster, dongles("three", 3))
    cluster.run(3)
    assert why_not(cluster, "three").startswith("0/1 nodes are available: 1 Insufficient example.com/dongle.")


GUESTBOOK = """
{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{ports: [{{port: {port}}}], selector: {{app: {name}}}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - {{name: main, image: x, resources: {{requests: {{cpu: 100m, memory: 100Mi}}}}, ports: [{{containerPort: {port}}}]}}
"""


def test_33_three_services_and_three_deployments_in_one_file():
    parts = (("redis-master", 6379, 1), ("redis-replica", 6379, 2), ("frontend", 80, 3))
    text = "---".join(
        GUESTBOOK.format(name=name, port=port, replicas=replicas) for name, port, replicas in parts
    )
    cluster = cluster_of()
    apply(cluster, *read(text))
    cluster.run(8)
    assert len(pods(cluster)) == 6
    assert all(pod.ready for pod in pods(cluster))
    slices = cluster.store.objects["EndpointSlice"].values()
    assert sorted(len(one.endpoints) for one in slices) == [1, 2, 3]


VLLM = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm}
spec:
  selector: {matchLabels: {app: gemma}}
  template:
    metadata: {labels: {app: gemma}}
    spec:
      containers:
      - name: server
        image: vllm/vllm-openai@sha256:05a31dc4185b042e91f4d2183689ac8a87bd845713d5c3f987563c5899878271
        resources:
          requests: {cpu: "2", memory: 10Gi, ephemeral-storage: 10Gi, nvidia.com/gpu: "1"}
          limits: {cpu: "2", memory: 10Gi, ephemeral-storage: 10Gi, nvidia.com/gpu: "1"}
        env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]
        volumeMounts: [{mountPath: /dev/shm, name: dshm}]
      volumes: [{name: dshm, emptyDir: {medium: Memory}}]
"""


def test_34_a_pod_that_asks_for_a_gpu_waits_for_a_node_that_has_one():
    cluster = cluster_of(nodes={"c1": Capacity(4000, 16_384)})
    apply(cluster, *read(VLLM))
    cluster.run(4)
    (waits,) = pods(cluster)
    name = waits.metadata.name
    assert why_not(cluster, name).startswith("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
    cluster.add(Capacity(4000, 16_384, gpu=1), "c2")
    cluster.run(15)
    assert where(cluster, name) == "c2"


def test_36_an_evicted_pod_holds_its_name_until_it_has_stopped():
    text = """
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: cassandra, annotations: {sim/stop: 60s}}
    spec:
      serviceName: cassandra
      replicas: 3
      selector: {matchLabels: {app: cassandra}}
      template:
        metadata: {labels: {app: cassandra}}
        spec:
          terminationGracePeriodSeconds: 1800
          containers:
          - {name: c, image: cassandra, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 500m, memory: 1Gi}}}
    """
    cluster = cluster_of()
    apply(cluster, *read(text))
    cluster.run(20)
    first = cluster.store.pods["default/cassandra-1"]
    assert first.ready
    cluster.decide(Request("", 0, EvictPod("default/cassandra-1", cluster.now_us)))
    cluster.run(40)
    leaving = cluster.store.pods["default/cassandra-1"]
    assert (leaving.metadata.uid, leaving.terminating) == (first.metadata.uid, True)
    cluster.run(40)
    next_one = cluster.store.pods["default/cassandra-1"]
    assert next_one.metadata.uid != first.metadata.uid
    assert next_one.ready


def test_37_a_limit_alone_is_a_request_too():
    (made,) = objects_of_text(json.dumps(read("""
    apiVersion: v1
    kind: Pod
    metadata: {name: mysql}
    spec: {containers: [{name: mysql, image: mysql, resources: {limits: {cpu: 0.5}}}]}
    """)))  # fmt: skip
    cluster = cluster_of(nodes={"c1": Capacity(1000, 8192)})
    apply(cluster, *(pod(f"m{n}", containers=[container(made)]) for n in range(3)))
    cluster.run(3)
    assert [bool(where(cluster, f"m{n}")) for n in range(3)] == [True, True, False], "500m each"


def container(made: Any) -> dict[str, Any]:
    one = made.spec.containers[0]
    return {"name": one.name, "image": one.image, "resources": {"limits": one.resources.limits}}


def test_38_a_daemon_of_an_old_version_runs_on_every_node_with_150m():
    cluster = cluster_of()
    apply(cluster, *read("""
    apiVersion: extensions/v1beta1
    kind: DaemonSet
    metadata: {name: agent}
    spec:
      template:
        metadata: {labels: {name: agent}}
        spec:
          hostNetwork: true
          hostPID: true
          containers: [{name: agent, image: agent, securityContext: {privileged: true}, resources: {requests: {cpu: 0.15}}}]
    """))  # fmt: skip
    cluster.run(6)
    assert sorted(pod.spec.node_name for pod in pods(cluster)) == [f"c{n}" for n in range(1, 7)]
    assert cluster.control.reign is not None
    assert cluster.control.reign.driver.cache.nodes["c1"].requested["cpu"] == 150


def test_39_a_budget_of_67_percent_of_three_allows_no_disruption():
    cluster = cluster_of()
    budget = {
        "apiVersion": "policy/v1beta1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"selector": {"matchLabels": {"app": "db"}}, "minAvailable": "67%"},
    }
    text = """
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db}
    spec:
      serviceName: db
      replicas: 3
      selector: {matchLabels: {app: db}}
      template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: x}]}}
    """
    apply(cluster, budget, *read(text))
    cluster.run(20)
    assert cluster.store.budgets["default/b"].status.disruptions_allowed == 0
    cluster.decide(Request("", 0, EvictPod("default/db-1", cluster.now_us)))
    assert not cluster.store.pods["default/db-1"].terminating
    patch(cluster, "StatefulSet", "db", fields={"replicas": 4})
    cluster.run(10)
    assert cluster.store.budgets["default/b"].status.disruptions_allowed == 1, (
        "3 of 4 are 67 percent, rounded up"
    )


def test_40_a_pod_that_asks_for_nothing_fits_wherever_a_slot_is_free():
    cluster = cluster_of(nodes={"c1": Capacity(100, 64)})
    asks: dict[str, Any] = {
        "containers": [{"name": "m", "image": "x", "resources": {"requests": {"cpu": "100m"}}}]
    }
    apply(cluster, pod("full", **asks), pod("be"))
    cluster.run(3)
    assert where(cluster, "be") == "c1"
    assert cluster.store.pods["default/be"].status.qos_class == "BestEffort"
    (attempt,) = cluster.store.attempts["default/be"]
    ((_, refused, scores, _),) = attempt.rows
    assert refused is None
    assert "NodeResourcesBalancedAllocation" not in scores
