"""Scaling down: each node of a pool is judged, what is unneeded for long enough is condemned, emptied and taken away.

Source: kubernetes/autoscaler, cluster-autoscaler/core/scaledown/{eligibility,unneeded,actuation}.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers.base import NORMAL, Look, Note
from app.orchestration.controllers.cluster_autoscaler import down
from app.orchestration.controllers.cluster_autoscaler.pools import (
    Options,
    all_claims,
    claims_of,
    last_number,
    pools_of,
)
from app.orchestration.objects.node import NO_SCHEDULE, PREFER_NO_SCHEDULE, Node
from app.orchestration.objects.node_claim import BOOTING, READY, REMOVING, ClaimStatus, NodeClaim
from app.orchestration.objects.node_pool import (
    LEAVING,
    NEEDED,
    NODES_SHOWN,
    UNNEEDED,
    NodePool,
    PoolNode,
    PoolStatus,
)
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import EvictPod, PatchObject, UpdateStatus
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND

SOURCE = "cluster-autoscaler"
TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
"""Taint of a node that is on its way out."""
CANDIDATE = "DeletionCandidateOfClusterAutoscaler"
"""Taint of a node that is unneeded, and may be needed again."""
BULK_MAX = 10
"""Empty nodes that go together (--max-empty-bulk-delete); those with pods go one after another."""


class Candidate(Struct):
    """An unneeded node that has been so for long enough. pods: what would have to move."""

    pool: NodePool
    node: Node
    pods: list[Pod]
    idle_us: int


class Review:
    """One look at all nodes of all pools. calm: none was asked for in this look, so that some may go."""

    def __init__(self, look: Look, options: Options, calm: bool) -> None:
        self.look, self.store, self.options = look, look.store, options
        self.leaving = [name for name in sorted(self.store.nodes) if leaves(self.store.nodes[name])]
        rested_us = look.mono_us - look.memory.get("added", -options.delay_us)
        self.ready = calm and options.scale_down and rested_us >= options.delay_us
        self.before: dict[str, int] = look.memory.get("unneeded", {})
        self.unneeded: dict[str, int] = {}
        self.staying: dict[str, int] = {}
        self.rows: dict[str, dict[str, PoolNode]] = {}
        self.candidates: list[Candidate] = []
        self.writes: list[Operation] = []

    def run(self) -> list[Operation]:
        """What is to be written."""
        for pool in pools_of(self.store):
            self._pool(pool)
        pools = self.store.objects[NodePool.KIND]
        for claim in all_claims(self.store):
            if claim.spec.pool not in pools and claim.status.phase != REMOVING:
                self._orphan(claim)
        self._choose()
        for pool in pools_of(self.store):
            self._tell(pool)
        self.look.memory["unneeded"] = self.unneeded
        return self.writes

    def _pool(self, pool: NodePool) -> None:
        claims = claims_of(self.store, pool.key)
        self.staying[pool.key] = len(claims) - sum(_is_leaving(self.store, claim) for claim in claims)
        rows = self.rows[pool.key] = {}
        for claim in claims:
            row = rows[claim.key] = self._judged(pool, claim, self.staying[pool.key])
            node = self.store.nodes.get(claim.key)
            if row.state == LEAVING and claim.status.phase == READY:
                self.writes += empty(self.look, claim)
            elif node is not None:
                self._mark(pool, node, row.state == UNNEEDED)

    def _mark(self, pool: NodePool, node: Node, unneeded: bool) -> None:
        """Remember since when a node is unneeded; the scheduler is to prefer others until it is needed again."""
        marked = any(taint.key == CANDIDATE for taint in node.spec.taints)
        if marked != unneeded:
            taint = (CANDIDATE, "", PREFER_NO_SCHEDULE if unneeded else f"{PREFER_NO_SCHEDULE}-")
            self.writes.append(PatchObject(Node.KIND, node.key, self.look.now_us, taints=(taint,)))
        if unneeded:
            now_us = self.look.mono_us
            idle_us = now_us - self.unneeded.setdefault(node.key, self.before.get(node.key, now_us))
            if self.ready and idle_us >= self.options.unneeded_us:
                self.candidates.append(Candidate(pool, node, down.to_move(self.store, node.key), idle_us))

    def _choose(self) -> None:
        """Empty nodes go first, and together; then those with pods, one after another."""
        empties = [it for it in self.candidates if not it.pods]
        if not any(down.to_move(self.store, name) for name in self.leaving):
            for candidate in empties[: BULK_MAX - len(self.leaving)]:
                self._condemn(candidate)
        full = [it for it in self.candidates if it.pods]
        if full and not empties and not self.leaving:
            self._condemn(full[0])

    def _tell(self, pool: NodePool) -> None:
        """The pool's status says what is thought of its nodes."""
        rows = list(self.rows[pool.key].values())
        known = {(row.name, row.state): row.since_us for row in pool.status.nodes}
        shown = [
            replace(row, since_us=known.get((row.name, row.state), self.look.now_us))
            for row in rows[:NODES_SHOWN]
        ]
        status = PoolStatus(len(rows), tuple(shown), last_number(self.store, pool))
        if status != pool.status:
            self.writes.append(UpdateStatus(NodePool.KIND, pool.key, "", status, self.look.now_us))

    def _judged(self, pool: NodePool, claim: NodeClaim, staying: int) -> PoolNode:
        """What is to be thought of a node; `since_us` is for later."""
        name, node = claim.key, self.store.nodes.get(claim.key)
        if claim.status.phase == REMOVING:
            return PoolNode(name, LEAVING, "its machine is taken away")
        if claim.status.phase == BOOTING or node is None:
            return PoolNode(name, BOOTING, "its machine comes up")
        if leaves(node):
            count = len(down.to_move(self.store, name))
            return PoolNode(name, LEAVING, f"pods still to be evicted: {count}")
        percent, percents = down.utilisation(self.store, node)
        shares = ", ".join(f"{resource} {share}%" for resource, share in percents.items())
        if percent >= self.options.percent:
            return PoolNode(name, NEEDED, f"utilization: {shares} (threshold {self.options.percent}%)")
        if staying <= pool.spec.min:
            return PoolNode(
                name, NEEDED, f"node group min size reached (current: {staying}, min: {pool.spec.min})"
            )
        held = down.held_by(self.store, name, self.leaving)
        if held:
            return PoolNode(name, NEEDED, held)
        return PoolNode(name, UNNEEDED, f"utilization: {shares} (threshold {self.options.percent}%)")

    def _condemn(self, candidate: Candidate) -> None:
        """It goes, unless its pool would have too few then."""
        pool, node = candidate.pool, candidate.node
        if self.staying[pool.key] <= pool.spec.min:
            return
        self.staying[pool.key] -= 1
        self.leaving.append(node.key)
        row = self.rows[pool.key][node.key]
        self.rows[pool.key][node.key] = replace(row, state=LEAVING)
        why = f"{row.why}, unneeded for {candidate.idle_us // SECOND}s"
        if candidate.pods:
            moved = ", ".join(pod.key for pod in candidate.pods)
            message = f"Scale-down: removing node {node.key}, {why}, pods to reschedule: {moved}"
            self.writes.append(condemned(self.look, node, "ScaleDown", message))
        else:
            message = f"Scale-down: removing empty node {node.key}, {why}"
            self.writes.append(condemned(self.look, node, "ScaleDownEmpty", message))

    def _orphan(self, claim: NodeClaim) -> None:
        """A node whose pool was deleted goes, whatever it runs."""
        node = self.store.nodes.get(claim.key)
        if node is None:
            self.writes.append(status_of(claim, REMOVING, self.look.now_us))
        elif leaves(node):
            self.writes += empty(self.look, claim)
        else:
            message = f"Scale-down: removing node {claim.key}, its node pool {claim.spec.pool} was deleted"
            self.writes.append(condemned(self.look, node, "ScaleDown", message))


