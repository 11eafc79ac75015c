"""Changing a few things of an object: what `kubectl scale`, `label`, `taint`, `set image` and `rollout` do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node import NO_EXECUTE, Taint
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.operations import PatchObject
from app.orchestration.store.answers import failed, not_found
from app.orchestration.store.objects import changed
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore

ALL = "*"
"""All containers of a template."""

_PAUSED = "can't restart paused deployment (run rollout resume first)"


def patch(store: ObjectStore, slot: int, op: PatchObject) -> Outcome:
    """Change a few things of an object."""
    old = store.get(op.kind, op.key)
    if old is None:
        return not_found(op.kind, op.key)
    metadata = old.metadata
    metadata = replace(
        metadata,
        labels=_patched(metadata.labels, op.labels),
        annotations=_patched(metadata.annotations, op.annotations),
    )
    new: KubeObject = replace(old, metadata=metadata)
    if op.fields or op.template_annotations or op.images or op.taints:
        spec = _spec(old.spec if hasattr(old, "spec") else None, op)
        if type(spec) is Outcome:
            return spec
        new = replace(new, spec=spec)
    return changed(store, old, new, op.at_us)


def _spec(spec: Any, op: PatchObject) -> Any:
    """The spec with the changes made, or why they cannot be."""
    for name in (*op.fields, *_parts(op)):
        if not hasattr(spec, name):
            return failed("NotFound", "the server could not find the requested resource")
    if op.template_annotations and getattr(spec, "paused", False):
        return failed("Invalid", _PAUSED)
    parts: dict[str, Any] = dict(op.fields)
    if op.template_annotations or op.images:
        template = _template(spec.template, op)
        if type(template) is Outcome:
            return template
        parts["template"] = template
    if op.taints:
        taints = _taints(spec.taints, op)
        if type(taints) is Outcome:
            return taints
        parts["taints"] = taints
    return replace(spec, **parts)


def _parts(op: PatchObject) -> list[str]:
    named = {"template": op.template_annotations or op.images, "taints": op.taints}
    return [name for name, wanted in named.items() if wanted]


def _template(template: PodTemplate, op: PatchObject) -> PodTemplate | Outcome:
    annotations = _patched(template.metadata.annotations, op.template_annotations)
    spec = template.spec
    names = [container.name for container in (*spec.init_containers, *spec.containers)]
    for name in op.images:
        if name != ALL and name not in names:
            return failed("NotFound", f'unable to find container named "{name}"')
    spec = replace(
        spec,
        containers=tuple(_with_image(it, op.images) for it in spec.containers),
        init_containers=tuple(_with_image(it, op.images) for it in spec.init_containers),
    )
    return PodTemplate(spec, replace(template.metadata, annotations=annotations))


def _with_image(container: Any, images: Mapping[str, str]) -> Any:
    image = images.get(container.name, images.get(ALL))
    return container if image is None else replace(container, image=image)


def _patched(old: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**old, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def _taints(old: tuple[Taint, ...], op: PatchObject) -> tuple[Taint, ...] | Outcome:
    """The node's taints with the changes made, as `kubectl taint --overwrite` does."""
    taints = list(old)
    for key, value, effect in op.taints:
        if effect.endswith("-"):
            gone = [it for it in taints if it.key == key and effect in ("-", f"{it.effect}-")]
            if not gone:
                named = f"{key}:{effect[:-1]}" if effect != "-" else key
                return failed("NotFound", f'taint "{named}" not found')
            taints = [it for it in taints if it not in gone]
        else:
            taints = [it for it in taints if (it.key, it.effect) != (key, effect)]
            taints.append(Taint(key, effect, value, op.at_us if effect == NO_EXECUTE else None))
    return tuple(taints)
