"""Whether a case can be asked at all, and what of it is passed over when it is answered.

A field that no form and no object of ours has is passed over, as the cases' README wants it ("only the fields that matter"),
and named in the report: it may have been meant.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from app.conformance.cases import Case
from app.conformance.forms import ARGUMENTS, INPUTS
from app.conformance.reading import Unreadable
from app.orchestration.fields import shown
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.service import Service

LISTS: dict[str, type[Struct]] = {
    "nodes": Node,
    "filtered_out_nodes": Node,
    "existing_pods": Pod,
    "pdbs": PodDisruptionBudget,
    "namespaces": Namespace,
    "services": Service,
}
"""What a scheduler's case lists, and of what kind it is."""

NAMED = ("nodes", "filtered_out_nodes", "namespaces")
"""Lists of objects that are told apart by their names."""

AROUND = frozenset(
    ("id", "plugin", "area", "extension_point", "source", "source_line", "source_version", "validation", "version_note")
    + ("also_in", "note", "pod", "args", "input", "expected", *LISTS)
)  # fmt: skip
"""The fields of a case."""

WITHOUT_EFFECT = frozenset(
    ("apiVersion", "kind", "uid", "creationTimestamp", "resourceVersion", "generateName")
)
"""Fields of a manifest that change nothing wherever they stand."""


def check(case: Case) -> None:
    """Raises: Unreadable, with a sentence, where the case has not the form of its group."""
    for name in LISTS:
        _check_list(case, name)
    if not isinstance(case.body.get("pod") or {}, dict):
        raise Unreadable(f"pod is {shown(case.body['pod'])}, which is no object")
    for part, forms, values in _parts(case):
        try:
            msgspec.convert(values, forms)
        except (msgspec.ValidationError, OverflowError) as problem:
            raise Unreadable(f"{part}: {problem}") from None


def passed_over(case: Case) -> tuple[str, ...]:
    """Paths of the fields that nobody reads."""
    found = [name for name in case.body if name not in AROUND]
    for name, kind in LISTS.items():
        found += _unknown(tuple[kind, ...], case.body.get(name) or (), name)  # type: ignore[valid-type]
    found += _unknown(Pod, case.body.get("pod"), "pod")
    for part, form, values in _parts(case):
        found += _unknown(form, values, part)
    return tuple(found)


def _parts(case: Case) -> Iterator[tuple[str, type[Struct], dict[str, Any]]]:
    key = (case.subject, case.point)
    if key in INPUTS:
        yield "input", INPUTS[key], case.input
    if key in ARGUMENTS:
        yield "args", ARGUMENTS[key], case.args


def _check_list(case: Case, name: str) -> None:
    listed = case.body.get(name)
    if not isinstance(listed or [], list):
        raise Unreadable(f"{name} is {shown(listed)}, which is no list")
    for number, raw in enumerate(listed or ()):
        where = f"{name}[{number}]"
        if not isinstance(raw, dict):
            raise Unreadable(f"{where} is {shown(raw)}, which is no object")
        metadata = raw.get("metadata") or {}
        if not isinstance(metadata, dict):
            raise Unreadable(f"{where}.metadata is {shown(metadata)}, which is no object")
        if name in NAMED and not isinstance(metadata.get("name"), str | None):
            raise Unreadable(f"{where}.metadata.name is {shown(metadata['name'])}, which is no text")


def _unknown(kind: Any, raw: Any, where: str) -> Iterator[str]:
    """Fields of `raw` that a `kind` does not have, at any depth."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        yield from _unknown(typing.get_args(kind)[0], raw, where)
    elif origin in (typing.Union, types.UnionType):
        for one in typing.get_args(kind):
            if typing.get_origin(one) in (tuple, list, dict) or (
                isinstance(one, type) and issubclass(one, Struct)
            ):
                yield from _unknown(one, raw, where)
    elif origin in (tuple, list) and isinstance(raw, list | tuple):
        for number, item in enumerate(raw):
            yield from _unknown(typing.get_args(kind)[0], item, f"{where}[{number}]")
    elif origin is dict and isinstance(raw, dict):
        for name, item in raw.items():
            yield from _unknown(typing.get_args(kind)[1], item, f"{where}.{name}")
    elif isinstance(kind, type) and issubclass(kind, Struct) and isinstance(raw, dict):
        yield from _unknown_of(kind, raw, where)


def _unknown_of(kind: type[Struct], raw: dict[str, Any], where: str) -> Iterator[str]:
    fields = {one.encode_name: one.type for one in msgspec.structs.fields(kind)}
    for name, item in raw.items():
        if name in fields:
            yield from _unknown(fields[name], item, f"{where}.{name}")
        elif name not in WITHOUT_EFFECT and item not in (None, "", [], {}):
            yield f"{where}.{name}"
