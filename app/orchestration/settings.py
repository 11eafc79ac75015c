"""Every time and size of the Kubernetes half; the scenario supplies them. The defaults are Kubernetes' own."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.node import NO_EXECUTE, UNREACHABLE
from app.orchestration.objects.pod import PodSpec, Toleration
from app.orchestration.objects.quantity import extended_problem
from app.vocabulary.ids import MS, SECOND


class NodePool(Struct, frozen=True, forbid_unknown_fields=True):
    """Nodes of one sort that the cluster autoscaler may add and remove: their number stays within min..max.

    taints: (key, value, effect). boot_us: how long a machine takes to come up. priority: for the expander of that name.
    extended: counts of extended resources beside the gpu, by name.
    """

    name: str
    cpu_milli: int
    memory_mib: int
    max: int
    min: int = 0
    zone: str = ""
    gpu: int = 0
    labels: dict[str, str] = {}
    taints: tuple[tuple[str, str, str], ...] = ()
    boot_us: int = 5 * SECOND
    priority: int = 0
    extended: dict[str, int] = {}

    def __post_init__(self) -> None:
        problem = extended_problem(self.extended)
        if problem is not None:
            raise ValueError("{} is {!r}; allowed is {}".format(*problem))


class KubeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times in microseconds of virtual time.

    lease_us:            how often a kubelet renews its Lease (nodeStatusUpdateFrequency).
    monitor_us:          how often the node lifecycle controller looks at the leases (--node-monitor-period).
    grace_us:            silence after which a node counts as lost (--node-monitor-grace-period).
    toleration_us:       how long pods tolerate an unreachable node before eviction (DefaultTolerationSeconds).
    pod_gc_us:           a pod still terminating on an unreachable node after this long is removed by force.
    sync_us:             how often a kubelet asks the leader for its pods, and api1 for the jobs it waits for.
    register_spread_us:  kubelets register at a random moment within this time after they start.
    task_us:             how long a container runs that does not say so itself (annotation `sim/duration`).
    init_us:             how long an init container runs.
    restart_backoff_us, restart_backoff_max_us:  delay before a container is restarted in place for the second time, and
                         doubled each time after that; one that ran for twice the longest begins anew.
    pull_mib_per_s:      how fast a node pulls images; 0: they are there at once.
    oom_us:              a container that uses more memory than its limit is killed after this long.
    eviction_memory_mib: a node with less memory left is under pressure (--eviction-hard memory.available).
    pressure_us:         pressure counts as over after this long without (--eviction-pressure-transition-period).
    startup_grace_us:    a node whose kubelet never reported counts as lost after this long (nodeStartupGracePeriod).
    eviction_us:         in a zone, pods of one more silent node are evicted so often (1 / --node-eviction-rate).
    slow_eviction_us:    the same in a large zone where many nodes are silent (1 / --secondary-node-eviction-rate).
    orphan_us:           pods whose Node is gone are removed after this long (podgc's quarantine).
    node_pools:          what the cluster autoscaler may add at first; it does nothing while there is no pool.
    scale_scan_us:       how often it looks (--scan-interval). scale_down_us: a node is unneeded for so long before it goes
                         (--scale-down-unneeded-time). scale_down_delay_us: and none goes so soon after one was added
                         (--scale-down-delay-after-add). scale_down_percent: below so much use it is unneeded
                         (--scale-down-utilization-threshold).
    descheduler:         its strategies that are on from the start. deschedule_us: how often it looks
                         (--descheduling-interval).
    low_percent, high_percent:  LowNodeUtilization: nodes below all `low` take pods from nodes above a `high`.
    deschedule_max:      evictions of one look at most.
    large_zone:          a zone of more nodes still has pods evicted, slowly, when many of its nodes are silent.
    queue_backoff_us, queue_backoff_max_us:      delay before an unschedulable pod is tried again, doubled each time.
    unschedulable_flush_us:  an unschedulable pod is tried again after this long even if nothing changed.
    job_backoff_us, job_backoff_max_us:          delay before a Job replaces a failed pod, doubled each time.
    autoscaler_sync_us:  how often a HorizontalPodAutoscaler looks, and over how long a pod's use is measured.
    autoscaler_initialization_us, autoscaler_readiness_us:  how long a pod's cpu says nothing after its start, and after
                         how long a change to unready is not its first.
    autoscaler_downscale_us:  the highest advice of so long a time counts before pods are taken away.
    in_flight_us:        a leader's own write that was not applied after this long is thought lost and made again.
    pods_per_node:       allocatable "pods" of each node.
    api_sessions:        how many operations api1 keeps on the way at once.
    finished_pods, finished_jobs:  how many finished objects the store keeps.
    verdict_rows:        up to so many nodes the whole table of verdicts is kept with a binding.
    binds_per_turn:      pods scheduled before other work of the leader gets its turn.
    ties_by_chance:      equally good nodes are drawn by lot, as Kubernetes does; else the first of them is taken.
    """

    lease_us: int = 10 * SECOND
    monitor_us: int = 5 * SECOND
    grace_us: int = 40 * SECOND
    toleration_us: int = 300 * SECOND
    pod_gc_us: int = 3_600 * SECOND
    sync_us: int = 10 * SECOND
    register_spread_us: int = 1 * SECOND
    task_us: int = 8 * SECOND
    init_us: int = 1 * SECOND
    restart_backoff_us: int = 10 * SECOND
    restart_backoff_max_us: int = 300 * SECOND
    pull_mib_per_s: int = 100
    oom_us: int = 1 * SECOND
    eviction_memory_mib: int = 100
    pressure_us: int = 300 * SECOND
    startup_grace_us: int = 60 * SECOND
    eviction_us: int = 10 * SECOND
    slow_eviction_us: int = 100 * SECOND
    orphan_us: int = 40 * SECOND
    large_zone: int = 50
    node_pools: tuple[NodePool, ...] = ()
    scale_scan_us: int = 10 * SECOND
    scale_down_us: int = 600 * SECOND
    scale_down_delay_us: int = 600 * SECOND
    scale_down_percent: int = 50
    descheduler: tuple[str, ...] = ()
    deschedule_us: int = 300 * SECOND
    low_percent: int = 20
    high_percent: int = 50
    deschedule_max: int = 10
    queue_backoff_us: int = 1 * SECOND
    queue_backoff_max_us: int = 10 * SECOND
    unschedulable_flush_us: int = 300 * SECOND
    job_backoff_us: int = 10 * SECOND
    job_backoff_max_us: int = 600 * SECOND
    autoscaler_sync_us: int = 15 * SECOND
    autoscaler_initialization_us: int = 300 * SECOND
    autoscaler_readiness_us: int = 30 * SECOND
    autoscaler_downscale_us: int = 300 * SECOND
    in_flight_us: int = 30 * SECOND
    pods_per_node: int = 110
    api_sessions: int = 16
    finished_pods: int = 500
    finished_jobs: int = 100
    verdict_rows: int = 50
    binds_per_turn: int = 32
    ties_by_chance: bool = False

    def tolerating(self, spec: PodSpec) -> PodSpec:
        """The pod tolerates an unreachable node for `toleration_us`, unless it says otherwise itself.

        Source: the admission plug-in DefaultTolerationSeconds.
        """
        if any(t.key in ("", UNREACHABLE) and t.effect in ("", NO_EXECUTE) for t in spec.tolerations):
            return spec
        seconds = -(-self.toleration_us // SECOND)
        default = Toleration(UNREACHABLE, "Exists", effect=NO_EXECUTE, toleration_seconds=seconds)
        return replace(spec, tolerations=(*spec.tolerations, default))


DATACENTER = KubeSettings()
"""Kubernetes' defaults (the scenario `datacenter`)."""

CLASSROOM = KubeSettings(
    lease_us=2 * SECOND,
    monitor_us=1 * SECOND,
    grace_us=6 * SECOND,
    toleration_us=5 * SECOND,
    pod_gc_us=120 * SECOND,
    sync_us=4 * SECOND,
    register_spread_us=500 * MS,
    restart_backoff_us=1 * SECOND,
    restart_backoff_max_us=30 * SECOND,
    pull_mib_per_s=400,
    pressure_us=20 * SECOND,
    startup_grace_us=20 * SECOND,
    eviction_us=2 * SECOND,
    slow_eviction_us=20 * SECOND,
    orphan_us=5 * SECOND,
    scale_scan_us=2 * SECOND,
    scale_down_us=20 * SECOND,
    scale_down_delay_us=20 * SECOND,
    deschedule_us=10 * SECOND,
    unschedulable_flush_us=60 * SECOND,
    job_backoff_us=1 * SECOND,
    job_backoff_max_us=60 * SECOND,
    in_flight_us=15 * SECOND,
)
"""Slow enough to be followed by eye (the scenario `classroom`)."""
