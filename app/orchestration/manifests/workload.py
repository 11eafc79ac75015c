"""What the manifests of all workloads have in common: a template, its selector, and how many.

Source: kubernetes/kubernetes, pkg/apis/apps/validation/validation.go (ValidatePodTemplateSpecForReplicaSet).
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.fields import Level, Reader, Shape, bad_value, integer, one_of, text
from app.orchestration.manifests.annotations import meant_for_pods
from app.orchestration.manifests.metadata import METADATA, named
from app.orchestration.manifests.pod import template
from app.orchestration.manifests.selectors import LABEL_SELECTOR
from app.orchestration.objects.deployment import ROLLING_UPDATE
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import PodTemplate

REPLICAS_MAX = 10_000
REPLICAS = integer(0, REPLICAS_MAX)
SECONDS = integer(0, (1 << 31) - 1)
HISTORY = integer(0, (1 << 31) - 1)


def _runs_on(made: PodTemplate, where: str) -> None:
    """Pods of such a workload are always restarted, and have no end."""
    if made.spec.restart_policy != "Always":
        raise bad_value(f"{where}.spec.restartPolicy", made.spec.restart_policy, "Always in such a workload")
    if made.spec.active_deadline_seconds is not None:
        path = f"{where}.spec.activeDeadlineSeconds"
        raise bad_value(path, made.spec.active_deadline_seconds, "nothing in such a workload")


TEMPLATE = template(_runs_on)
SPEC: dict[str, Reader] = {"template": TEMPLATE, "selector": LABEL_SELECTOR, "minReadySeconds": SECONDS}
NEEDED = ("selector", "template")


def head(spec: Reader) -> Level:
    """The outermost level of an object with a spec."""
    return Level(
        {"apiVersion": text, "kind": text, "metadata": METADATA, "spec": spec},
        required=("metadata", "spec"),
        harmless="status",
    )


def strategy(struct: type[Any], rolling: Reader, other: str, strict: bool = True) -> Reader:
    """How pods are replaced: by a rolling update, which may be told how, or in the other way.

    strict: with the other way, nothing may be said of rolling updates.
    """
    shape = Shape(struct, {"type": one_of(ROLLING_UPDATE, other), "rollingUpdate": rolling})

    def read(value: Any, where: str) -> Any:
        found = shape(value, where)
        if found.type == ROLLING_UPDATE:
            return found
        told = value.get("rollingUpdate")
        if strict and told is not None:
            raise bad_value(f"{where}.rollingUpdate", told, f"nothing, as the type is {other}")
        return replace(found, rolling_update=None)

    return read


def workload(kind: type[Any], level: Level, document: Any) -> KubeObject:
    """A workload whose selector chooses the pods of its template."""
    found = level(document, "")
    metadata, spec = named(kind, found["metadata"]), found["spec"]
    selector, labels = spec.selector, spec.template.metadata.labels
    if selector.empty:
        raise bad_value("spec.selector", {}, "a selector that is not empty")
    if not selector.matches(labels):
        raise bad_value("spec.template.metadata.labels", labels, "labels that spec.selector matches")
    made: KubeObject = kind(metadata, replace(spec, template=meant_for_pods(spec.template, metadata)))
    return made
