"""Event (`v1`): what happened to an object, in Kubernetes' words. Repeats are counted, not repeated."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from app.orchestration.objects.meta import KubeObject, ObjectReference

INSTEAD_OF = "sim/instead-of"
"""Annotation of the Event that a pod was created: the name of the lost pod that it stands in for."""
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


class Note(Struct, frozen=True, array_like=True, gc=False):
    """An Event to be recorded with a write: about the object (kind, key), in Kubernetes' words.

    type: Normal or Warning. reason: "ScalingReplicaSet". source: "deployment-controller".
    """

    kind: str
    key: str
    type: str
    reason: str
    message: str
    source: str


class Replacement(Note, frozen=True, array_like=True, gc=False):
    """The note that a pod was created in place of a lost one. instead_of: that one's name."""

    instead_of: str = ""
