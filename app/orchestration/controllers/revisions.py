"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had, numbered, so that a rollout can go back.

Source: kubernetes/kubernetes, pkg/controller/history/controller_history.go;
statefulset and daemon (constructHistory, truncateHistory).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import NOTHING, Look, Plan
from app.orchestration.controllers.hashing import template_hash
from app.orchestration.objects.daemon_set import DaemonSet
from app.orchestration.objects.meta import ObjectMeta, key_of, owner_of
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.stateful_set import REVISION_HASH, ControllerRevision, StatefulSet
from app.orchestration.operations import CreateObject, DeleteObject, UpdateObject
from app.vocabulary.base import Operation

Owner = StatefulSet | DaemonSet


class Standing(Struct, frozen=True):
    """What a StatefulSet or DaemonSet has. writes: releases of pods, to be made first."""

    owner: Any
    mine: list[Pod]
    revisions: History
    writes: list[Operation]


def standing(look: Look, kind: str, key: str) -> Standing | Plan:
    """The object with its pods and revisions; or the whole plan, when it is gone or something has to be written first."""
    owner = look.store.get(kind, key)
    if owner is None:
        workload.forget(look, key)
        return NOTHING
    adoptions = workload.adoptions(look, owner, owner.spec.selector)
    if adoptions:
        return Plan(tuple(adoptions))
    mine, writes = workload.claim(look, owner, owner.spec.selector)
    revisions = history(look, owner)
    if revisions.writes and not owner.terminating:
        return Plan((*writes, *revisions.writes))
    return Standing(owner, mine, revisions, writes)


class History(Struct, frozen=True):
    """The present template's revision, all that the owner has (by age), and what is to be written first, if anything."""

    current: ControllerRevision
    everyone: tuple[ControllerRevision, ...]
    writes: tuple[Operation, ...] = ()


def history(look: Look, owner: Owner) -> History:
    """The owner's revisions, with one for its present template: an equal one is found again and gets the highest number."""
    mine = [it for it in look.store.dependents(owner) if type(it) is ControllerRevision]
    mine.sort(key=lambda it: (it.revision, it.metadata.name))
    newest = mine[-1].revision if mine else 0
    same = next((it for it in reversed(mine) if it.data == owner.spec.template), None)
    if same is None:
        made = _new(look, owner, newest + 1)
        return History(made, (*mine, made), (CreateObject(made, look.now_us),))
    if same.revision < newest:
        raised = replace(same, revision=newest + 1)
        others = tuple(it for it in mine if it is not same)
        return History(raised, (*others, raised), (UpdateObject(raised, look.now_us),))
    return History(same, tuple(mine))


def _new(look: Look, owner: Owner, number: int) -> ControllerRevision:
    template, namespace = owner.spec.template, owner.metadata.namespace
    taken = look.store.objects[ControllerRevision.KIND]
    collisions = 0
    digest = template_hash(template)
    while key_of(namespace, f"{owner.metadata.name}-{digest}") in taken:
        collisions += 1
        digest = template_hash(template, collisions)
    metadata = ObjectMeta(
        f"{owner.metadata.name}-{digest}",
        namespace,
        labels={**template.metadata.labels, REVISION_HASH: digest},
        owner_references=(owner_of(owner),),
    )
    return ControllerRevision(metadata, template, number)


def expired(owner: Owner, kept: History, live: dict[str, None], now_us: int) -> list[Operation]:
    """Deletions of the oldest revisions that no pod has, beyond revisionHistoryLimit.

    live: names (or hashes) of revisions that pods have.
    """
    idle = [
        it
        for it in kept.everyone
        if it is not kept.current
        and it.metadata.name not in live
        and it.metadata.labels.get(REVISION_HASH) not in live
    ]
    surplus = len(idle) - owner.spec.revision_history_limit
    return [
        DeleteObject(ControllerRevision.KIND, it.key, now_us, uid=it.metadata.uid)
        for it in idle[: max(0, surplus)]
    ]
