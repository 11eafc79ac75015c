"""The pod garbage collector: terminating pods that no kubelet will ever let go.

Source: kubernetes/kubernetes, pkg/controller/podgc/gc_controller.go. (Finished pods beyond the limit leave with the write
that makes them too many; see `store.py`.)
"""

from __future__ import annotations

from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.settings import KubeSettings


def abandoned(pod: Pod, node: Node | None, now_us: int, settings: KubeSettings) -> bool:
    """The pod terminates on a node that is gone, or silent for very long."""
    deleted_us = pod.metadata.deletion_timestamp
    if deleted_us is None or pod.finished:
        return False
    return node is None or (not node.ready and now_us - deleted_us > settings.pod_gc_us)
