"""One step of a rolling update or of a change of scale: which ReplicaSet gets which size. Pure.

Source: kubernetes/kubernetes, pkg/controller/deployment/rolling.go, sync.go (scale) and util/deployment_util.go
(GetProportion, getReplicaSetFraction, IsSaturated, FindActiveOrLatest).
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers.deployment.fences import max_surge, max_unavailable, new_replicas
from app.orchestration.objects.deployment import ROLLING_UPDATE, Deployment


class Share(Struct, frozen=True):
    """A ReplicaSet as the arithmetic sees it.

    replicas: wanted (spec). available: of its pods. created: order of creation.
    annotated_desired, annotated_max: what the Deployment wanted, and at most allowed, when it last sized it; None unknown.
    """

    name: str
    replicas: int
    available: int = 0
    created: tuple[int, str] = (0, "")
    annotated_desired: int | None = None
    annotated_max: int | None = None


Sizes = dict[str, int]
"""New sizes by ReplicaSet; who is missing keeps its own."""


def reconcile_new(deployment: Deployment, new: Share, old: list[Share]) -> Sizes:
    """Let the new ReplicaSet grow as far as the surge allows, or shrink to what is wanted."""
    wanted = deployment.spec.replicas
    if new.replicas > wanted:
        return {new.name: wanted}
    size = new_replicas(deployment, new.replicas, new.replicas + sum(share.replicas for share in old))
    return {} if size == new.replicas else {new.name: size}


def reconcile_old(deployment: Deployment, new: Share | None, old: list[Share]) -> Sizes:
    """Let old ReplicaSets shrink as far as enough pods stay available: unhealthy pods first, since they cost nothing."""
    if not sum(share.replicas for share in old):
        return {}
    least = deployment.spec.replicas - max_unavailable(deployment)
    total = sum(share.replicas for share in old) + (new.replicas if new else 0)
    unavailable = new.replicas - new.available if new else 0
    most = total - least - unavailable
    if most <= 0:
        return {}
    sizes = cleanup_unhealthy(old, most)
    left = [replace(share, replicas=sizes.get(share.name, share.replicas)) for share in old]
    available = sum(share.available for share in old) + (new.available if new else 0)
    return {**sizes, **scale_down_old(deployment, left, available)}


def cleanup_unhealthy(old: list[Share], most: int) -> Sizes:
    """Take up to `most` unhealthy pods from the old ReplicaSets, the oldest first."""
    sizes: Sizes = {}
    for share in _oldest_first(old):
        if most <= 0:
            break
        fewer = min(most, share.replicas - share.available)
        if share.replicas and fewer > 0:
            sizes[share.name] = share.replicas - fewer
            most -= fewer
    return sizes


def scale_down_old(deployment: Deployment, old: list[Share], available: int) -> Sizes:
    """Take what is available beyond the least from the old ReplicaSets, the oldest first."""
    sizes: Sizes = {}
    spare = available - (deployment.spec.replicas - max_unavailable(deployment))
    for share in _oldest_first(old):
        if spare <= 0:
            break
        fewer = min(share.replicas, spare)
        if fewer:
            sizes[share.name] = share.replicas - fewer
            spare -= fewer
    return sizes


def _oldest_first(shares: list[Share]) -> list[Share]:
    return sorted(shares, key=lambda share: share.created)


def is_saturated(deployment: Deployment, new: Share | None) -> bool:
    """The new ReplicaSet has all that is wanted, and it is available."""
    wanted = deployment.spec.replicas
    return new is not None and new.annotated_desired == new.replicas == new.available == wanted


def active_or_latest(new: Share | None, old: list[Share]) -> Share | None:
    """The only ReplicaSet that has pods, or the newest when none has; None when several have."""
    active = [share for share in (*old, *([new] if new else [])) if share.replicas]
    if len(active) > 1:
        return None
    if active:
        return active[0]
    return new if new is not None else max(old, key=lambda share: share.created, default=None)


def scale(deployment: Deployment, new: Share | None, old: list[Share]) -> Sizes:
    """Sizes after the Deployment's own size changed: the only active ReplicaSet takes it all; else each its share."""
    wanted = deployment.spec.replicas
    only = active_or_latest(new, old)
    if only is not None:
        return {} if only.replicas == wanted else {only.name: wanted}
    if is_saturated(deployment, new):
        return {share.name: 0 for share in old if share.replicas}
    if deployment.spec.strategy.type != ROLLING_UPDATE:
        return {}
    return proportional(deployment, [*old, *([new] if new else [])])


def proportional(deployment: Deployment, shares: list[Share]) -> Sizes:
    """Spread the difference over all active ReplicaSets in proportion to their sizes; the largest gets what is left over."""
    active = [share for share in shares if share.replicas]
    wanted = deployment.spec.replicas
    allowed = wanted + max_surge(deployment) if wanted > 0 else 0
    to_add = allowed - sum(share.replicas for share in active)
    # Largest first; of equal ones the newer when growing, the older when shrinking.
    active.sort(key=lambda share: share.created, reverse=to_add > 0)
    active.sort(key=lambda share: share.replicas, reverse=True)
    sizes = {share.name: share.replicas for share in active}
    if not to_add or not active:
        return {}
    added = 0
    for share in active:
        part = _proportion(deployment, share, to_add, added)
        sizes[share.name] += part
        added += part
    largest = active[0].name
    sizes[largest] = max(0, sizes[largest] + to_add - added)
    return {share.name: sizes[share.name] for share in active if sizes[share.name] != share.replicas}


def _proportion(deployment: Deployment, share: Share, to_add: int, added: int) -> int:
    if to_add == added:
        return 0
    part = _fraction(deployment, share)
    return min(part, to_add - added) if to_add > 0 else max(part, to_add - added)


def _fraction(deployment: Deployment, share: Share) -> int:
    """By how much the ReplicaSet would change if its part of the whole stayed the same, rounded half away from nought."""
    wanted = deployment.spec.replicas
    if wanted == 0:
        return -share.replicas
    before = share.annotated_max or deployment.status.replicas
    if before == 0:
        return 0
    size = (2 * share.replicas * (wanted + max_surge(deployment)) + before) // (2 * before)
    return size - share.replicas
