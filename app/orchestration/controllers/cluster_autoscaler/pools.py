"""The nodes of a pool: what one would be like, which there are, and which are on their way."""

from __future__ import annotations

from app.orchestration.objects.meta import Condition, ObjectMeta
from app.orchestration.objects.node import (
    HOSTNAME_LABEL,
    READY,
    ZONE_LABEL,
    Node,
    NodeSpec,
    NodeStatus,
    Taint,
)
from app.orchestration.objects.node_claim import ClaimSpec, NodeClaim
from app.orchestration.objects.quantity import CPU, GPU, MEMORY, PODS, format_mib, format_milli
from app.orchestration.settings import KubeSettings, NodePool
from app.orchestration.store import ObjectStore


def claims_of(store: ObjectStore, pool: str) -> list[NodeClaim]:
    """The claims of a pool, by name."""
    claims: dict[str, NodeClaim] = store.objects[NodeClaim.KIND]
    return [claims[name] for name in sorted(claims) if claims[name].spec.pool == pool]


def claim_for(pool: NodePool, name: str) -> NodeClaim:
    """One more node of the pool."""
    taints = tuple(Taint(key, effect, value) for key, value, effect in pool.taints)
    spec = ClaimSpec(
        pool.name, pool.zone, pool.cpu_milli, pool.memory_mib, pool.gpu, pool.labels, taints, pool.boot_us
    )
    return NodeClaim(ObjectMeta(name, uid=f"claim-{name}"), spec)


def template(claim: NodeClaim, settings: KubeSettings) -> Node:
    """The node that a claim will give."""
    spec, name = claim.spec, claim.key
    labels = {HOSTNAME_LABEL: name, **spec.labels}
    if spec.zone:
        labels[ZONE_LABEL] = spec.zone
    offered = {
        CPU: format_milli(spec.cpu_milli),
        MEMORY: format_mib(spec.memory_mib),
        PODS: str(settings.pods_per_node),
    }
    if spec.gpu:
        offered[GPU] = str(spec.gpu)
    status = NodeStatus(offered, (Condition(READY, "True"),), offered)
    return Node(ObjectMeta(name, uid=f"node-{name}", labels=labels), NodeSpec(taints=spec.taints), status)
