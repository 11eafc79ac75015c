"""Event (`v1`): what happened to an object, in Kubernetes' words. Repeats are counted, not repeated."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import KubeObject, ObjectReference

NORMAL, WARNING = "Normal", "Warning"


class Event(KubeObject, frozen=True):
    """source: who says so ("deployment-controller", "kubelet", "default-scheduler"). count: how often it happened."""

    KIND: ClassVar[str] = "Event"
    API_VERSION: ClassVar[str] = "v1"

    involved_object: ObjectReference
    reason: str
    message: str
    type: str = NORMAL
    source: str = ""
    count: int = 1
    first_timestamp: int = 0
    last_timestamp: int = 0
