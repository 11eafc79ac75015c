"""The picture of a recorded run at an entry, and the cluster that it shows, as the scheduler would see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from app.orchestration.objects import KINDS, KubeObject, Namespace, Node, Pod, PodDisruptionBudget, Service
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.stateful_set import StatefulSet
from app.orchestration.scheduler.node_info import NodeInfo, pod_info
from app.orchestration.scheduler.profile import Nominator
from app.orchestration.scheduler.snapshot import Snapshot
from app.vocabulary.base import Picture
from app.world.picture import fold

_WIRE = msgspec.msgpack.Decoder(list[Any])


def picture_at(view: bytes, wires: Iterable[bytes]) -> Picture:
    """A keyframe's picture with the wire entries after it folded in."""
    picture: Picture = msgspec.msgpack.decode(view)
    for wire in wires:
        fold(picture, _WIRE.decode(wire)[4])
    return picture


class Cluster(Struct, frozen=True):
    """What a scheduler would decide by. pods: all of them, by key."""

    snapshot: Snapshot
    nominator: Nominator
    pods: dict[str, Pod]


def cluster_of(picture: Picture) -> Cluster:
    """The cluster that a picture shows: nodes, with the pods bound to them that have not ended."""
    nodes = {name: NodeInfo(node) for name, node in sorted(_objects(picture, Node).items())}
    pods, nominator = _objects(picture, Pod), Nominator()
    for pod in pods.values():
        if pod.finished:
            continue
        where = nodes.get(pod.spec.node_name)
        if where is not None:
            where.add(pod_info(pod))
        elif pod.status.nominated_node_name:
            nominator.add(pod_info(pod), pod.status.nominated_node_name)
    spaces = _objects(picture, Namespace)
    owners = {
        thing.metadata.uid: thing
        for kind in (ReplicaSet, StatefulSet)
        for thing in _objects(picture, kind).values()
    }
    snapshot = Snapshot(
        nodes.values(),
        {name: space.metadata.labels for name, space in spaces.items()},
        tuple(_objects(picture, PodDisruptionBudget).values()),
        tuple(_objects(picture, Service).values()),
        owners,
    )
    return Cluster(snapshot, nominator, pods)


def _objects(picture: Picture, kind: Any) -> dict[str, Any]:
    return {key: read_object(kind.KIND, fields) for key, fields in picture.get(kind.KIND, {}).items()}


def read_object(kind: str, fields: Mapping[str, Any]) -> KubeObject:
    """An object as it was before the picture made plain data of it."""
    return msgspec.convert(fields, KINDS[kind])
