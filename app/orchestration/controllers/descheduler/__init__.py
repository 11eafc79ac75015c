"""The descheduler: evicts pods that would be better off elsewhere, and says why. Off unless somebody asks for it.

Its policy is the object DeschedulerPolicy `default`, or the scenario's settings while there is none.

Source: kubernetes-sigs/descheduler, README.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from app.orchestration.controllers.base import NORMAL, NOTHING, Look, Note, Plan
from app.orchestration.controllers.cluster_autoscaler.down import budget_forbids
from app.orchestration.controllers.descheduler.evictable import Eviction
from app.orchestration.controllers.descheduler.policy import NAME, RESOURCES, Policy, policy_of
from app.orchestration.controllers.descheduler.strategies import STRATEGIES
from app.orchestration.controllers.what_if import WhatIf, as_new
from app.orchestration.objects.descheduler_policy import DeschedulerPolicy, PolicyStatus
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import RUNNING, Pod
from app.orchestration.operations import EvictPod, UpdateStatus
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

SOURCE = "descheduler"
LIMIT = "maximum number of evicted pods per a descheduling cycle reached"


class Descheduler:
    """One key for the whole cluster, looked at every interval while a strategy is on. memory: "next"."""

    name = "descheduler"
    watches: tuple[str, ...] = (DeschedulerPolicy.KIND,)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        return (NAME,)

    def reconcile(self, look: Look, key: str) -> Plan:
        store, memory = look.store, look.memory
        policy = policy_of(store, look.settings)
        asked: DeschedulerPolicy | None = store.get(DeschedulerPolicy.KIND, NAME)
        wanted = asked is not None and asked.status.asked_us != asked.spec.asked_us
        if not wanted and (not policy.names or (asked is not None and asked.spec.once)):
            return NOTHING
        if asked is not None and not policy.names:
            # It is switched off: what it last did stands.
            status = replace(asked.status, asked_us=asked.spec.asked_us)
            return Plan((UpdateStatus(DeschedulerPolicy.KIND, NAME, "", status, look.now_us),))
        due_us = memory.get("next", look.mono_us)
        if look.mono_us < due_us and not wanted:
            return Plan(wake_us=look.now_us + due_us - look.mono_us)
        memory["next"] = look.mono_us + policy.interval_us
        cycle = Cycle(look, policy)
        cycle.run()
        writes: list[Operation] = list(cycle.evictions.values())
        said = tuple(cycle.said)
        if asked is not None and (wanted or writes or said != asked.status.said):
            imbalance, jain = evenness(store)
            status = PolicyStatus(
                asked.spec.asked_us,
                look.now_us,
                len(writes),
                said,
                imbalance_milli=imbalance,
                jain_milli=jain,
            )
            writes.append(UpdateStatus(DeschedulerPolicy.KIND, NAME, "", status, look.now_us))
        return Plan(tuple(writes), look.now_us + policy.interval_us)


class Cycle:
    """One look by all strategies. said: one sentence for each of them."""

    def __init__(self, look: Look, policy: Policy) -> None:
        self.look, self.policy = look, policy
        self.evictions: dict[str, Operation] = {}
        self.said: list[str] = []

    def run(self) -> None:
        """Find whom to evict."""
        for name in self.policy.names:
            self.said.append(f"{name}: {self._strategy(name)}")

    def _strategy(self, name: str) -> str:
        """The evictions of one strategy, and what is to be said of them."""
        store = self.look.store
        evicted, said, stuck, kept = 0, "", 0, 0
        for found in STRATEGIES[name](store, self.policy):
            if type(found) is not Eviction:
                said = found.why
                continue
            if len(self.evictions) >= self.policy.evictions_max:
                said = LIMIT
                break
            pod = found.pod
            if pod.key in self.evictions:
                continue
            if budget_forbids(store, pod):
                kept += 1
            elif not fits_elsewhere(store, pod):
                stuck += 1
            else:
                self.evictions[pod.key] = _evict(name, found, self.look.now_us)
                evicted += 1
        counts = ((evicted, "evicted"), (stuck, "would fit on no other node"), (kept, "kept by a budget"))
        parts = [f"{count} {'pod' if count == 1 else 'pods'} {what}" for count, what in counts if count]
        return "; ".join([*parts, *([said] if said else [])]) or "no pod is where it should not be"


def fits_elsewhere(store: ObjectStore, pod: Pod) -> bool:
    """Another node would take it now (nodeFit)."""
    cluster = WhatIf(store, without=[pod.spec.node_name], moved=[pod.key])
    return cluster.home(as_new(pod), cluster.nodes) is not None


def evenness(store: ObjectStore) -> tuple[int, int]:
    """Running pods over ready nodes: most over mean, and Jain's index, both x 1,000; -1 where there are none."""
    counts = [
        sum(pod.status.phase == RUNNING for pod in store.pods_on(name))
        for name, node in store.nodes.items()
        if node.ready
    ]
    total = sum(counts)
    if not total:
        return -1, -1
    return (
        max(counts) * len(counts) * 1000 // total,
        1000 * total * total // (len(counts) * sum(count * count for count in counts)),
    )


def _evict(strategy: str, eviction: Eviction, now_us: int) -> Operation:
    pod = eviction.pod
    message = f"pod evicted from {pod.spec.node_name} node by the descheduler: {eviction.why}"
    note = Note(Pod.KIND, pod.key, NORMAL, strategy, message, SOURCE)
    return EvictPod(pod.key, now_us, "", pod.metadata.uid, (note,))


__all__ = ["NAME", "RESOURCES", "STRATEGIES", "Descheduler", "policy_of"]
