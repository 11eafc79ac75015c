"""Where a pod wants to be: affinity to nodes and pods, and spreading (`v1`)."""

from __future__ import annotations

from app.orchestration.objects.meta import KubeStruct
from app.orchestration.objects.selector import LabelSelector, NodeSelector, NodeSelectorTerm

DO_NOT_SCHEDULE, SCHEDULE_ANYWAY = "DoNotSchedule", "ScheduleAnyway"
HONOR, IGNORE = "Honor", "Ignore"


class PreferredSchedulingTerm(KubeStruct, frozen=True):
    """weight: 1..100. An empty preference matches every node, as the API says of preferred terms."""

    weight: int
    preference: NodeSelectorTerm = NodeSelectorTerm()


class NodeAffinity(KubeStruct, frozen=True):
    required_during_scheduling_ignored_during_execution: NodeSelector | None = None
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredSchedulingTerm, ...] = ()

    @property
    def required(self) -> NodeSelector | None:
        return self.required_during_scheduling_ignored_during_execution

    @property
    def preferred(self) -> tuple[PreferredSchedulingTerm, ...]:
        return self.preferred_during_scheduling_ignored_during_execution


class PodAffinityTerm(KubeStruct, frozen=True):
    """Pods that are meant, and how near: the same value of the node label `topology_key`.

    namespaces, namespace_selector: both absent means the pod's own namespace; an empty selector means all.
    match_label_keys: labels of the incoming pod that are added to the selector (In); mismatch_label_keys: (NotIn).
    """

    topology_key: str
    label_selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = ()
    namespace_selector: LabelSelector | None = None
    match_label_keys: tuple[str, ...] = ()
    mismatch_label_keys: tuple[str, ...] = ()


class WeightedPodAffinityTerm(KubeStruct, frozen=True):
    """weight: 1..100."""

    weight: int
    pod_affinity_term: PodAffinityTerm


class PodAffinity(KubeStruct, frozen=True):
    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...] = ()
    preferred_during_scheduling_ignored_during_execution: tuple[WeightedPodAffinityTerm, ...] = ()

    @property
    def required(self) -> tuple[PodAffinityTerm, ...]:
        return self.required_during_scheduling_ignored_during_execution

    @property
    def preferred(self) -> tuple[WeightedPodAffinityTerm, ...]:
        return self.preferred_during_scheduling_ignored_during_execution


class PodAntiAffinity(PodAffinity, frozen=True):
    """The same terms, of pods to keep away from."""


class Affinity(KubeStruct, frozen=True):
    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAntiAffinity | None = None


class TopologySpreadConstraint(KubeStruct, frozen=True):
    """max_skew: at least 1. when_unsatisfiable: DoNotSchedule or ScheduleAnyway.

    min_domains: None counts as 1; only with DoNotSchedule. node_affinity_policy, node_taints_policy: Honor or Ignore.
    """

    max_skew: int
    topology_key: str
    when_unsatisfiable: str = DO_NOT_SCHEDULE
    label_selector: LabelSelector | None = None
    min_domains: int | None = None
    node_affinity_policy: str = HONOR
    node_taints_policy: str = IGNORE
    match_label_keys: tuple[str, ...] = ()
