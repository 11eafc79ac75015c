"""The pools and what they have: which there are, what a node of one would be like, which nodes are there or on their way."""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.controllers.base import Look
from app.orchestration.objects.meta import Condition, ObjectMeta
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import (
    HOSTNAME_LABEL,
    READY,
    ZONE_LABEL,
    Node,
    NodeSpec,
    NodeStatus,
    Taint,
    offered,
)
from app.orchestration.objects.node_claim import ClaimSpec, NodeClaim
from app.orchestration.objects.node_pool import ClusterAutoscaler, NodePool, PoolSpec
from app.orchestration.operations import CreateObject, PatchObject
from app.orchestration.settings import KubeSettings
from app.orchestration.settings import NodePool as PoolSetting
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

NAME = "default"
"""Of the one ClusterAutoscaler."""
HOME, INSTALLED = "kube-system", "sim/node-pools"
"""The annotation of this namespace that says that the scenario's pools have been made, lest a deleted one comes again."""


class Options(Struct, frozen=True):
    """The autoscaler's flags in force; see `AutoscalerOptions`."""

    expander: str
    percent: int
    unneeded_us: int
    delay_us: int
    scan_us: int
    scale_down: bool


def options_of(store: ObjectStore, settings: KubeSettings) -> Options:
    """What was asked for, and the scenario's own where nothing was."""
    thing: ClusterAutoscaler | None = store.get(ClusterAutoscaler.KIND, NAME)
    spec = (thing or ClusterAutoscaler(ObjectMeta(NAME))).spec
    return Options(
        spec.expander,
        spec.utilization_percent or settings.scale_down_percent,
        spec.unneeded_us or settings.scale_down_us,
        spec.delay_us or settings.scale_down_delay_us,
        spec.scan_us or settings.scale_scan_us,
        not spec.scale_down_disabled,
    )


def installed(look: Look) -> list[Operation]:
    """The pools that the scenario names become objects, once."""
    space: Namespace | None = look.store.namespaces.get(HOME)
    if not look.settings.node_pools or (space is not None and INSTALLED in space.metadata.annotations):
        return []
    return [
        *(CreateObject(pool_from(pool), look.now_us) for pool in look.settings.node_pools),
        PatchObject(Namespace.KIND, HOME, look.now_us, annotations={INSTALLED: "made"}),
    ]


def pool_from(setting: PoolSetting) -> NodePool:
    """A pool as a scenario or a command describes it."""
    taints = tuple(Taint(key, effect, value) for key, value, effect in setting.taints)
    spec = PoolSpec(
        setting.min, setting.max, setting.cpu_milli, setting.memory_mib, setting.gpu, setting.zone, setting.labels,
        taints, setting.boot_us, setting.priority, setting.extended,
    )  # fmt: skip
    return NodePool(ObjectMeta(setting.name, uid=f"pool-{setting.name}"), spec)


def pools_of(store: ObjectStore) -> list[NodePool]:
    """All pools, the oldest first."""
    pools: dict[str, NodePool] = store.objects[NodePool.KIND]
    return list(pools.values())


def claims_of(store: ObjectStore, pool: str) -> list[NodeClaim]:
    """The claims of a pool, by name."""
    return [claim for claim in all_claims(store) if claim.spec.pool == pool]


def all_claims(store: ObjectStore) -> list[NodeClaim]:
    """The claims of all pools, those that are no more included, by name."""
    claims: dict[str, NodeClaim] = store.objects[NodeClaim.KIND]
    return [claims[name] for name in sorted(claims)]


def last_number(store: ObjectStore, pool: NodePool) -> int:
    """The highest number that a node of the pool has or had. The status forgets none, but may not know the newest yet."""
    numbers = [claim.key.removeprefix(f"{pool.key}-") for claim in claims_of(store, pool.key)]
    return max(pool.status.made, *map(int, numbers), 0)


def next_name(store: ObjectStore, pool: NodePool, ahead: int = 0) -> str:
    """What the next node of the pool is called, after `ahead` others that are about to be asked for.

    A machine that somebody added by hand under such a name keeps it.
    """
    number = last_number(store, pool)
    while True:
        number += 1
        name = f"{pool.key}-{number}"
        if name in store.nodes:
            continue
        if ahead == 0:
            return name
        ahead -= 1


def claim_for(pool: NodePool, name: str) -> NodeClaim:
    """One more node of the pool."""
    wanted = pool.spec
    spec = ClaimSpec(
        pool.key, wanted.zone, wanted.cpu_milli, wanted.memory_mib, wanted.gpu, wanted.labels, wanted.taints,
        wanted.boot_us, wanted.extended,
    )  # fmt: skip
    return NodeClaim(ObjectMeta(name, uid=f"claim-{name}"), spec)


def template(claim: NodeClaim, settings: KubeSettings) -> Node:
    """The node that a claim will give."""
    spec, name = claim.spec, claim.key
    labels = {HOSTNAME_LABEL: name, **spec.labels}
    if spec.zone:
        labels[ZONE_LABEL] = spec.zone
    amounts = offered(spec.cpu_milli, spec.memory_mib, spec.gpu, settings.pods_per_node, spec.extended)
    status = NodeStatus(amounts, (Condition(READY, "True"),), amounts)
    return Node(ObjectMeta(name, uid=f"node-{name}", labels=labels), NodeSpec(taints=spec.taints), status)
