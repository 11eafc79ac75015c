"""Every kind that can be pasted: its defaults, its refusals, old versions of it, and the manifests of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.orchestration.fields import ManifestError
from app.orchestration.manifests import objects_of, wanted_of
from app.orchestration.objects.autoscaler import SCALE_DOWN, SCALE_UP
from app.scenarios.yaml_text import ManifestTextError, manifest_command
from app.words import word
from tests.orchestration.manifests_of import TEMPLATE, autoscaler, pod, thing, workload

OWN = Path(__file__).parents[3] / "shared" / "conformance" / "manifests" / "own"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def read(document: Any) -> Any:
    (found,) = objects_of([document])
    return found


def sentence(document: Any) -> str:
    with pytest.raises(ManifestError) as caught:
        objects_of([document])
    return word("refused", caught.value.refused.code, caught.value.refused.fields)


def test_defaults_of_a_deployment():
    found = read(workload("Deployment"))
    spec = found.spec
    assert (spec.replicas, spec.revision_history_limit, spec.progress_deadline_seconds) == (1, 10, 600)
    assert (spec.strategy.type, spec.strategy.rolling_update.max_surge) == ("RollingUpdate", "25%")
    assert read(workload("Deployment", strategy={"type": "Recreate"})).spec.strategy.rolling_update is None


def test_defaults_of_the_others():
    assert read(workload("StatefulSet")).spec.pod_management_policy == "OrderedReady"
    daemon = read(workload("DaemonSet")).spec.update_strategy.rolling_update
    assert (daemon.max_unavailable, daemon.max_surge) == (1, 0)
    cron = read(
        thing(
            "batch/v1", "CronJob", spec={"schedule": "* * * * *", "jobTemplate": {"spec": {"template": _JOB}}}
        )
    ).spec
    assert (cron.concurrency_policy, cron.successful_jobs_history_limit, cron.failed_jobs_history_limit) == (
        "Allow",
        3,
        1,
    )
    assert read(autoscaler()).spec.metrics[0].resource.target.average_utilization == 80
    assert read(thing("v1", "Namespace")).key == "it"
    assert read(thing("policy/v1", "PodDisruptionBudget", spec={})).spec.selector is None


def test_what_a_manifest_leaves_to_others():
    """`kubectl apply` of a manifest without replicas does not undo what an autoscaler did."""
    (left,) = wanted_of([workload("Deployment")])
    (given,) = wanted_of([workload("Deployment", replicas=2)])
    assert (left.keep, given.keep) == (("replicas",), ())


def test_behaviour_keeps_the_defaults_of_what_is_left_out():
    down = {"stabilizationWindowSeconds": 30}
    behavior = read(autoscaler(behavior={"scaleDown": down})).spec.behavior
    assert behavior.scale_up == SCALE_UP
    assert (behavior.scale_down.stabilization_window_seconds, behavior.scale_down.policies) == (
        30,
        SCALE_DOWN.policies,
    )


def test_host_network_opens_the_containers_ports_on_the_node():
    found = read(pod(hostNetwork=True, containers=[{"name": "main", "ports": [{"containerPort": 80}]}]))
    assert found.spec.containers[0].ports[0].host_port == 80


def test_a_list_is_its_items():
    found = objects_of([{"apiVersion": "v1", "kind": "List", "items": [pod(), workload("Deployment")]}])
    assert [type(it).__name__ for it in found] == ["Pod", "Deployment"]
    with pytest.raises(ManifestError) as caught:
        objects_of([{"apiVersion": "v1", "kind": "List", "items": [pod(), pod(nodeName=3)]}])
    assert caught.value.refused.fields["where"] == "items[1].spec.nodeName"


def test_bare_numbers_are_quantities():
    container = {"name": "m", "resources": {"requests": {"example.com/dongle": 3}, "limits": {"cpu": 0.5}}}
    container["resources"]["limits"]["example.com/dongle"] = 3  # type: ignore[index]
    assert read(pod(containers=[container])).spec.containers[0].resources.requests == {
        "cpu": "0.5",
        "example.com/dongle": "3",
    }
    target = {"metric": {"name": "running"}, "target": {"type": "AverageValue", "averageValue": 4}}
    metrics = [{"type": "Pods", "pods": target}]
    assert read(autoscaler(metrics=metrics)).spec.metrics[0].pods.target.average_value == "4"


_JOB = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}}


def job(**spec: Any) -> dict[str, Any]:
    return thing("batch/v1", "Job", spec={"template": _JOB, **spec})


def test_defaults_of_job_policies():
    indexed = read(job(completionMode="Indexed", completions=4, backoffLimitPerIndex=1)).spec
    assert indexed.backoff_limit == (1 << 31) - 1
    rules = [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]
    assert read(job(podFailurePolicy={"rules": rules})).spec.pod_replacement_policy == "Failed"


@pytest.mark.parametrize(
    ("document", "version"),
    [
        ({**workload("Deployment"), "apiVersion": "apps/v1beta2"}, "apps/v1"),
        (
            thing("extensions/v1beta1", "DaemonSet", spec={"template": TEMPLATE}),
            "apps/v1",
        ),
        (
            thing(
                "batch/v1beta1",
                "CronJob",
                spec={"schedule": "* * * * *", "jobTemplate": {"spec": {"template": _JOB}}},
            ),
            "batch/v1",
        ),
        (thing("policy/v1beta1", "PodDisruptionBudget", spec={"minAvailable": "67%"}), "policy/v1"),
        ({**autoscaler(), "apiVersion": "autoscaling/v2beta2"}, "autoscaling/v2"),
        (thing("scheduling.k8s.io/v1beta1", "PriorityClass", value=5), "scheduling.k8s.io/v1"),
    ],
    ids=["apps", "extensions", "cron job", "budget", "autoscaler", "priority class"],
)
def test_old_versions_are_read_as_what_they_became(document, version):
    assert version == read(document).API_VERSION


def test_selectors_of_old_versions():
    """Before apps/v1 the selector was the template's labels; in policy/v1beta1 an empty one chose nothing."""
    daemon = read(thing("extensions/v1beta1", "DaemonSet", spec={"template": TEMPLATE}))
    assert daemon.spec.selector.match_labels == {"app": "web"}
    assert read(thing("policy/v1beta1", "PodDisruptionBudget", spec={"selector": {}})).spec.selector is None
    assert read(thing("policy/v1", "PodDisruptionBudget", spec={"selector": {}})).spec.selector is not None


