"""A Deployment's ReplicaSets: which is the new one, how revisions are numbered, and which old ones are kept.

Source: kubernetes/kubernetes, pkg/controller/deployment/sync.go (getNewReplicaSet, cleanupDeployment) and
util/deployment_util.go (FindNewReplicaSet, SetNewReplicaSetAnnotations, SetReplicasAnnotations).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from app.orchestration.controllers.deployment.fences import max_surge
from app.orchestration.controllers.deployment.rolling import Share
from app.orchestration.controllers.hashing import template_hash
from app.orchestration.objects.deployment import REVISION, Deployment
from app.orchestration.objects.meta import ObjectMeta, owner_of
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.objects.replica_set import POD_TEMPLATE_HASH, ReplicaSet, ReplicaSetSpec
from app.orchestration.objects.selector import LabelSelector

DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_NOT_COPIED = (_LAST_APPLIED, REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS)
_HISTORY_LENGTH = 2000


def without_hash(template: PodTemplate) -> PodTemplate:
    """The template as the Deployment has it."""
    labels = {name: value for name, value in template.metadata.labels.items() if name != POD_TEMPLATE_HASH}
    return replace(template, metadata=replace(template.metadata, labels=labels))


def find_new(deployment: Deployment, sets: Iterable[ReplicaSet]) -> ReplicaSet | None:
    """The oldest ReplicaSet with the Deployment's own template."""
    wanted = without_hash(deployment.spec.template)
    same = [it for it in sets if without_hash(it.spec.template) == wanted]
    return min(same, key=created, default=None)


def created(thing: ReplicaSet) -> tuple[int, str]:
    """Order of creation."""
    return (thing.metadata.creation_timestamp or 0, thing.metadata.name)


def revision_of(thing: ReplicaSet | Deployment) -> int:
    """The number in its annotation; nought without one."""
    return _number(thing.metadata.annotations.get(REVISION))


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0


def share_of(thing: ReplicaSet) -> Share:
    """The ReplicaSet as the arithmetic of sizes sees it."""
    annotations = thing.metadata.annotations
    desired, most = annotations.get(DESIRED_REPLICAS), annotations.get(MAX_REPLICAS)
    return Share(
        thing.metadata.name,
        thing.spec.replicas,
        thing.status.available_replicas,
        created(thing),
        None if desired is None else _number(desired),
        None if most is None else _number(most),
    )


def new_replica_set(deployment: Deployment, size: int, revision: int, collisions: int) -> ReplicaSet:
    """The ReplicaSet of the Deployment's present template."""
    template = deployment.spec.template
    digest = template_hash(template, collisions)
    labels = {**template.metadata.labels, POD_TEMPLATE_HASH: digest}
    selector = deployment.spec.selector
    spec = ReplicaSetSpec(
        replace(template, metadata=replace(template.metadata, labels=labels)),
        LabelSelector({**selector.match_labels, POD_TEMPLATE_HASH: digest}, selector.match_expressions),
        size,
        deployment.spec.min_ready_seconds,
    )
    metadata = ObjectMeta(
        f"{deployment.metadata.name}-{digest}",
        deployment.metadata.namespace,
        labels=labels,
        annotations={
            **_copied(deployment),
            REVISION: str(revision),
            **size_annotations(deployment),
        },
        owner_references=(owner_of(deployment),),
    )
    return ReplicaSet(metadata, spec)


def _copied(deployment: Deployment) -> dict[str, str]:
    return {name: value for name, value in deployment.metadata.annotations.items() if name not in _NOT_COPIED}


def size_annotations(deployment: Deployment) -> dict[str, str]:
    """What the Deployment wants, and at most allows: by them a change of its size is told from a rollout."""
    wanted = deployment.spec.replicas
    return {DESIRED_REPLICAS: str(wanted), MAX_REPLICAS: str(wanted + max_surge(deployment))}


def _history(earlier: str, old: str) -> str:
    """The earlier revisions and this one; the oldest are left off, whole, to keep within the length."""
    line = f"{earlier},{old}".strip(",")
    while len(line) > _HISTORY_LENGTH and "," in line:
        line = line.partition(",")[2]
    return line


def up_to_date(deployment: Deployment, found: ReplicaSet, revision: int) -> ReplicaSet:
    """The new ReplicaSet with its revision raised and what it takes over from the Deployment."""
    annotations = {**found.metadata.annotations, **_copied(deployment)}
    old = annotations.get(REVISION)
    if _number(old) < revision:
        annotations[REVISION] = str(revision)
        if old:
            annotations[REVISION_HISTORY] = _history(annotations.get(REVISION_HISTORY, ""), old)
    return replace(
        found,
        metadata=replace(found.metadata, annotations=annotations),
        spec=replace(found.spec, min_ready_seconds=deployment.spec.min_ready_seconds),
    )


def sized(deployment: Deployment, thing: ReplicaSet, size: int) -> ReplicaSet:
    """The ReplicaSet with another size, and with what the Deployment wanted then."""
    annotations = {**thing.metadata.annotations, **size_annotations(deployment)}
    return replace(
        thing,
        metadata=replace(thing.metadata, annotations=annotations),
        spec=replace(thing.spec, replicas=size),
    )


def expired(deployment: Deployment, old: list[ReplicaSet]) -> list[ReplicaSet]:
    """Old ReplicaSets beyond revisionHistoryLimit that nothing holds, the oldest revisions first."""
    kept = [it for it in old if not it.terminating]
    surplus = len(kept) - deployment.spec.revision_history_limit
    if surplus <= 0:
        return []
    kept.sort(key=lambda it: (revision_of(it), created(it)))
    return [it for it in kept[:surplus] if _idle(it)]


def _idle(thing: ReplicaSet) -> bool:
    seen: Any = thing.status.observed_generation
    return not (thing.status.replicas or thing.spec.replicas) and thing.metadata.generation <= seen
