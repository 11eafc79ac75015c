"""What the leader asks of whoever owns the hardware: a machine for each NodeClaim. Asking twice is the same as once."""

from __future__ import annotations

from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node_claim import REMOVING, NodeClaim
from app.orchestration.store import ObjectStore
from app.vocabulary.effects import AddMachine, Effect, RemoveMachine


class Hardware:
    """waiting: claims to be acted on. A new leader asks again for all of them: the last one may not have got round to it."""

    def __init__(self, store: ObjectStore) -> None:
        self.waiting: dict[str, NodeClaim] = dict(store.objects[NodeClaim.KIND])

    def changed(self, new: KubeObject | None) -> None:
        """An object was stored."""
        if type(new) is NodeClaim:
            self.waiting[new.key] = new

    def take(self) -> list[Effect]:
        """What to ask for now."""
        effects = [asked_for(claim) for claim in self.waiting.values()]
        self.waiting.clear()
        return effects


def asked_for(claim: NodeClaim) -> Effect:
    """A claim's machine: to be there, or not to be any more."""
    spec = claim.spec
    if claim.status.phase == REMOVING:
        return RemoveMachine(claim.key)
    return AddMachine(
        claim.key,
        spec.zone,
        spec.cpu_milli,
        spec.memory_mib,
        spec.gpu,
        tuple(sorted(spec.labels.items())),
        tuple((taint.key, taint.value, taint.effect) for taint in spec.taints),
        spec.pool,
        spec.boot_us,
        tuple(sorted(spec.extended.items())),
    )
