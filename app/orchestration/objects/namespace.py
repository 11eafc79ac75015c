"""Namespace (`v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import KubeObject, KubeStruct, ObjectMeta

ACTIVE, TERMINATING = "Active", "Terminating"
NAME_LABEL = "kubernetes.io/metadata.name"
"""Every Namespace carries its name as this label, so that selectors can name it."""


class NamespaceSpec(KubeStruct, frozen=True):
    """finalizers: "kubernetes" until the namespace is empty."""

    finalizers: tuple[str, ...] = ("kubernetes",)


class NamespaceStatus(KubeStruct, frozen=True):
    """phase: Active, or Terminating: nothing new can be created in it."""

    phase: str = ACTIVE


class Namespace(KubeObject, frozen=True):
    KIND: ClassVar[str] = "Namespace"
    API_VERSION: ClassVar[str] = "v1"
    NAMESPACED: ClassVar[bool] = False

    spec: NamespaceSpec = NamespaceSpec()
    status: NamespaceStatus = NamespaceStatus()


def namespace(name: str) -> Namespace:
    """A Namespace as it is at its beginning."""
    return Namespace(ObjectMeta(name, uid=f"namespace-{name}", labels={NAME_LABEL: name}, generation=1))


FIRST_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
"""They exist from the start, and `default`, `kube-system` and `kube-public` cannot be deleted."""
