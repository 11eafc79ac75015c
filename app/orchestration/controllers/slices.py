"""Which endpoint is in which slice: it stays where it is, slices that change anyway are filled up, and none is packed anew.

Source: kubernetes/kubernetes, staging/src/k8s.io/endpointslice/reconciler.go (reconcileByPortMapping, finalize), utils.go
(getSliceToFill).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.service import Endpoint, EndpointPort, EndpointSlice

PER_SLICE = 100
"""Endpoints in one slice (--max-endpoints-per-slice)."""

Ports = tuple[EndpointPort, ...]
Members = tuple[Endpoint, ...]


class Changes(Struct):
    """create: (endpoints, ports) of slices to make. update: as they are to be. delete: those that nobody needs."""

    create: list[tuple[Members, Ports]] = []
    update: list[EndpointSlice] = []
    delete: list[EndpointSlice] = []


def changes(
    there: Sequence[EndpointSlice],
    wanted: Mapping[Ports, Sequence[Endpoint]],
    labels: dict[str, str],
    per_slice: int = PER_SLICE,
) -> Changes:
    """What makes the slices hold the endpoints that are wanted, by ports. A Service without any keeps an empty slice."""
    found = Changes()
    for ports, endpoints in wanted.items():
        mine = [it for it in there if it.ports == ports]
        _arrange(found, mine, endpoints, ports, labels, per_slice)
    found.delete += [it for it in there if it.ports not in wanted]
    if len(found.delete) == len(there) and not found.create:
        if len(found.delete) == 1 and _is_placeholder(found.delete[0], labels):
            found.delete.clear()
        else:
            found.create.append(((), ()))
    # A slice that goes makes way for one that comes: it becomes it.
    while found.delete and found.create:
        endpoints, ports = found.create.pop()
        found.update.append(
            replace(_labelled(found.delete.pop(0), labels), endpoints=tuple(endpoints), ports=ports)
        )
    return found


def _is_placeholder(it: EndpointSlice, labels: dict[str, str]) -> bool:
    return not it.endpoints and not it.ports and it.metadata.labels == labels


def _arrange(
    found: Changes,
    mine: list[EndpointSlice],
    wanted: Iterable[Endpoint],
    ports: Ports,
    labels: dict[str, str],
    per_slice: int,
) -> None:
    """The slices of one set of ports."""
    left = {_identity(it): it for it in wanted}
    held: dict[str, list[Endpoint]] = {}
    changed: dict[str, None] = {}
    by_name = {it.metadata.name: it for it in mine}
    for name, it in by_name.items():
        kept = [left.pop(_identity(member)) for member in it.endpoints if _identity(member) in left]
        if kept != list(it.endpoints) and not kept:
            found.delete.append(it)
            continue
        held[name] = kept
        if kept != list(it.endpoints) or it.metadata.labels != labels:
            changed[name] = None
    for name in sorted(changed, key=lambda name: -len(held[name])):
        _fill(held[name], left, per_slice)
    while left:
        target = _closest({name: held[name] for name in held if name not in changed}, len(left), per_slice)
        if target is None:
            fresh: list[Endpoint] = []
            _fill(fresh, left, per_slice)
            found.create.append((tuple(fresh), ports))
        else:
            _fill(held[target], left, per_slice)
            changed[target] = None
    for name in by_name:
        if name in changed:
            found.update.append(replace(_labelled(by_name[name], labels), endpoints=tuple(held[name])))


def _fill(members: list[Endpoint], left: dict[tuple[str, ...], Endpoint], per_slice: int) -> None:
    while left and len(members) < per_slice:
        members.append(left.pop(next(iter(left))))


def _closest(unchanged: Mapping[str, Sequence[Endpoint]], number: int, per_slice: int) -> str | None:
    """The slice that is fullest once it has taken them all; None if they fit into none."""
    best, least = None, per_slice
    for name, members in unchanged.items() if number < per_slice else ():
        free = per_slice - number - len(members)
        if 0 <= free < least:
            best, least = name, free
    return best


def _identity(it: Endpoint) -> tuple[str, ...]:
    """What makes it the same endpoint, whatever else of it changes."""
    target = it.target_ref
    return (*it.addresses, it.hostname, target.namespace if target else "", target.name if target else "")


def _labelled(it: EndpointSlice, labels: dict[str, str]) -> EndpointSlice:
    return replace(it, metadata=replace(it.metadata, labels=labels))
