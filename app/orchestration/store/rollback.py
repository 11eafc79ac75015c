"""Going back to an earlier revision: `kubectl rollout undo`.

Source: kubernetes/kubernetes, staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.deployment import REVISION, Deployment
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.objects.replica_set import POD_TEMPLATE_HASH, ReplicaSet
from app.orchestration.objects.stateful_set import ControllerRevision
from app.orchestration.operations import RollBack
from app.orchestration.store import objects
from app.orchestration.store.answers import answer, failed, not_found
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore

ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds that have a rollout."""


PAUSED = "rollout-paused"


class Problem(Struct, frozen=True):
    """Why there is nothing to go back to. code, details: of the refusal of a command. sentence: kubectl's."""

    code: str
    sentence: str
    details: dict[str, str | int]


def problem_of(store: ObjectStore, thing: Any, revision: int) -> Problem | None:
    """Why an object cannot go back to a revision (0: to the one before), or None."""
    kind, name = thing.KIND, thing.metadata.name
    details: dict[str, str | int] = {"kind": kind, "name": name}
    if type(thing) is Deployment and thing.spec.paused:
        why = "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
        return Problem(PAUSED, why, details)
    history = revisions(store, thing)
    if _wanted(history, revision) is not None:
        return None
    if revision:
        why = f"unable to find specified revision {revision} in history"
        allowed = ", ".join(map(str, history)) or "none"
        return Problem("no-such-revision", why, {**details, "revision": revision, "allowed": allowed})
    why = "no last revision to roll back to"
    if kind == Deployment.KIND:
        why = f'no rollout history found for deployment "{name}"'
    return Problem("no-rollout-history", why, {**details, "message": why})


def roll_back(store: ObjectStore, slot: int, op: RollBack) -> Outcome:
    """The template of an earlier revision becomes the present one."""
    thing = store.get(op.kind, op.key)
    if thing is None:
        return not_found(op.kind, op.key)
    problem = problem_of(store, thing, op.revision)
    if problem is not None:
        return failed("Invalid" if problem.code == PAUSED else "NotFound", problem.sentence)
    template = _wanted(revisions(store, thing), op.revision)
    assert template is not None, "else there is a problem"
    if template == thing.spec.template:
        return Outcome("ok", answer(thing))
    changed = replace(thing, spec=replace(thing.spec, template=template))
    return objects.changed(store, thing, changed, op.at_us)


def revisions(store: ObjectStore, thing: Any) -> dict[int, PodTemplate]:
    """Revision -> template, oldest first."""
    found: dict[int, PodTemplate] = {}
    for dependent in store.dependents(thing):
        number = _number(dependent)
        if number:
            found[number] = _template(dependent)
    return {number: found[number] for number in sorted(found)}


def _wanted(history: dict[int, PodTemplate], revision: int) -> PodTemplate | None:
    """The template of a revision; of the one before the newest for 0."""
    if revision:
        return history.get(revision)
    numbers = list(history)
    return history[numbers[-2]] if len(numbers) > 1 else None


def _number(dependent: KubeObject) -> int:
    if type(dependent) is ControllerRevision:
        return dependent.revision
    if type(dependent) is ReplicaSet:
        text = dependent.metadata.annotations.get(REVISION, "")
        return int(text) if text.isascii() and text.isdigit() else 0
    return 0


def _template(dependent: KubeObject) -> PodTemplate:
    if type(dependent) is ControllerRevision:
        return dependent.data
    assert type(dependent) is ReplicaSet
    template = dependent.spec.template
    labels = {name: value for name, value in template.metadata.labels.items() if name != POD_TEMPLATE_HASH}
    return replace(template, metadata=replace(template.metadata, labels=labels))
