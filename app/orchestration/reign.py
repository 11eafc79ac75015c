"""What a leader's control plane remembers while it leads. All of it can be built again from the store."""

from __future__ import annotations

from typing import Any

from app.orchestration.controllers.base import Controller, Usage
from app.orchestration.hardware import Hardware
from app.orchestration.losses import Losses
from app.orchestration.messages import KubeletSync
from app.orchestration.node_watch import NodeWatch
from app.orchestration.notices import Notices
from app.orchestration.objects.meta import KubeObject
from app.orchestration.scheduler.configuration import Configuration
from app.orchestration.scheduler.driver import SchedulerDriver
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.orchestration.tally import Tallies
from app.orchestration.work import WorkQueue
from app.orchestration.writes import Writes
from app.vocabulary.base import Moment
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Chance


class Reign:
    """From `on_lead` to `on_step_down`.

    known:  the objects as everybody here has heard of them, by kind and key. writes: own writes on their way.
    work:   the controllers' queue. memory: what each of them remembers.
    usage:  what pods use, as their kubelets said last; a metrics server, kept in memory like Kubernetes' own.
    tallies: the pods of ReplicaSets, counted. losses: pods that nothing stands in for yet.
    """

    def __init__(
        self,
        at: Moment,
        ballot: Ballot,
        store: ObjectStore,
        settings: KubeSettings,
        configuration: Configuration,
        chance: Chance | None,
        controllers: tuple[Controller, ...],
    ) -> None:
        self.ballot = ballot
        self.known: dict[str, dict[str, KubeObject]] = {
            kind: dict(table) for kind, table in store.objects.items()
        }
        self.writes = Writes()
        self.driver = SchedulerDriver(store, settings, configuration, ballot, chance)
        self.driver.start(at)
        self.nodes = NodeWatch(store, settings, ballot, at)
        self.notices = Notices(store)
        self.hardware = Hardware(store)
        self.work = WorkQueue(controllers)
        self.memory: dict[str, dict[str, Any]] = {}
        self.usage: dict[str, Usage] = {}
        self.tallies = Tallies(store.pods.values())
        self.losses = Losses(store.pods.values(), store.events.values())
        for kind in self.work.watching:
            for thing in list(store.objects[kind].values()):
                self.work.changed(store, kind, None, thing, at.cause)

    def used(self, message: KubeletSync) -> None:
        """A kubelet says what its pods use."""
        for key in message.pods:
            self.usage.pop(key, None)
        for key, (cpu_milli, memory_bytes) in message.usage.items():
            self.usage[key] = Usage(cpu_milli, memory_bytes)
