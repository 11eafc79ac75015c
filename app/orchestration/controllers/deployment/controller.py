"""The Deployment controller: which ReplicaSets there are, and their sizes.

Source: kubernetes/kubernetes, pkg/controller/deployment/deployment_controller.go (syncDeployment), sync.go,
rolling.go, recreate.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import NORMAL, NOTHING, Look, Note, Plan
from app.orchestration.controllers.deployment import progress, revisions, rolling
from app.orchestration.controllers.deployment.fences import new_replicas
from app.orchestration.objects.deployment import (
    PROGRESSING,
    REVISION,
    ROLLING_UPDATE,
    Deployment,
    DeploymentStatus,
)
from app.orchestration.objects.meta import KubeObject, condition_of
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.operations import CreateObject, DeleteObject, PatchObject, UpdateObject, UpdateStatus
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

SOURCE = "deployment-controller"


class Found(Struct):
    """A Deployment with its ReplicaSets. conditions: as they are to be. writes: what is to be written so far.

    grew: the new ReplicaSet is only being created, or a size was changed: the rest waits until that is seen.
    adopting: ReplicaSets are being adopted, and count from when that is seen.
    """

    deployment: Deployment
    new: ReplicaSet | None
    old: list[ReplicaSet]
    writes: list[Operation]
    grew: bool = False
    adopting: bool = False

    @property
    def everyone(self) -> list[ReplicaSet]:
        return [*self.old, *([self.new] if self.new else [])]


class DeploymentController:
    """See the module."""

    name = "deployment"
    watches: tuple[str, ...] = (Deployment.KIND, ReplicaSet.KIND, Pod.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; of a ReplicaSet its owner's; of a pod that of a Deployment that waits for old pods to be gone."""
        if type(thing) is Deployment:
            return (thing.key,)
        if type(thing) is ReplicaSet:
            key = workload.owner_key(thing, Deployment.KIND)
            return (key,) if key else workload.adopters(store.deployments, thing)
        owner = store.replica_sets.get(workload.owner_key(thing, ReplicaSet.KIND))
        key = workload.owner_key(owner, Deployment.KIND) if owner is not None else ""
        deployment = store.deployments.get(key)
        recreates = deployment is not None and deployment.spec.strategy.type != ROLLING_UPDATE
        return (key,) if recreates else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        """One step towards what is wanted, and how far it is."""
        deployment = look.store.deployments.get(key)
        if deployment is None:
            return NOTHING
        found = _find(look, deployment)
        if found.adopting:
            return Plan(tuple(found.writes))
        if deployment.terminating:
            return _told(look, found, progress.counted(deployment, found.new, found.everyone, look.now_us))
        conditions = progress.paused_or_resumed(deployment, look.now_us)
        if conditions != deployment.status.conditions:
            return _told(look, found, replace(deployment.status, conditions=conditions))
        if deployment.spec.paused or _resized(deployment, found.everyone):
            return _sync(look, found)
        if deployment.spec.strategy.type == ROLLING_UPDATE:
            return _roll(look, found)
        return _recreate(look, found)


def _find(look: Look, deployment: Deployment) -> Found:
    """The Deployment's ReplicaSets: its own, those to be adopted, without those to be released."""
    writes: list[Operation] = []
    mine: list[ReplicaSet] = []
    for it in look.store.dependents(deployment):
        if (
            type(it) is ReplicaSet
            and it.controller is not None
            and it.controller.uid == deployment.metadata.uid
        ):
            if deployment.terminating or deployment.spec.selector.matches(it.metadata.labels):
                mine.append(it)
            else:
                writes.append(UpdateObject(workload.released(it, deployment), look.now_us))
    loose: list[ReplicaSet] = []
    if not deployment.terminating:
        everyone = look.store.replica_sets.values()
        alone = (it for it in everyone if it.controller is None and not it.terminating)
        loose = [it for it in alone if _would_adopt(deployment, it)]
        writes += [UpdateObject(workload.adopted(it, deployment), look.now_us) for it in loose]
    new = revisions.find_new(deployment, mine)
    return Found(deployment, new, [it for it in mine if it is not new], writes, adopting=bool(loose))


def _would_adopt(deployment: Deployment, thing: ReplicaSet) -> bool:
    same_namespace = thing.metadata.namespace == deployment.metadata.namespace
    return same_namespace and deployment.spec.selector.matches(thing.metadata.labels)


def _resized(deployment: Deployment, sets: list[ReplicaSet]) -> bool:
    """Whether the Deployment's own size changed since an active ReplicaSet was last sized."""
    wanted = str(deployment.spec.replicas)
    return any(
        it.spec.replicas and it.metadata.annotations.get(revisions.DESIRED_REPLICAS, wanted) != wanted
        for it in sets
    )


def _sync(look: Look, found: Found) -> Plan:
    """A change of size, or a pause: no rollout goes on meanwhile."""
    deployment = found.deployment
    _number(look, found)
    sizes = rolling.scale(
        deployment,
        revisions.share_of(found.new) if found.new else None,
        [revisions.share_of(it) for it in found.old],
    )
    _resize(look, found, sizes)
    for it in found.everyone:
        # Who keeps its size takes note of what is wanted, else the change would never be over.
        if it.spec.replicas and it.metadata.name not in sizes:
            _resize(look, found, {it.metadata.name: it.spec.replicas})
    if deployment.spec.paused:
        _clean_up(look, found)
    return _told(look, found, progress.counted(deployment, found.new, found.everyone, look.now_us))


