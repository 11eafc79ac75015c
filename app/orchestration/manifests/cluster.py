"""What stands outside namespaces: Namespace (v1) and PriorityClass (scheduling.k8s.io/v1)."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import Level, boolean, integer, label, one_of, text
from app.orchestration.manifests.metadata import METADATA, named
from app.orchestration.manifests.pod import PRIORITY_MAX
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.pod import PREEMPT_LOWER, PREEMPT_NEVER
from app.orchestration.objects.priority_class import PriorityClass

_NAMESPACE = Level(
    {"apiVersion": text, "kind": text, "metadata": METADATA}, required=("metadata",), harmless="spec status"
)
_CLASS = Level(
    {
        "apiVersion": text,
        "kind": text,
        "metadata": METADATA,
        "value": integer(-(1 << 31), PRIORITY_MAX),
        "globalDefault": boolean,
        "description": text,
        "preemptionPolicy": one_of(PREEMPT_LOWER, PREEMPT_NEVER),
    },
    required=("metadata", "value"),
)


def read_namespace(document: Any) -> Namespace:
    """A Namespace (v1)."""
    metadata = named(Namespace, _NAMESPACE(document, "")["metadata"])
    label(metadata.name or metadata.generate_name.rstrip("-"), "metadata.name")
    return Namespace(metadata)


def read_priority_class(document: Any) -> PriorityClass:
    """A PriorityClass (scheduling.k8s.io/v1)."""
    found = _CLASS(document, "")
    return PriorityClass(
        named(PriorityClass, found["metadata"]),
        found["value"],
        found.get("globalDefault", False),
        found.get("description", ""),
        found.get("preemptionPolicy", PREEMPT_LOWER),
    )
