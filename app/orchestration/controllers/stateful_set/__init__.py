"""The StatefulSet controller: pods with stable names, one after another.

Source: kubernetes/kubernetes, pkg/controller/statefulset/stateful_set.go, stateful_set_control.go, stateful_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import WARNING, Look, Note, Plan
from app.orchestration.controllers.revisions import History, Standing, expired, standing
from app.orchestration.controllers.stateful_set.steps import Member, Steps, next_steps
from app.orchestration.objects.deployment import ROLLING_UPDATE
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import FAILED, Pod, PodTemplate
from app.orchestration.objects.stateful_set import (
    POD_INDEX_LABEL,
    POD_NAME_LABEL,
    REVISION_HASH,
    ControllerRevision,
    StatefulSet,
    StatefulSetStatus,
)
from app.orchestration.operations import DeleteObject
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

SOURCE = "statefulset-controller"


class StatefulSetController:
    """See the module."""

    name = "statefulset"
    watches: tuple[str, ...] = (StatefulSet.KIND, Pod.KIND, ControllerRevision.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; of a pod or revision its owner's, or of a pod those of all that would adopt it."""
        if type(thing) is StatefulSet:
            return (thing.key,)
        if thing.controller is None and type(thing) is Pod:
            return workload.adopters(store.objects[StatefulSet.KIND], thing)
        key = workload.owner_key(thing, StatefulSet.KIND)
        return (key,) if key else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        """One step towards what is wanted, and how far it is."""
        found = standing(look, StatefulSet.KIND, key)
        if type(found) is Plan:
            return found
        assert type(found) is Standing
        owner, writes, revisions = found.owner, found.writes, found.revisions
        mine = [pod for pod in found.mine if ordinal_of(owner, pod) is not None]
        update = revisions.current.metadata.name
        current = _current(owner, revisions)
        members = [_member(look, owner, pod) for pod in mine]
        if not owner.terminating:
            steps = next_steps(owner.spec, members, current, update)
            writes += _written(look, owner, mine, steps, revisions)
            live = dict.fromkeys([current, update, *(member.revision for member in members)])
            writes += expired(owner, revisions, live, look.now_us)
        writes = workload.with_status(look, owner, _status(owner, members, current, update), writes)
        soon = workload.next_available_us(mine, owner.spec.min_ready_seconds, look.now_us)
        return Plan(tuple(writes), soon, len(mine))


def ordinal_of(owner: StatefulSet, pod: Pod) -> int | None:
    """The number at the end of the pod's name, if it is one of the set's names."""
    parent, _, number = pod.metadata.name.rpartition("-")
    if parent != owner.metadata.name or not (number.isascii() and number.isdigit()):
        return None
    return int(number)


def _current(owner: StatefulSet, revisions: History) -> str:
    """The revision that pods have which no update has reached; that of the status, while it is kept."""
    name = owner.status.current_revision
    known = (it.metadata.name for it in revisions.everyone)
    return name if name in known else revisions.current.metadata.name


def _member(look: Look, owner: StatefulSet, pod: Pod) -> Member:
    ordinal = ordinal_of(owner, pod)
    assert ordinal is not None
    return Member(
        ordinal,
        pod.metadata.labels.get(REVISION_HASH, ""),
        pod.status.phase,
        pod.ready,
        workload.is_available(pod, owner.spec.min_ready_seconds, look.now_us),
        pod.terminating,
    )


def _written(
    look: Look, owner: StatefulSet, mine: list[Pod], steps: Steps, revisions: History
) -> list[Operation]:
    """The steps as writes."""
    by_ordinal = {ordinal_of(owner, pod): pod for pod in mine}
    templates = {it.metadata.name: it.data for it in revisions.everyone}
    name = owner.metadata.name
    writes: list[Operation] = []
    for ordinal in steps.recreate:
        pod = by_ordinal[ordinal]
        how = "failed" if pod.status.phase == FAILED else "terminated"
        said = f"StatefulSet {owner.key} is recreating {how} Pod {pod.metadata.name}"
        note = Note(StatefulSet.KIND, owner.key, WARNING, f"Recreating{how.title()}Pod", said, SOURCE)
        writes.append(
            DeleteObject(Pod.KIND, pod.key, look.now_us, workload.REDUNDANT, pod.metadata.uid, notes=(note,))
        )
    for ordinal, revision in steps.create:
        template = templates.get(revision, owner.spec.template)
        pod = new_pod(look, owner, template, revision, ordinal)
        said = f"create Pod {pod.metadata.name} in StatefulSet {name} successful"
        writes.append(workload.birth(look, owner, pod, SOURCE, said))
    for ordinal in steps.delete:
        pod = by_ordinal[ordinal]
        said = f"delete Pod {pod.metadata.name} in StatefulSet {name} successful"
        writes.append(workload.death(look, owner, pod, SOURCE, said))
    return writes


def new_pod(look: Look, owner: StatefulSet, template: PodTemplate, revision: str, ordinal: int) -> Pod:
    """The pod of an ordinal: its name stays the same however often it is made."""
    name = f"{owner.metadata.name}-{ordinal}"
    pod = workload.pod_from(owner, template, name, look.settings)
    labels = {
        **pod.metadata.labels,
        REVISION_HASH: revision,
        POD_NAME_LABEL: name,
        POD_INDEX_LABEL: str(ordinal),
    }
    spec = replace(pod.spec, hostname=name, subdomain=owner.spec.service_name)
    return replace(pod, metadata=replace(pod.metadata, labels=labels), spec=spec)


def _status(owner: StatefulSet, members: list[Member], current: str, update: str) -> StatefulSetStatus:
    """The numbers; an update that is through makes its revision the current one (completeRollingUpdate)."""
    alive = [member for member in members if not member.terminating]
    replicas = len(members)
    ready = sum(member.phase == "Running" and member.ready for member in members)
    updated = sum(member.revision == update for member in alive)
    olds = sum(member.revision == current for member in alive)
    rolls = owner.spec.update_strategy.type == ROLLING_UPDATE
    if rolls and updated == replicas == ready == owner.spec.replicas:
        current, olds = update, updated
    return replace(
        owner.status,
        observed_generation=owner.metadata.generation,
        replicas=replicas,
        ready_replicas=ready,
        available_replicas=sum(member.fine for member in members),
        current_replicas=olds,
        updated_replicas=updated,
        current_revision=current,
        update_revision=update,
    )
