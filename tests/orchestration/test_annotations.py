"""What annotations tell the simulation, what they may not say, and how refusals write values and paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.orchestration.fields import ManifestError
from app.orchestration.manifests import objects_of_text
from app.orchestration.manifests.annotations import HEEDED, OF_CONTAINERS
from app.words import word
from tests.orchestration.manifests_of import TEMPLATE, autoscaler, thing
from tests.orchestration.manifests_of import workload as plain_workload

CONTAINERS = [{"name": "main", "image": "x"}, {"name": "side", "image": "x"}]


def pod(annotations: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "p", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": CONTAINERS}}


def workload(own: dict[str, str], of_template: dict[str, str]) -> dict[str, Any]:
    metadata = {"labels": {"app": "a"}, "annotations": of_template}
    template = {"metadata": metadata, "spec": {"containers": CONTAINERS}}
    spec = {"selector": {"matchLabels": {"app": "a"}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "w", "annotations": own},
        "spec": spec,
    }


def refused(document: Any) -> str:
    with pytest.raises(ManifestError) as caught:
        objects_of_text(json.dumps(document))
    return word("refused", caught.value.refused.code, caught.value.refused.fields)


@pytest.mark.parametrize(
    ("annotations", "sentence"),
    [
        pytest.param(
            {"sim/durration": "8s"},
            "metadata.annotations[sim/durration] means nothing to the simulation; it heeds sim/duration, sim/exit-code,"
            " sim/fail-times, sim/ready-after, sim/stop, sim/usage, sim/load, sim/metric.<name>, and sim/duration,"
            " sim/exit-code, sim/fail-times, sim/ready-after, sim/stop also with .<container>",
            id="a slip of the pen",
        ),
        pytest.param(
            {"sim/usage.side": "1"},
            "metadata.annotations[sim/usage.side] means nothing",
            id="of the pod, not of one container",
        ),
        pytest.param({"sim/metric.": "1"}, "metadata.annotations[sim/metric.] is not", id="a metric without a name"),
        pytest.param({"sim/drain": "begins"}, "[sim/drain] means nothing", id="what a controller writes"),
        pytest.param(
            {"sim/duration.sid": "8s"},
            "metadata.annotations[sim/duration.sid] is for a container called sid, and there is none; there is main, side",
            id="a container that is not there",
        ),
        pytest.param(
            {"sim/duration.side": "soon"},
            'metadata.annotations[sim/duration.side] is "soon"; allowed is a time',
            id="garbage for one container",
        ),
        pytest.param({"sim/load": "lots"}, '[sim/load] is "lots"; allowed is an amount of cpu', id="load"),
        pytest.param({"sim/usage": "1,2,x"}, '[sim/usage] is "1,2,x"; allowed is', id="usage"),
        pytest.param({"sim/metric.rps": "many"}, '[sim/metric.rps] is "many"; allowed is a quantity', id="metric"),
        pytest.param({"sim/stop": "-1s"}, '[sim/stop] is "-1s"; allowed is a time', id="stop"),
        pytest.param({"sim/fail-times": "two"}, '[sim/fail-times] is "two"; allowed is a whole', id="fail times"),
    ],
)  # fmt: skip
def test_what_is_not_heeded_is_refused(annotations: dict[str, str], sentence: str) -> None:
    if "sim/metric." in annotations:
        sentence = "metadata.annotations[sim/metric.]"  # no qualified name ends with a dot
    assert sentence in refused(pod(annotations))
    assert sentence.replace("metadata.annotations", "spec.template.metadata.annotations") in refused(
        workload({}, annotations)
    )
    assert sentence in refused(workload(annotations, {}))


def test_all_that_is_heeded_is_taken() -> None:
    said = {
        "sim/duration": "8s",
        "sim/ready-after": "2s",
        "sim/stop": "1s",
        "sim/usage": "1,1Gi",
        "sim/load": "2",
    }
    said |= dict.fromkeys(("sim/exit-code", "sim/fail-times", "sim/metric.rps"), "3")
    said |= {f"{key}.side": said[key] for key in OF_CONTAINERS}
    assert set(HEEDED) <= set(said)
    (made,) = objects_of_text(json.dumps(pod(said)))
    assert made.metadata.annotations == said


def test_what_a_workload_says_of_one_container_is_meant_for_its_pods_too() -> None:
    (made,) = objects_of_text(
        json.dumps(workload({"sim/duration.side": "3s", "team": "x"}, {"sim/stop": "1s"}))
    )
    annotations = made.spec.template.metadata.annotations  # type: ignore[attr-defined]
    assert annotations == {"sim/duration.side": "3s", "sim/stop": "1s"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param(
            {"nodeSelector": {"disk": True}},
            "spec.nodeSelector[disk] is true; allowed is text (put numbers and true or false in quotes)",
            id="true",
        ),
        pytest.param({"hostname": {"a": None}}, 'spec.hostname is {"a":null}; allowed is', id="a map"),
        pytest.param({"hostname": ["a", 1.5]}, 'spec.hostname is ["a",1.5]; allowed is', id="a list"),
        pytest.param({"hostname": 'a"b\n'}, r'spec.hostname is "a\"b\n"; allowed is', id="quotes"),
        pytest.param(
            {"overhead": {"example.com/x": "much"}},
            'spec.overhead[example.com/x] is "much"; allowed is a quantity',
            id="the key of a map",
        ),
    ],
)  # fmt: skip
def test_values_and_paths_as_kubernetes_writes_them(fields: dict[str, Any], sentence: str) -> None:
    document = pod({})
    document["spec"] = {**document["spec"], **fields}
    assert refused(document).startswith(sentence)


TERM = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "a"}}, "namespaces": ["default"]}
NODES = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
RICH_POD = {
    "containers": [
        {
            "name": "main", "image": "x", "env": [{"name": "A", "value": "1"}],
            "ports": [{"containerPort": 80, "hostPort": 80}],
            "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2"}},
            "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 3},
        }
    ],
    "initContainers": [{"name": "first", "image": "x", "restartPolicy": "Always"}],
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 3}],
    "affinity": {
        "nodeAffinity": {REQUIRED: NODES},
        "podAffinity": {REQUIRED: [TERM]},
        "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "podAffinityTerm": TERM}]},
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2,
         "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}
    ],
    "schedulingGates": [{"name": "wait"}], "overhead": {"cpu": "1m"}, "volumes": [{"name": "v", "emptyDir": {}}],
    "priorityClassName": "high", "hostname": "h", "activeDeadlineSeconds": 5,
}  # fmt: skip
JOB = {
    "completions": 3, "completionMode": "Indexed", "backoffLimitPerIndex": 1, "maxFailedIndexes": 1,
    "podReplacementPolicy": "Failed",
    "podFailurePolicy": {"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1, 2]}}]},
    "successPolicy": {"rules": [{"succeededIndexes": "0-1", "succeededCount": 1}]},
    "template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}},
}  # fmt: skip
METRIC = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}
RULES = {"stabilizationWindowSeconds": 3, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 5}]}
SAMPLES: list[dict[str, Any]] = [
    thing("v1", "Pod", spec=RICH_POD),
    thing("batch/v1", "Job", spec=JOB),
    thing("batch/v1", "CronJob", spec={"schedule": "* * * * *", "jobTemplate": {"spec": JOB}, "suspend": True}),
    plain_workload("Deployment", replicas=2, strategy={"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}),
    plain_workload("StatefulSet", serviceName="s", updateStrategy={"rollingUpdate": {"partition": 1}}, minReadySeconds=1),
    plain_workload("DaemonSet", updateStrategy={"type": "OnDelete"}, revisionHistoryLimit=3),
    autoscaler(metrics=[METRIC], behavior={"scaleDown": RULES}),
    thing("v1", "Service", spec={"selector": {"a": "b"}, "ports": [{"port": 80, "targetPort": "http", "name": "h"}]}),
    thing("policy/v1", "PodDisruptionBudget", spec={"minAvailable": "50%", "selector": {"matchLabels": {"a": "b"}}}),
    thing("scheduling.k8s.io/v1", "PriorityClass", value=5, preemptionPolicy="Never", globalDefault=False),
    {"apiVersion": "v1", "kind": "List", "items": [thing("v1", "Namespace", metadata={"name": "n", "labels": {"a": "b"}})]},
]  # fmt: skip
PYTHON = re.compile(r"None|True|False|<class|<built|\bdict\b|\btuple\b|Struct|\{'|\['|: '|object at 0x")
GARBAGE: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, -1, 7, 1 << 62, 1.5, "", "x", "Öl", "a b", 'q"', "x" * 300, [], [1], [None], [{}], {}, {"a": 1},
     {"a": None}, {"a": [True]}, {"x" * 70: "y"}]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_refusal_speaks_python(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    assert objects_of_text(json.dumps(sample))
    path = data.draw(st.sampled_from(list(places(sample))))
    try:
        objects_of_text(json.dumps(changed(sample, path, data.draw(GARBAGE))))
    except ManifestError as error:
        refused = error.refused
        sentence = word("refused", refused.code, refused.fields)
        assert not PYTHON.search(sentence), sentence
        assert refused.code not in sentence, f"no words: {sentence}"
