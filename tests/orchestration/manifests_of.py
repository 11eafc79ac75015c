"""Small manifests to change."""

from __future__ import annotations

from typing import Any

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "main", "image": "x"}]},
}


def workload(kind: str, **spec: Any) -> dict[str, Any]:
    """A Deployment, ReplicaSet, StatefulSet or DaemonSet."""
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE, **spec},
    }


def thing(version: str, kind: str, **fields: Any) -> dict[str, Any]:
    """An object of any kind."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "it"}, **fields}


def autoscaler(**spec: Any) -> dict[str, Any]:
    """A HorizontalPodAutoscaler."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return thing(
        "autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": target, "maxReplicas": 5, **spec}
    )


def pod(**spec: Any) -> dict[str, Any]:
    """A Pod."""
    return thing("v1", "Pod", spec={"containers": [{"name": "main", "image": "x"}], **spec})
