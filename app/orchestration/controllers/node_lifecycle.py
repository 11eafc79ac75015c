"""The node lifecycle controller: whose lease lapsed, what taints that gives, and whose time of toleration is over.

Source: kubernetes/kubernetes, pkg/controller/nodelifecycle/node_lifecycle_controller.go (monitorNodeHealth,
handleDisruption) and scheduler/taint_manager.go (getMinTolerationTime).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from app.orchestration.objects.node import NO_EXECUTE, NO_SCHEDULE, UNREACHABLE, Lease, Node, Taint
from app.orchestration.objects.pod import Pod, Toleration
from app.orchestration.operations import UpdateNode
from app.orchestration.scheduler.plugins.taint_toleration import tolerates
from app.orchestration.settings import KubeSettings
from app.vocabulary.ids import SECOND, Ballot


class Sighting(Struct):
    """What the present leader saw of a lease.

    renew_time: as last seen. since_us: silence counts from here: the last change, or when this leader began, or when a full
    disruption ended. changed_us: when this leader saw it change, or None.
    """

    renew_time: int
    since_us: int
    changed_us: int | None = None


class NodeLifecycle:
    """Judges nodes by their leases. Grace counts from when this leader last saw a lease change, so that a new leader after a
    long outage blames nobody; and when every node lapses at once the fault is likely the leader's own, so nothing
    is evicted.

    full:   every node has lapsed ("full disruption").
    stamps: when taints of this leader's own began, `time_added` (wall clock) -> monotonic clock. A toleration is a duration:
            a step of the wall clock must neither evict anybody nor keep anybody. Taints of others count from `led_us`.
    """

    def __init__(self, settings: KubeSettings, now_us: int) -> None:
        self.settings = settings
        self.led_us = now_us
        self.sightings: dict[str, Sighting] = {}
        self.full = False
        self.stamps: dict[int, int] = {}

    def saw(self, lease: Lease, now_us: int) -> None:
        """A lease as the store has it."""
        name, renew_time = lease.metadata.name, lease.spec.renew_time
        sighting = self.sightings.get(name)
        if sighting is None:
            self.sightings[name] = Sighting(renew_time, now_us)
        elif sighting.renew_time != renew_time:
            sighting.renew_time, sighting.since_us, sighting.changed_us = renew_time, now_us, now_us

    def disruption_changed(self, nodes: Iterable[Node], now_us: int) -> bool:
        """Look whether all nodes are silent. True when that changed."""
        silent = [
            self._lapsed(node, now_us) or (not node.ready and not self._alive(node, now_us)) for node in nodes
        ]
        full = bool(silent) and all(silent)
        if full == self.full:
            return False
        self.full = full
        if not full:
            # As Kubernetes does: who is still silent gets a whole grace from now.
            for sighting in self.sightings.values():
                sighting.since_us = now_us
        return True

    def judge(self, node: Node, now_us: int, ballot: Ballot, wall_us: int) -> UpdateNode | None:
        """The write that brings the node's condition and taints up to date, if they are not.

        wall_us: the time to stamp it with.
        """
        if node.ready:
            unreachable = self._lapsed(node, now_us)
        else:
            unreachable = not self._alive(node, now_us)
        taints = self._taints(node, unreachable, now_us, wall_us)
        if unreachable == (not node.ready) and taints == node.spec.taints:
            return None
        ready, reason = ("Unknown", "NodeStatusUnknown") if unreachable else ("True", "KubeletReady")
        return UpdateNode(
            node.metadata.name, node.metadata.resource_version, ready, reason, taints, wall_us, ballot
        )

    def _taints(self, node: Node, unreachable: bool, now_us: int, wall_us: int) -> tuple[Taint, ...]:
        others = tuple(taint for taint in node.spec.taints if taint.key != UNREACHABLE)
        if not unreachable:
            return others
        old = {taint.effect: taint for taint in node.spec.taints if taint.key == UNREACHABLE}
        wanted = [NO_SCHEDULE]
        if not self.full and (NO_EXECUTE in old or self._lapsed(node, now_us)):
            wanted.append(NO_EXECUTE)
        managed = (old.get(effect) or Taint(UNREACHABLE, effect, time_added=wall_us) for effect in wanted)
        if any(effect not in old for effect in wanted):
            self.stamps[wall_us] = now_us
        return (*others, *managed)

    def _lapsed(self, node: Node, now_us: int) -> bool:
        sighting = self.sightings.get(node.metadata.name)
        return sighting is not None and now_us - sighting.since_us > self.settings.grace_us

    def _alive(self, node: Node, now_us: int) -> bool:
        """This leader saw the lease change, and not too long ago."""
        sighting = self.sightings.get(node.metadata.name)
        if sighting is None or sighting.changed_us is None:
            return False
        return now_us - sighting.changed_us <= self.settings.grace_us

    def due(self, pod: Pod, node: Node, now_us: int) -> bool:
        """Whether the pod has tolerated its node's taints for as long as it does."""
        taints = [taint for taint in node.spec.taints if taint.effect == NO_EXECUTE]
        if not taints or pod.finished or pod.terminating:
            return False
        delay_us = eviction_delay_us(pod.spec.tolerations, taints)
        if delay_us is None:
            return False
        since_us = max(self.stamps.get(taint.time_added or 0, self.led_us) for taint in taints)
        return now_us >= since_us + delay_us


def eviction_delay_us(tolerations: tuple[Toleration, ...], taints: list[Taint]) -> int | None:
    """How long a pod stays on a node with these NoExecute taints: 0 if it does not tolerate one of them, None for ever."""
    used: list[Toleration] = []
    for taint in taints:
        matching = [toleration for toleration in tolerations if tolerates(toleration, taint)]
        if not matching:
            return 0
        used += matching
    return min_toleration_us(used)


def min_toleration_us(tolerations: list[Toleration]) -> int | None:
    """The shortest of the times; none given at all: for ever (None); no toleration at all: 0. Negative times are 0."""
    if not tolerations:
        return 0
    limited = [
        toleration.toleration_seconds
        for toleration in tolerations
        if toleration.toleration_seconds is not None
    ]
    return max(0, min(limited)) * SECOND if limited else None