def _roll(look: Look, found: Found) -> Plan:
    """RollingUpdate: first up as far as the surge allows, then down as far as enough pods are available."""
    deployment = found.deployment
    _ensure_new(look, found)
    if found.new is not None and not found.grew:
        new, old = revisions.share_of(found.new), [revisions.share_of(it) for it in found.old]
        _resize(
            look,
            found,
            rolling.reconcile_new(deployment, new, old) or rolling.reconcile_old(deployment, new, old),
        )
    return _finish(look, found)


def _recreate(look: Look, found: Found) -> Plan:
    """Recreate: all old pods go, and are gone, before the first new one comes."""
    active = {it.metadata.name: 0 for it in found.old if it.spec.replicas}
    if active:
        _number(look, found)
        _resize(look, found, active)
    elif _old_pods(look, found):
        _number(look, found)
    else:
        _ensure_new(look, found)
        if (
            found.new is not None
            and not found.grew
            and found.new.spec.replicas != found.deployment.spec.replicas
        ):
            _resize(look, found, {found.new.metadata.name: found.deployment.spec.replicas})
    return _finish(look, found)


def _old_pods(look: Look, found: Found) -> bool:
    """Whether pods of old ReplicaSets are there, be it that they are only about to stop."""
    return any(it.status.replicas for it in found.old) or any(
        not pod.finished for it in found.old for pod in look.store.pods_of(it)
    )


def _finish(look: Look, found: Found) -> Plan:
    deployment = found.deployment
    status = progress.rolled_out(deployment, found.new, found.everyone, look.now_us)
    if not found.grew and progress.is_complete(deployment, status):
        _clean_up(look, found)
    return _told(look, found, status)


def _number(look: Look, found: Found) -> None:
    """Give the new ReplicaSet the highest revision and the Deployment the same, if that is not so."""
    if found.new is None:
        return
    deployment = found.deployment
    newest = max((revisions.revision_of(it) for it in found.old), default=0) + 1
    current = revisions.up_to_date(deployment, found.new, newest)
    if current != found.new:
        found.writes.append(UpdateObject(current, look.now_us))
        found.grew = True
        return
    revision = current.metadata.annotations.get(REVISION, "")
    if deployment.metadata.annotations.get(REVISION) != revision:
        found.writes.append(
            PatchObject(Deployment.KIND, deployment.key, look.now_us, annotations={REVISION: revision})
        )


def _ensure_new(look: Look, found: Found) -> None:
    """The new ReplicaSet is there, or is created; with what it may have at once."""
    if found.new is not None:
        _number(look, found)
        return
    found.grew = True
    deployment, store = found.deployment, look.store
    newest = max((revisions.revision_of(it) for it in found.old), default=0) + 1
    size = new_replicas(deployment, 0, sum(it.spec.replicas for it in found.old))
    collisions = 0
    made = revisions.new_replica_set(deployment, size, newest, collisions)
    while made.key in store.replica_sets:
        collisions += 1
        made = revisions.new_replica_set(deployment, size, newest, collisions)
    notes = (_scaled(deployment, made.metadata.name, 0, size),) if size else ()
    found.writes.append(CreateObject(made, look.now_us, notes=notes))
    found.writes.append(
        PatchObject(Deployment.KIND, deployment.key, look.now_us, annotations={REVISION: str(newest)})
    )


def _resize(look: Look, found: Found, sizes: rolling.Sizes) -> None:
    for it in found.everyone:
        size = sizes.get(it.metadata.name)
        if size is None:
            continue
        changed = revisions.sized(found.deployment, it, size)
        if changed == it:
            continue
        notes: tuple[Note, ...] = ()
        if size != it.spec.replicas:
            notes = (_scaled(found.deployment, it.metadata.name, it.spec.replicas, size),)
            found.grew = True
        found.writes.append(UpdateObject(changed, look.now_us, notes))


def _scaled(deployment: Deployment, name: str, before: int, after: int) -> Note:
    way = "up" if after > before else "down"
    message = f"Scaled {way} replica set {name} from {before} to {after}"
    return Note(Deployment.KIND, deployment.key, NORMAL, "ScalingReplicaSet", message, SOURCE)


def _clean_up(look: Look, found: Found) -> None:
    for it in revisions.expired(found.deployment, found.old):
        found.writes.append(DeleteObject(ReplicaSet.KIND, it.key, look.now_us, uid=it.metadata.uid))


def _told(look: Look, found: Found, status: DeploymentStatus) -> Plan:
    """The plan with the status, if that is news; and when the rollout would count as stuck."""
    deployment = found.deployment
    status = _first_progress(found, status, look.now_us)
    if status != deployment.status:
        version = deployment.metadata.resource_version
        # Before the writes that change the Deployment itself: each makes the version another.
        update = UpdateStatus(Deployment.KIND, deployment.key, version, status, look.now_us)
        found.writes.insert(0, update)
    due_us = progress.deadline_us(deployment, status)
    return Plan(tuple(found.writes), None if due_us is None else max(due_us, look.now_us) + 1)


def _first_progress(found: Found, status: DeploymentStatus, now_us: int) -> DeploymentStatus:
    """A rollout begins: its ReplicaSet was created, or found."""
    deployment = found.deployment
    if not progress.has_deadline(deployment) or deployment.terminating:
        return status
    made = next((it.object for it in found.writes if type(it) is CreateObject), None)
    if made is not None:
        said = f'Created new replica set "{made.metadata.name}"'
        new = progress.condition(PROGRESSING, "True", progress.CREATED_NEW, said, now_us)
        return replace(status, conditions=progress.with_news(status.conditions, new))
    if found.new is not None and condition_of(status.conditions, PROGRESSING) is None:
        said = f'Found new replica set "{found.new.metadata.name}"'
        new = progress.condition(PROGRESSING, "True", progress.FOUND_NEW, said, now_us)
        return replace(status, conditions=progress.with_news(status.conditions, new))
    return status
