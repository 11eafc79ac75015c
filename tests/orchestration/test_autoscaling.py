"""The HorizontalPodAutoscaler in a whole cluster, fed by what the kubelets report."""

from __future__ import annotations

import copy
from typing import Any

from app.orchestration.commands import ScaleObject
from app.orchestration.objects.meta import condition_of
from app.vocabulary.ids import SECOND
from tests.orchestration.apply import apply, at_every_write, cluster_of, own, patch, said
from tests.orchestration.harness import Cluster


def burner(shared: Any, load: str) -> list[dict[str, Any]]:
    manifests = copy.deepcopy(own(shared, "php-apache"))
    manifests[0]["metadata"]["annotations"] = {"sim/load": load}
    return manifests


def sizes(cluster: Cluster, kind: str = "Deployment", name: str = "burner") -> list[tuple[int, int]]:
    """(second, size) whenever the workload's size changes from now on."""
    seen: list[tuple[int, int]] = []

    def look() -> None:
        thing = cluster.store.get(kind, f"default/{name}")
        if thing is not None and (not seen or seen[-1][1] != thing.spec.replicas):
            seen.append((cluster.now_us // SECOND, thing.spec.replicas))

    at_every_write(cluster, look)
    return seen


def test_php_apache_grows_from_one_by_four_and_then_to_seven_and_shrinks_after_five_minutes(shared_dir):
    cluster = cluster_of()
    seen = sizes(cluster)
    apply(cluster, *burner(shared_dir, "610m"))
    cluster.run(180)
    assert [size for _, size in seen] == [1, 5, 7]
    reason = "cpu resource utilization (percentage of request) above target"
    assert said(cluster, "SuccessfulRescale") == [
        f"New size: 5; reason: {reason} (cpu at 250%, target 50%)",
        f"New size: 7; reason: {reason} (cpu at 61%, target 50%)",
    ]
    status = cluster.store.get("HorizontalPodAutoscaler", "default/burner").status
    (cpu,) = status.current_metrics
    assert cpu.average_utilization == 43, "610m over seven pods of 200m"
    quiet_us = cluster.now_us
    patch(cluster, "Deployment", "burner", annotations={"sim/load": "20m"})
    cluster.run(420)
    shrunk = next(at for at, size in seen if at > quiet_us // SECOND and size == 1)
    assert 285 <= shrunk - quiet_us // SECOND <= 345, "the window of 300 s"
    assert said(cluster, "SuccessfulRescale")[-1] == (
        "New size: 1; reason: All metrics below target (cpu at 1%, target 50%)"
    )


def test_conditions_tell_what_holds_it_back(shared_dir):
    cluster = cluster_of()
    apply(cluster, *burner(shared_dir, "6"))
    cluster.run(240)
    assert cluster.store.deployments["default/burner"].spec.replicas == 10
    conditions = cluster.store.get("HorizontalPodAutoscaler", "default/burner").status.conditions
    told = {
        type_: condition_of(conditions, type_) for type_ in ("AbleToScale", "ScalingActive", "ScalingLimited")
    }
    assert {type_: (it.status, it.reason) for type_, it in told.items() if it is not None} == {
        "AbleToScale": ("True", "ReadyForNewScale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("True", "TooManyReplicas"),
    }


def test_never_under_its_least_nor_over_its_most(shared_dir):
    cluster = cluster_of()
    template = {"metadata": {"labels": {"app": "front"}}}
    container = {"name": "main", "image": "front:1", "resources": {"requests": {"cpu": "100m"}}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "front"}}}
    spec["template"] = {**template, "spec": {"containers": [container]}}
    apply(
        cluster, {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "front"}, "spec": spec}
    )
    seen = sizes(cluster, "ReplicaSet", "front")
    apply(cluster, *own(shared_dir, "hpa"))
    cluster.run(60)
    assert [size for _, size in seen] == [1, 3]
    assert said(cluster, "SuccessfulRescale") == [
        "New size: 3; reason: Current number of replicas below Spec.MinReplicas"
    ]
    cluster.take(ScaleObject("ReplicaSet", "front", 12))
    cluster.run(40)
    assert [size for _, size in seen] == [1, 3, 12, 10]


def test_a_custom_metric_of_pods_is_averaged_and_capped():
    cluster = cluster_of()
    annotations = {"sim/metric.running": "7"}
    template = {"metadata": {"labels": {"app": "llm"}, "annotations": annotations}}
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "llm"}}}
    spec["template"] = {**template, "spec": {"containers": [{"name": "main", "image": "llm:1"}]}}
    apply(cluster, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "llm"}, "spec": spec})
    target = {"type": "AverageValue", "averageValue": "4"}
    metric = {"type": "Pods", "pods": {"metric": {"name": "running"}, "target": target}}
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "llm"}
    scaler = {"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 5, "metrics": [metric]}
    kind = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "llm"}}
    cluster.run(5)
    apply(cluster, {**kind, "spec": scaler})
    cluster.run(20)
    assert cluster.store.deployments["default/llm"].spec.replicas == 5, "ceil(21/4) = 6, capped"
    assert said(cluster, "SuccessfulRescale") == [
        "New size: 5; reason: pods metric running above target (running at 7 a pod, target 4)"
    ]


def test_what_cannot_be_measured_is_told(shared_dir):
    cluster = cluster_of()
    manifests = burner(shared_dir, "610m")
    del manifests[0]["spec"]["template"]["spec"]["containers"][0]["resources"]
    apply(cluster, *manifests)
    cluster.run(30)
    (name,) = (pod.metadata.name for pod in cluster.store.pods.values())
    why = f"failed to get cpu utilization: missing request for cpu in container main of Pod {name}"
    assert why in said(cluster, "FailedGetResourceMetric")
    active = condition_of(
        cluster.store.get("HorizontalPodAutoscaler", "default/burner").status.conditions, "ScalingActive"
    )
    assert active is not None
    assert (active.status, active.reason) == ("False", "FailedGetResourceMetric")
