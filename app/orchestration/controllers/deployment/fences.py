"""What a Deployment's strategy allows: how many pods more than wanted, and how many fewer.

Source: kubernetes/kubernetes, pkg/controller/deployment/util/deployment_util.go (ResolveFenceposts, MaxUnavailable,
MaxSurge, NewRSNewReplicas), apimachinery/pkg/util/intstr.
"""

from __future__ import annotations

from app.orchestration.objects.deployment import ROLLING_UPDATE, Deployment, IntOrPercent


def scaled_value(value: IntOrPercent | None, total: int, round_up: bool) -> int:
    """A count, or a share of `total`; None is nought.

    Raises: ValueError for a text that is no percentage.
    """
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    digits = value.removesuffix("%")
    if not value.endswith("%") or not (digits.isascii() and digits.removeprefix("-").isdigit()):
        raise ValueError("invalid value for IntOrString: invalid type: string is not a percentage")
    share = int(digits) * total
    return -(-share // 100) if round_up else share // 100


def resolve_fenceposts(
    max_surge: IntOrPercent | None, max_unavailable: IntOrPercent | None, replicas: int
) -> tuple[int, int]:
    """(surge, unavailable) in pods: surge rounds up, unavailable down; both nought would stop everything, so one may miss.

    Raises: ValueError for a text that is no percentage.
    """
    surge = scaled_value(max_surge, replicas, round_up=True)
    unavailable = scaled_value(max_unavailable, replicas, round_up=False)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def fences(deployment: Deployment) -> tuple[int, int]:
    """(surge, unavailable) in pods, as far as the strategy has them: none for Recreate."""
    spec = deployment.spec
    rolling = spec.strategy.rolling_update
    if spec.strategy.type != ROLLING_UPDATE or rolling is None:
        return 0, 0
    return resolve_fenceposts(rolling.max_surge, rolling.max_unavailable, spec.replicas)


def max_surge(deployment: Deployment) -> int:
    """How many pods more than wanted there may be."""
    return fences(deployment)[0]


def max_unavailable(deployment: Deployment) -> int:
    """How many of the wanted pods may be unavailable; never more than there are."""
    if deployment.spec.replicas == 0:
        return 0
    return min(fences(deployment)[1], deployment.spec.replicas)


def new_replicas(deployment: Deployment, new: int, total: int) -> int:
    """How large the new ReplicaSet may be, being `new` now, of `total` pods of all ReplicaSets."""
    wanted = deployment.spec.replicas
    if deployment.spec.strategy.type != ROLLING_UPDATE:
        return wanted
    room = wanted + max_surge(deployment) - total
    if room <= 0:
        return new
    return new + min(room, wanted - new)
