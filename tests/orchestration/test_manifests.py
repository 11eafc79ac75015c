"""Pasted objects: what is read, what is tolerated, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.fields import ManifestError
from app.orchestration.manifests import objects_of, objects_of_text
from app.orchestration.objects.pod import Pod
from app.words import sentences, word


def pod(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main", "image": "x"}], **spec},
    }


def job(template: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    inner = {"restartPolicy": "Never", "containers": [{"name": "main"}], **(template or {})}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j"},
        "spec": {"template": {"spec": inner}, **spec},
    }


def container(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "main", **fields}])


def sentence(document: Any) -> str:
    with pytest.raises(ManifestError) as caught:
        objects_of(document)
    refused = caught.value.refused
    assert refused.code in sentences()["refused"]
    return word("refused", refused.code, refused.fields)


def read_one(document: Any) -> Any:
    (read,) = objects_of([document])
    return read


def test_job_defaults_are_those_of_kubernetes():
    read = read_one(job())
    assert (read.spec.parallelism, read.spec.completions, read.spec.backoff_limit) == (1, 1, 6)
    assert read.metadata.namespace == "default"
    queue = read_one(job(parallelism=3))
    assert (queue.spec.parallelism, queue.spec.completions) == (3, None)


def test_limits_stand_in_for_requests():
    read = read_one(container(resources={"requests": {"cpu": 1}, "limits": {"cpu": "2", "memory": "1Gi"}}))
    assert read.spec.containers[0].resources.requests == {"cpu": "1", "memory": "1Gi"}


def test_annotations_of_the_job_hold_for_its_pods():
    document = job()
    document["metadata"]["annotations"] = {"sim/duration": "3s", "sim/exit-code": "1", "other": "x"}
    read = read_one(document)
    assert read.spec.template.metadata.annotations == {"sim/duration": "3s", "sim/exit-code": "1"}


HARMLESS = [
    pod(terminationGracePeriodSeconds=5, dnsPolicy="Default", serviceAccountName="x"),
    pod(affinity=None, nodeSelector={}, schedulerName="default-scheduler"),
    pod(volumes=[{"name": "v", "emptyDir": {}}]),
    container(command=["sleep"], args=["1"], env=[{"name": "A", "value": "b"}], imagePullPolicy="Always"),
    container(ports=[{"containerPort": 80, "protocol": "TCP"}], livenessProbe={"exec": {}}),
    job(ttlSecondsAfterFinished=10, suspend=False),
    {**pod(), "status": {"phase": "Running"}},
]


@pytest.mark.parametrize("document", HARMLESS, ids=range(len(HARMLESS)))
def test_harmless_fields_are_tolerated(document):
    assert objects_of([document])


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param([], "The manifest is empty; paste a Deployment (apps/v1), a Job", id="nothing"),
        pytest.param([None], "The manifest is empty; paste a Deployment (apps/v1), a Job", id="only ---"),
        pytest.param("x", 'manifest is "x"; allowed is a list of objects', id="text"),
        pytest.param(
            [3], "manifest is 3; allowed is an object with apiVersion, kind, metadata and spec", id="number"
        ),
        pytest.param([{"kind": "Pod"}], "apiVersion is missing", id="no version"),
        pytest.param(
            [{**pod(), "kind": "Deployment"}],
            "Deployment (v1) is not supported; allowed are DaemonSet (apps/v1), Deployment (apps/v1), ",
            id="kind",
        ),
        pytest.param(
            [{**job(), "apiVersion": "batch/v1beta1"}],
            "Job (batch/v1beta1) is not supported; allowed are DaemonSet (apps/v1), ",
            id="old version",
        ),
        pytest.param(
            [pod(), pod(affinity={"a": 1})],
            "there is no field document 2: spec.affinity.a; read here are nodeAffinity, ",
            id="second document",
        ),
        pytest.param(
            [pod(runtimeClassName="gvisor")],
            "spec.runtimeClassName is not supported by this cluster",
            id="unsupported",
        ),
        pytest.param(
            [job(selector={"matchLabels": {"a": "b"}})],
            "spec.selector is not supported by this cluster",
            id="selector of a Job",
        ),
        pytest.param([job(suspend=1)], "spec.suspend is 1; allowed is true or false", id="no boolean"),
        pytest.param(
            [container(ports=[{"hostPort": 80}])],
            "spec.containers[0].ports[0].containerPort is missing",
            id="host port",
        ),
        pytest.param(
            [pod(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}])],
            "spec.volumes[0].persistentVolumeClaim asks for storage, and this cluster has no volumes",
            id="claim",
        ),
        pytest.param(
            [job(paralelism=2)],
            "there is no field spec.paralelism; read here are activeDeadlineSeconds, backoffLimit, ",
            id="typing error",
        ),
        pytest.param(
            [job(parallelism=-1)],
            "spec.parallelism is -1; allowed is a whole number from 0 to 1,000",
            id="negative",
        ),
        pytest.param(
            [job(parallelism=True)],
            "spec.parallelism is true; allowed is a whole number from 0 to 1,000",
            id="true is no number",
        ),
        pytest.param(
            [job(completions=1_001)],
            "spec.completions is 1001; allowed is a whole number from 0 to 1,000",
            id="too many",
        ),
        pytest.param(
            [job(completionMode="Indexed", parallelism=2)],
            "spec.completions is missing",
            id="indexed without completions",
        ),
        pytest.param(
            [job({"restartPolicy": "Always"})],
            'spec.template.spec.restartPolicy is "Always"; allowed is Never or OnFailure in a Job',
            id="policy",
        ),
        pytest.param(
            [job({"restartPolicy": None})],
            "spec.template.spec.restartPolicy is empty; allowed is Never or OnFailure in a Job",
            id="no policy",
        ),
        pytest.param(
            [pod(containers=[])],
            "spec.containers is []; allowed is a list of 1 to 16 items",
            id="no container",
        ),
        pytest.param([pod(containers=[{}])], "spec.containers[0].name is missing", id="nameless container"),
        pytest.param(
            [pod(containers=[{"name": "a"}, {"name": "a"}])],
            'spec.containers is "a"; allowed is container names that differ from each other',
            id="equal names",
        ),
        pytest.param(
            [container(resources={"requests": {"cpu": "1GB"}})],
            'spec.containers[0].resources.requests[cpu] is "1GB"; allowed is a quantity of 0 or more',
            id="quantity",
        ),
        pytest.param(
            [container(resources={"requests": {"cpu": "-1"}})],
            'spec.containers[0].resources.requests[cpu] is "-1"; allowed is a quantity of 0 or more',
            id="negative quantity",
        ),
        pytest.param(
            [container(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}})],
            'spec.containers[0].resources.requests[cpu] is "2"; allowed is at most its limit, 1',
            id="more than the limit",
        ),
        pytest.param(
            [{**pod(), "metadata": {"name": "Upper"}}],
            'metadata.name is "Upper"; allowed is lower-case letters, digits',
            id="name",
        ),
        pytest.param([{**pod(), "metadata": {}}], "metadata.name is missing", id="no name"),
        pytest.param(
            [{**pod(), "metadata": {"name": "p", "labels": {"v": 1}}}],
            "metadata.labels[v] is 1; allowed is text (put numbers and true or false in quotes)",
            id="number as label",
        ),
        pytest.param(
            [{**pod(), "metadata": {"name": "p", "annotations": {"sim/duration": "soon"}}}],
            'metadata.annotations[sim/duration] is "soon"; allowed is a time above 0 and up to 3600s',
            id="duration",
        ),
        pytest.param(
            [{**pod(), "metadata": {"name": "p", "annotations": {"sim/exit-code": "256"}}}],
            'metadata.annotations[sim/exit-code] is "256"; allowed is a whole number from 0 to 255, in quotes',
            id="exit code",
        ),
        pytest.param(
            [{**pod(), "metadata": {"name": "p", "annotations": {"sim/computation": "pi"}}}],
            "metadata.annotations[sim/computation] cannot be set by hand; submit a computation instead",
            id="computation",
        ),
        pytest.param(
            [pod(tolerations=[{"operator": "Equal"}])],
            'spec.tolerations[0].operator is "Equal"; allowed is Exists, as the key is empty',
            id="toleration",
        ),
        pytest.param(
            [pod(priorityClassName="Urgent")],
            'spec.priorityClassName is "Urgent"; allowed is lower-case letters',
            id="priority class",
        ),
    ],
)
def test_refusals_name_field_value_and_what_is_allowed(document, expected):
    assert sentence(document).startswith(expected)


@pytest.mark.parametrize("text", ["", "{", "[" * 5_000, "nul", '"\\ud800"', "x" * 300_000])
def test_text_that_is_no_json(text):
    with pytest.raises(ManifestError):
        objects_of_text(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
PATHS = [
    ("metadata",),
    ("spec",),
    ("spec", "containers"),
    ("spec", "template"),
    ("spec", "parallelism"),
    ("spec", "tolerations"),
    ("metadata", "annotations"),
]


@given(st.sampled_from(PATHS), json_values, st.booleans())
def test_garbage_anywhere_is_refused_in_one_sentence_or_read(path, value, as_job):
    document = json.loads(json.dumps(job(parallelism=1) if as_job else pod()))
    target = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    refusals = []
    try:
        objects_of([document])
    except ManifestError as error:
        refusals.append(error.refused)
    for refused in refusals:
        told = word("refused", refused.code, refused.fields)
        assert 0 < len(told) < 1_000
        assert refused.code in sentences()["refused"]


def test_pods_read_are_pods():
    (read,) = objects_of(pod())
    assert type(read) is Pod