def test_autoscalers_of_old_versions():
    target = {"kind": "Deployment", "name": "web"}
    first = {"scaleTargetRef": target, "maxReplicas": 5, "targetCPUUtilizationPercentage": 50}
    metric = read(thing("autoscaling/v1", "HorizontalPodAutoscaler", spec=first)).spec.metrics[0]
    assert (metric.type, metric.resource.name, metric.resource.target.average_utilization) == (
        "Resource",
        "cpu",
        50,
    )
    metrics = [
        {"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 60}},
        {"type": "Pods", "pods": {"metricName": "hits", "targetAverageValue": 7}},
    ]
    spec = {"scaleTargetRef": target, "maxReplicas": 5, "metrics": metrics}
    found = read(thing("autoscaling/v2beta1", "HorizontalPodAutoscaler", spec=spec)).spec.metrics
    assert (found[0].resource.target.average_utilization, found[1].pods.target.average_value) == (60, "7")


def affine(kind: str, strength: str, terms: Any) -> dict[str, Any]:
    return pod(affinity={kind: {strength: terms}})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            affine("nodeAffinity", REQUIRED, [{"weight": 5, "preference": {}}]),
            f"spec.affinity.nodeAffinity.{REQUIRED} is a list; allowed is an object with nodeSelectorTerms",
            id="required terms in the preferred form",
        ),
        pytest.param(
            affine("nodeAffinity", REQUIRED, {"nodeSelectorTerms": []}),
            f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms is []; allowed is a list of 1 to",
            id="no terms",
        ),
        pytest.param(
            affine(
                "nodeAffinity",
                REQUIRED,
                {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["x"]}]}
                    ]
                },
            ),
            f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].values is",
            id="Gt without a number",
        ),
        pytest.param(
            affine("podAffinity", PREFERRED, [{"weight": 0, "podAffinityTerm": {"topologyKey": "zone"}}]),
            f"spec.affinity.podAffinity.{PREFERRED}[0].weight is 0; allowed is a whole number from 1 to 100",
            id="weight",
        ),
        pytest.param(
            affine("podAntiAffinity", REQUIRED, [{"labelSelector": {}}]),
            f"spec.affinity.podAntiAffinity.{REQUIRED}[0].topologyKey is missing",
            id="topology key",
        ),
        pytest.param(
            affine(
                "podAffinity",
                REQUIRED,
                [
                    {
                        "topologyKey": "zone",
                        "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]},
                    }
                ],
            ),
            f"spec.affinity.podAffinity.{REQUIRED}[0].labelSelector.matchExpressions[0].values is empty",
            id="In without values",
        ),
        pytest.param(
            pod(
                topologySpreadConstraints=[
                    {"maxSkew": 0, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"}
                ]
            ),
            "spec.topologySpreadConstraints[0].maxSkew is 0; allowed is a whole number from 1",
            id="skew",
        ),
        pytest.param(
            pod(
                topologySpreadConstraints=[
                    {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}
                ]
            ),
            "spec.topologySpreadConstraints[0].minDomains is 2; allowed is nothing",
            id="domains",
        ),
        pytest.param(
            pod(schedulingGates=[{"name": "a"}], nodeName="c1"),
            'spec.nodeName is "c1"; allowed is nothing until all schedulingGates are removed',
            id="gates",
        ),
        pytest.param(
            pod(containers=[{"name": "m", "resources": {"requests": {"example.com/dongle": 1}}}]),
            "spec.containers[0].resources.limits[example.com/dongle] is empty; allowed is the same as requested, 1",
            id="extended resource without a limit",
        ),
        pytest.param(
            workload("Deployment", selector={"matchLabels": {"app": "other"}}),
            "spec.template.metadata.labels is ",
            id="selector that misses its template",
        ),
        pytest.param(
            workload("Deployment", selector={}),
            "spec.selector is {}; allowed is a selector that is not empty",
            id="empty selector",
        ),
        pytest.param(workload("Deployment", selector=None), "spec.selector is missing", id="no selector"),
        pytest.param(
            workload("Deployment", strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}),
            'spec.strategy.rollingUpdate.maxUnavailable is "0%"; allowed is more than 0, as maxSurge is 0',
            id="a rollout that cannot move",
        ),
        pytest.param(
            workload("Deployment", strategy={"type": "Recreate", "rollingUpdate": {}}),
            "spec.strategy.rollingUpdate is {}; allowed is nothing, as the type is Recreate",
            id="recreate",
        ),
        pytest.param(
            workload(
                "ReplicaSet", template={**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
            ),
            'spec.template.spec.restartPolicy is "Never"; allowed is Always in such a workload',
            id="restart policy",
        ),
        pytest.param(
            workload("StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}}]),
            "spec.volumeClaimTemplates asks for storage, and this cluster has no volumes; leave it out",
            id="claims",
        ),
        pytest.param(
            thing("v1", "PersistentVolumeClaim", spec={}), "kind asks for storage", id="a claim of its own"
        ),
        pytest.param(
            workload("DaemonSet", updateStrategy={"rollingUpdate": {"maxSurge": 1}}),
            "spec.updateStrategy.rollingUpdate.maxSurge is 1; allowed is 0 while maxUnavailable is more than 0",
            id="surge of a DaemonSet",
        ),
        pytest.param(
            job(backoffLimitPerIndex=1),
            "spec.backoffLimitPerIndex is 1; allowed is nothing, as completionMode is not Indexed",
            id="per index",
        ),
        pytest.param(
            job(podFailurePolicy={"rules": [{"action": "FailJob"}]}),
            "spec.podFailurePolicy.rules[0] is an object; allowed is one of onExitCodes and onPodConditions",
            id="rule",
        ),
        pytest.param(
            job(
                completionMode="Indexed",
                completions=3,
                successPolicy={"rules": [{"succeededIndexes": "1-3"}]},
            ),
            'spec.successPolicy.rules[0].succeededIndexes is "1-3"; allowed is indexes below 3',
            id="success policy",
        ),
        pytest.param(
            autoscaler(minReplicas=6),
            "spec.maxReplicas is 5; allowed is at least minReplicas, 6",
            id="limits",
        ),
        pytest.param(
            autoscaler(metrics=[{"type": "Resource"}]), "spec.metrics[0].resource is missing", id="metric"
        ),
        pytest.param(
            thing("policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "maxUnavailable": 1}),
            "spec.maxUnavailable is 1; allowed is nothing, as minAvailable is given",
            id="budget",
        ),
        pytest.param(thing("scheduling.k8s.io/v1", "PriorityClass"), "value is missing", id="class"),
        pytest.param(
            thing(
                "batch/v1",
                "CronJob",
                spec={"schedule": "* * * *", "jobTemplate": {"spec": {"template": _JOB}}},
            ),
            'spec.schedule: "* * * *" has 4 fields; a schedule has five',
            id="schedule",
        ),
        pytest.param(
            thing("v1", "Service", spec={"selector": {"a": "b"}}), "spec.ports is missing", id="service"
        ),
    ],
)
def test_refusals(document, expected):
    assert sentence(document).startswith(expected)


@pytest.mark.skipif(not OWN.is_dir(), reason="the shared folder is not there")
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("cronjob", ["CronJob"]),
        ("deployment-nginx", ["Deployment"]),
        ("hpa", ["HorizontalPodAutoscaler"]),
        ("job-indexed", ["Job"]),
        ("job-parallel", ["Job"]),
        ("job-single", ["Job"]),
        ("php-apache", ["Deployment", "HorizontalPodAutoscaler"]),
        ("pod-affinity", ["Pod"]),
        ("pod-preferred-weight", ["Pod"]),
        ("pod-spread-two", ["Pod"]),
        ("pod-too-big", ["Pod"]),
        ("priority", ["PriorityClass", "Pod"]),
        ("zookeeper-like", ["PodDisruptionBudget", "StatefulSet"]),
    ],
)
def test_manifests_of_our_own_are_read(name, kinds):
    command = manifest_command((OWN / f"{name}.yaml").read_text())
    assert [it.object.KIND for it in wanted_of(json.loads(command.manifest))] == kinds


@pytest.mark.skipif(not OWN.is_dir(), reason="the shared folder is not there")
def test_the_invalid_one_is_refused_with_its_path_and_line():
    with pytest.raises(ManifestTextError) as caught:
        manifest_command((OWN / "pod-node-affinity.yaml").read_text())
    fields = caught.value.refused.fields
    assert (fields["where"], fields["line"]) == (f"spec.affinity.nodeAffinity.{REQUIRED}", 8)
