"""Workloads in the harness: manifests applied, and what there is of them at any instant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from app.orchestration.objects.pod import Pod
from app.orchestration.operations import PatchObject
from app.vocabulary.commands import SubmitManifest
from app.vocabulary.replicated import Request
from tests.orchestration.harness import Cluster


def cluster_of(**more: Any) -> Cluster:
    """Six nodes of 4 cpu that have registered."""
    cluster = Cluster(**more)
    cluster.run(2)
    return cluster


def apply(cluster: Cluster, *manifests: dict[str, Any]) -> None:
    """`kubectl apply`."""
    cluster.take(SubmitManifest(json.dumps(list(manifests))))


def own(shared: Path, name: str) -> list[dict[str, Any]]:
    """One of the shared small manifests."""
    text = (shared / "conformance/manifests/own" / f"{name}.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text))


def patch(cluster: Cluster, kind: str, name: str, **changes: Any) -> None:
    """A change by somebody else."""
    cluster.decide(Request("", 0, PatchObject(kind, f"default/{name}", cluster.now_us, **changes)))


def pods(cluster: Cluster, *, active: bool = False) -> list[Pod]:
    """All pods; or those that work or may come to."""
    everyone = cluster.store.pods.values()
    return [pod for pod in everyone if not active or not (pod.finished or pod.terminating)]


def names(cluster: Cluster) -> list[str]:
    """Names of the active pods, sorted."""
    return sorted(pod.metadata.name for pod in pods(cluster, active=True))


def at_every_write(cluster: Cluster, look: Callable[[], None]) -> None:
    """Have `look` see the store after each write from now on."""
    decide = cluster.decide

    def watched(request: Request, asker: str = "") -> None:
        decide(request, asker)
        look()

    cluster.decide = watched  # type: ignore[method-assign]


def said(cluster: Cluster, reason: str) -> list[str]:
    """Messages of the Events with this reason."""
    return [event.message for event in cluster.store.events.values() if event.reason == reason]
