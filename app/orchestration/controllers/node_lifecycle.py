"""The node lifecycle controller: whose lease lapsed, what taints that gives, and whose time of toleration is over.

Source: kubernetes/kubernetes, pkg/controller/nodelifecycle/node_lifecycle_controller.go (monitorNodeHealth,
handleDisruption, ComputeZoneState, doNoScheduleTaintingPass, doNoExecuteTaintingPass) and
pkg/controller/tainteviction/taint_eviction.go (getMinTolerationTime).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from app.orchestration.objects.event import NORMAL, Note
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.node import (
    DISK_PRESSURE,
    DISK_PRESSURE_TAINT,
    MEMORY_PRESSURE,
    MEMORY_PRESSURE_TAINT,
    NO_EXECUTE,
    NO_SCHEDULE,
    NOT_READY,
    PID_PRESSURE,
    PID_PRESSURE_TAINT,
    READY,
    UNREACHABLE,
    UNSCHEDULABLE,
    ZONE_LABEL,
    Lease,
    Node,
    Taint,
)
from app.orchestration.objects.pod import Pod, Toleration
from app.orchestration.operations import UpdateNode
from app.orchestration.scheduler.plugins.taint_toleration import tolerates
from app.orchestration.settings import KubeSettings
from app.vocabulary.ids import SECOND, Ballot

NORMAL_ZONE, PARTIAL, FULL = "Normal", "PartialDisruption", "FullDisruption"
UNHEALTHY_PERCENT = 55
NEVER_POSTED = -1
CONTROLLER = "node-controller"
CONDITION_TAINTS = {
    MEMORY_PRESSURE: MEMORY_PRESSURE_TAINT,
    DISK_PRESSURE: DISK_PRESSURE_TAINT,
    PID_PRESSURE: PID_PRESSURE_TAINT,
}
"""Condition that is true -> the taint (NoSchedule) that it brings."""
READY_TAINTS = {"False": NOT_READY, "Unknown": UNREACHABLE}
"""Ready's status -> the taint that it brings, NoSchedule at once and NoExecute as fast as the zone's limit allows."""
MANAGED = (*CONDITION_TAINTS.values(), *READY_TAINTS.values(), UNSCHEDULABLE)


def zone_state(ready: int, silent: int) -> str:
    """How a zone fares (ComputeZoneState)."""
    if not ready and silent:
        return FULL
    if silent > 2 and 100 * silent >= UNHEALTHY_PERCENT * (ready + silent):
        return PARTIAL
    return NORMAL_ZONE


class Sighting(Struct):
    """What the present leader saw of a lease.

    renew_time: as last seen; NEVER_POSTED: there is a Node, and no lease. since_us: silence counts from here: the last
    change, or when this leader began, or when a full disruption ended. changed_us: when this leader saw it change, or None.
    """

    renew_time: int
    since_us: int
    changed_us: int | None = None


class NodeLifecycle:
    """Judges nodes by their leases. Grace counts from when this leader last saw a lease change, so that a new leader after a
    long outage blames nobody; and when every node lapses at once the fault is likely the leader's own, so nothing
    is evicted.

    full:   every node has lapsed ("full disruption"). zones: the state of each.
    marked: silent nodes whose pods may be evicted. next_us: when the next node of a zone may be marked.
    stamps: when taints of this leader's own began, `time_added` (wall clock) -> monotonic clock. A toleration is a duration:
            a step of the wall clock must neither evict anybody nor keep anybody. Taints of others count from `led_us`.
    """

    def __init__(self, settings: KubeSettings, now_us: int) -> None:
        self.settings = settings
        self.led_us = now_us
        self.sightings: dict[str, Sighting] = {}
        self.full = False
        self.zones: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.marked: dict[str, None] = {}
        self.next_us: dict[str, int] = {}
        self.stamps: dict[int, int] = {}

    def saw_node(self, name: str, now_us: int) -> None:
        """There is a Node; its kubelet has a while to post for the first time."""
        self.sightings.setdefault(name, Sighting(NEVER_POSTED, now_us))

    def forget(self, name: str) -> None:
        """The Node is gone."""
        self.sightings.pop(name, None)
        self.marked.pop(name, None)

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
        tally: dict[str, list[int]] = {}
        for node in nodes:
            silent = self._lapsed(node, now_us) or (not node.ready and not self._alive(node, now_us))
            tally.setdefault(zone_of(node), [0, 0])[silent] += 1
            if not silent:
                self.marked.pop(node.key, None)
        self.zones = {zone: zone_state(*counts) for zone, counts in tally.items()}
        self.sizes = {zone: sum(counts) for zone, counts in tally.items()}
        full = bool(tally) and all(state == FULL for state in self.zones.values())
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
        ready = self._ready(node, now_us)
        taints = self._taints(node, ready, now_us, wall_us)
        was = status_of(node)
        if ready == was and taints == node.spec.taints:
            return None
        reason = self._reason(node, ready)
        name = node.metadata.name
        notes: tuple[Note, ...] = ()
        if ready != "True" and was == "True":
            said = f"Node {name} status is now: NodeNotReady"
            notes = (Note(Node.KIND, name, NORMAL, "NodeNotReady", said, CONTROLLER),)
        elif ready == "True" and was != "True":
            said = f"Node {name} status is now: NodeReady"
            notes = (Note(Node.KIND, name, NORMAL, "NodeReady", said, "kubelet"),)
        return UpdateNode(name, node.metadata.resource_version, ready, reason, taints, wall_us, ballot, notes)

    def _ready(self, node: Node, now_us: int) -> str:
        status = status_of(node)
        if status == "Unknown":
            return "True" if self._alive(node, now_us) else "Unknown"
        return "Unknown" if self._lapsed(node, now_us) else status

    def _reason(self, node: Node, ready: str) -> str:
        if ready == "True":
            return "KubeletReady"
        if ready == "False":
            return "KubeletNotReady"
        sighting = self.sightings.get(node.metadata.name)
        never = sighting is not None and sighting.renew_time == NEVER_POSTED
        return "NodeStatusNeverUpdated" if never else "NodeStatusUnknown"

    def _taints(self, node: Node, ready: str, now_us: int, wall_us: int) -> tuple[Taint, ...]:
        """Others' taints, then those that the conditions bring."""
        others = tuple(taint for taint in node.spec.taints if taint.key not in MANAGED)
        wanted = [
            (taint, NO_SCHEDULE)
            for condition, taint in CONDITION_TAINTS.items()
            if (found := condition_of(node.status.conditions, condition)) and found.status == "True"
        ]
        if node.spec.unschedulable:
            wanted.append((UNSCHEDULABLE, NO_SCHEDULE))
        key = READY_TAINTS.get(ready)
        if key is not None:
            wanted.append((key, NO_SCHEDULE))
            old = any(taint.key == key and taint.effect == NO_EXECUTE for taint in node.spec.taints)
            if not self.full and (old or self._may_evict(node, ready, now_us)):
                wanted.append((key, NO_EXECUTE))
        olds = {(taint.key, taint.effect): taint for taint in node.spec.taints}
        if any(key == UNREACHABLE and (key, effect) not in olds for key, effect in wanted):
            self.stamps[wall_us] = now_us
        managed = (olds.get(want) or Taint(*want, time_added=wall_us) for want in wanted)
        return (*others, *managed)

    def _may_evict(self, node: Node, ready: str, now_us: int) -> bool:
        """Whether the limit of its zone lets this node's pods be evicted now; once said, it stays said."""
        name, zone = node.metadata.name, zone_of(node)
        if name in self.marked:
            return True
        if ready == "Unknown" and not self._lapsed(node, now_us):
            return False
        pause_us: int | None = self.settings.eviction_us
        if self.zones.get(zone) == PARTIAL:
            large = self.sizes[zone] > self.settings.large_zone
            pause_us = self.settings.slow_eviction_us if large else None
        if pause_us is None or now_us < self.next_us.get(zone, 0):
            return False
        self.next_us[zone] = now_us + pause_us
        self.marked[name] = None
        return True

    def _lapsed(self, node: Node, now_us: int) -> bool:
        sighting = self.sightings.get(node.metadata.name)
        if sighting is None:
            return False
        settings = self.settings
        grace_us = settings.startup_grace_us if sighting.renew_time == NEVER_POSTED else settings.grace_us
        return now_us - sighting.since_us > grace_us

    def _alive(self, node: Node, now_us: int) -> bool:
        """This leader saw the lease change, and not too long ago."""
        sighting = self.sightings.get(node.metadata.name)
        if sighting is None or sighting.changed_us is None:
            return False
        return now_us - sighting.changed_us <= self.settings.grace_us

    def due(self, pod: Pod, node: Node, now_us: int) -> bool:
        """Whether the pod has tolerated its node's taints for as long as it does."""
        at_us = self.due_us(pod, node)
        return at_us is not None and now_us >= at_us

    def due_us(self, pod: Pod, node: Node) -> int | None:
        """When the pod will have; None: it may stay."""
        taints = [taint for taint in node.spec.taints if taint.effect == NO_EXECUTE]
        if not taints or pod.finished or pod.terminating:
            return None
        since_us = [self.stamps.get(taint.time_added or 0, self.led_us) for taint in taints]
        at_us: int | None = None
        for moment_us in sorted(set(since_us)):
            there = [taint for taint, began in zip(taints, since_us, strict=True) if began <= moment_us]
            at_us = eviction_at_us(at_us, moment_us, eviction_delay_us(pod.spec.tolerations, there))
        return at_us


def status_of(node: Node) -> str:
    """What the node's condition Ready says; "Unknown" if it has none."""
    condition = condition_of(node.status.conditions, READY)
    return "Unknown" if condition is None else condition.status


def zone_of(node: Node) -> str:
    return node.metadata.labels.get(ZONE_LABEL, "")


def taint_note(pod: Pod, cancelled: bool = False) -> Note:
    """What the taint manager says when it evicts a pod, or no longer will."""
    said = f"Cancelling deletion of Pod {pod.key}" if cancelled else f"Marking for deletion Pod {pod.key}"
    return Note(Pod.KIND, pod.key, NORMAL, "TaintManagerEviction", said, "taint-eviction-controller")


def eviction_at_us(scheduled_us: int | None, now_us: int, delay_us: int | None) -> int | None:
    """When a pod goes after another look at it. Once scheduled, it goes then, unless it now goes at once, or stays for ever.

    Source: pkg/controller/tainteviction/taint_eviction.go, processPodOnNode.
    """
    if delay_us is None:
        return None
    return now_us + delay_us if scheduled_us is None or delay_us == 0 else scheduled_us


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
