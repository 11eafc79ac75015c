"""The pod garbage collector: terminating pods that no kubelet will ever let go.

Source: kubernetes/kubernetes, pkg/controller/podgc/gc_controller.go. (Finished pods beyond the limit leave with the write
that makes them too many; see `store.py`.)
"""

from __future__ import annotations

from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore

GONE_WITH_NODE = "DeletionByPodGC"
"""Reason of the deletion of a pod whose node no longer exists."""


def orphans(store: ObjectStore) -> dict[str, list[str]]:
    """Node that does not exist -> the pods that are bound to it (gcOrphaned)."""
    return {name: sorted(keys) for name, keys in sorted(store.on_node.items()) if name not in store.nodes}


def abandoned(pod: Pod, node: Node | None, now_us: int, settings: KubeSettings) -> bool:
    """The pod terminates on a node that is gone, or silent for very long."""
    deleted_us = pod.metadata.deletion_timestamp
    if deleted_us is None or pod.finished:
        return False
    return node is None or (not node.ready and now_us - deleted_us > settings.pod_gc_us)