def condemned(look: Look, node: Node, reason: str, message: str) -> Operation:
    """Nothing new goes there; what is there will be evicted."""
    note = Note(Node.KIND, node.key, NORMAL, reason, message, SOURCE)
    return PatchObject(
        Node.KIND, node.key, look.now_us, taints=((TO_BE_DELETED, "", NO_SCHEDULE),), notes=(note,)
    )


def empty(look: Look, claim: NodeClaim) -> list[Operation]:
    """Evict what is left on a condemned node; take the machine away when nothing is."""
    pods = down.to_move(look.store, claim.key)
    stopping = [
        pod
        for pod in look.store.pods_on(claim.key)
        if pod.terminating and not pod.finished and not down.of_daemon_set(pod)
    ]
    if not pods and not stopping:
        note = Note(Node.KIND, claim.key, NORMAL, "ScaleDown", "node removed by cluster autoscaler", SOURCE)
        return [status_of(claim, REMOVING, look.now_us, (note,))]
    return [
        EvictPod(
            pod.key,
            look.now_us,
            "",
            pod.metadata.uid,
            (Note(Pod.KIND, pod.key, NORMAL, "ScaleDown", "deleting pod for node scale down", SOURCE),),
        )
        for pod in pods
    ]


def leaves(node: Node) -> bool:
    """It is condemned."""
    return any(taint.key == TO_BE_DELETED for taint in node.spec.taints)


def _is_leaving(store: ObjectStore, claim: NodeClaim) -> bool:
    node = store.nodes.get(claim.key)
    return claim.status.phase == REMOVING or (node is not None and leaves(node))


def status_of(claim: NodeClaim, phase: str, now_us: int, notes: tuple[Note, ...] = ()) -> Operation:
    """The claim is in another phase now."""
    status = replace(claim.status, phase=phase) if claim.status else ClaimStatus(phase)
    return UpdateStatus(NodeClaim.KIND, claim.key, claim.metadata.resource_version, status, now_us, notes)
