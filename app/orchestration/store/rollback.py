"""Going back to an earlier revision: `kubectl rollout undo`.

Source: kubernetes/kubernetes, staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollback.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def roll_back(store: ObjectStore, slot: int, op: RollBack) -> Outcome:
    """The template of an earlier revision becomes the present one."""
    thing = store.get(op.kind, op.key)
    if thing is None:
        return not_found(op.kind, op.key)
    if type(thing) is Deployment and thing.spec.paused:
        why = "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
        return failed("Invalid", why)
    history = revisions(store, thing)
    template = _wanted(history, op.revision)
    if template is None:
        name = f'{op.kind.lower()} "{thing.metadata.name}"'
        if op.revision:
            return failed("NotFound", f"unable to find specified revision {op.revision} in history")
        return failed("NotFound", f"no rollout history found for {name}")
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
