"""The descheduler: evicts pods that would be better off elsewhere, and says why. Off unless somebody asks for it.

Its strategies are those of the setting `descheduler`, or of the annotation `sim/descheduler` of the namespace kube-system.

Source: kubernetes-sigs/descheduler, README.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.orchestration.controllers.base import NORMAL, NOTHING, Look, Note, Plan
from app.orchestration.controllers.descheduler.strategies import STRATEGIES, Eviction
from app.orchestration.controllers.what_if import WhatIf, as_new
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import EvictPod
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

HOME = "kube-system"
STRATEGIES_WORD = "sim/descheduler"
"""Annotation of the namespace kube-system: the strategies that are on, with commas between; "" none."""
SOURCE = "descheduler"


def switched_on(store: ObjectStore, settings: KubeSettings) -> tuple[str, ...]:
    """The strategies in force."""
    space = store.namespaces.get(HOME)
    text = None if space is None else space.metadata.annotations.get(STRATEGIES_WORD)
    if text is None:
        return tuple(name for name in settings.descheduler if name in STRATEGIES)
    return tuple(name for name in text.split(",") if name in STRATEGIES)


class Descheduler:
    """One key for the whole cluster, looked at every `deschedule_us` while a strategy is on. memory: "next"."""

    name = "descheduler"
    watches: tuple[str, ...] = (Namespace.KIND,)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        return (HOME,) if thing.key == HOME else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        names = switched_on(look.store, look.settings)
        if not names:
            return NOTHING
        due_us = look.memory.get("next", look.mono_us)
        if look.mono_us < due_us:
            return Plan(wake_us=look.now_us + due_us - look.mono_us)
        look.memory["next"] = look.mono_us + look.settings.deschedule_us
        chosen: dict[str, Operation] = {}
        for name in names:
            for eviction in STRATEGIES[name](look.store, look.settings):
                if len(chosen) >= look.settings.deschedule_max:
                    break
                pod = eviction.pod
                if pod.key not in chosen and fits_elsewhere(look.store, pod):
                    chosen[pod.key] = _evict(name, eviction, look.now_us)
        return Plan(tuple(chosen.values()), look.now_us + look.settings.deschedule_us)


def fits_elsewhere(store: ObjectStore, pod: Pod) -> bool:
    """Another node would take it now (nodeFit)."""
    cluster = WhatIf(store, without=[pod.spec.node_name], moved=[pod.key])
    return cluster.home(as_new(pod), cluster.nodes) is not None


def _evict(strategy: str, eviction: Eviction, now_us: int) -> Operation:
    pod = eviction.pod
    message = f"pod evicted from {pod.spec.node_name} node by the descheduler: {eviction.why}"
    note = Note(Pod.KIND, pod.key, NORMAL, strategy, message, SOURCE)
    return EvictPod(pod.key, now_us, "", pod.metadata.uid, (note,))


__all__ = ["STRATEGIES", "STRATEGIES_WORD", "Descheduler", "switched_on"]
