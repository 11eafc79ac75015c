"""Spread constraints, ready for counting: whose pods are counted, and on which nodes.

Source: pkg/scheduler/framework/plugins/podtopologyspread/common.go, pkg/scheduler/framework/plugins/helper/spread.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from app.orchestration.objects.affinity import (
    DO_NOT_SCHEDULE,
    HONOR,
    IGNORE,
    SCHEDULE_ANYWAY,
    TopologySpreadConstraint,
)
from app.orchestration.objects.node import HOSTNAME_LABEL, ZONE_LABEL
from app.orchestration.objects.selector import LabelSelector
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import (
    Args,
    ArgumentError,
    choice,
    invalid,
    items,
    known,
    label_name,
    whole,
)
from app.orchestration.scheduler.plugins.node_affinity import required_match
from app.orchestration.scheduler.plugins.taint_toleration import untolerated
from app.orchestration.scheduler.snapshot import Snapshot

SYSTEM_DEFAULTS = (
    TopologySpreadConstraint(3, HOSTNAME_LABEL, SCHEDULE_ANYWAY),
    TopologySpreadConstraint(5, ZONE_LABEL, SCHEDULE_ANYWAY),
)
"""What pods of Services, ReplicaSets and StatefulSets get that name no constraints of their own."""

SYSTEM, LIST = "System", "List"
"""Where the defaults come from."""

OWNERS = ("ReplicaSet", "StatefulSet")
"""Kinds of controllers whose selectors say which pods belong together."""


_ENCODER = msgspec.msgpack.Encoder(order="sorted")


class Constraint(Struct, frozen=True, gc=False):
    """How far the counts of matching pods may differ between the values of a node label.

    same, selectors: a pod counts if it has these labels and all selectors match; with neither, none does. key: names both.
    honor_affinity, honor_taints: nodes that the pod's node affinity (if it has any) or their taints rule out do not count.
    """

    max_skew: int
    topology_key: str
    same: tuple[tuple[str, str], ...]
    selectors: tuple[LabelSelector, ...]
    min_domains: int
    honor_affinity: bool
    honor_taints: bool
    key: bytes

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a pod with these labels is counted."""
        if not self.same and not self.selectors:
            return False
        for key, value in self.same:
            if labels.get(key) != value:
                return False
        return all(selector.matches(labels) for selector in self.selectors)

    def tally(self, pod: PodInfo) -> Callable[[NodeInfo], int]:
        """How many pods of a node count when `pod` is spread; those that are leaving do not."""
        key, namespace = (pod.namespace, self.key), pod.namespace

        def is_meant(other: PodInfo) -> bool:
            return other.namespace == namespace and not other.terminating and self.selects(other.labels)

        def matching(node: NodeInfo) -> int:
            known = node.tallies.get(key)
            return node.counted(key, is_meant) if known is None else known

        return matching

    def counts(self, pod: PodInfo, node: NodeInfo) -> bool:
        """Whether the node counts when `pod` is spread."""
        if self.honor_affinity and not required_match(pod, node):
            return False
        return not self.honor_taints or untolerated(node.taints, pod.tolerations) is None


def own_constraints(pod: PodInfo, action: str) -> tuple[Constraint, ...]:
    """The pod's own constraints of that `whenUnsatisfiable`."""
    return tuple(
        _constraint(
            one,
            pod,
            (),
            () if one.label_selector is None else (one.label_selector,),
        )
        for one in pod.spread
        if one.when_unsatisfiable == action
    )


def default_constraints(
    pod: PodInfo, snapshot: Snapshot, defaults: Iterable[TopologySpreadConstraint], action: str
) -> tuple[Constraint, ...]:
    """The defaults of that `whenUnsatisfiable`, for the pods that share the pod's Services and its owner."""
    chosen = [one for one in defaults if one.when_unsatisfiable == action]
    if not chosen:
        return ()
    same = _services_labels(pod, snapshot)
    selectors = owner_selectors(pod, snapshot)
    if not same and not selectors:
        return ()
    return tuple(_constraint(one, pod, same, selectors) for one in chosen)


def _constraint(
    given: TopologySpreadConstraint,
    pod: PodInfo,
    same: tuple[tuple[str, str], ...],
    selectors: tuple[LabelSelector, ...],
) -> Constraint:
    choosy = bool(pod.node_selector) or pod.required_node_affinity is not None
    same = (*same, *((key, pod.labels[key]) for key in given.match_label_keys if key in pod.labels))
    return Constraint(
        given.max_skew,
        given.topology_key,
        same,
        selectors,
        1 if given.min_domains is None else given.min_domains,
        given.node_affinity_policy in ("", HONOR) and choosy,
        given.node_taints_policy == HONOR,
        _ENCODER.encode((same, selectors)),
    )


def _services_labels(pod: PodInfo, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    labels: dict[str, str] = {}
    for service in snapshot.services:
        selector = service.spec.selector
        if (
            selector
            and service.metadata.namespace in (pod.namespace, "")
            and selector.items() <= pod.labels.items()
        ):
            labels.update(selector)
    return tuple(sorted(labels.items()))


def owner_selectors(pod: PodInfo, snapshot: Snapshot) -> tuple[LabelSelector, ...]:
    """The selector of the ReplicaSet or StatefulSet that the pod belongs to, if there is one."""
    for owner in pod.owners:
        if owner.controller and owner.kind in OWNERS and owner.uid in snapshot.owners:
            selector: LabelSelector = snapshot.owners[owner.uid].spec.selector
            return () if selector.empty else (selector,)
    return ()


def read_defaults(args: Args) -> tuple[tuple[TopologySpreadConstraint, ...], bool]:
    """(the default constraints, whether they are the system's own) of `PodTopologySpreadArgs`.

    Raises: ArgumentError.
    """
    args = known(args, "", "defaultConstraints", "defaultingType")
    kind = choice(args.get("defaultingType") or SYSTEM, "defaultingType", SYSTEM, LIST)
    listed = items(args.get("defaultConstraints"), "defaultConstraints")
    if kind == SYSTEM:
        if listed:
            raise invalid("defaultingType", kind, "when .defaultConstraints are not empty")
        return SYSTEM_DEFAULTS, True
    read = tuple(_read_default(one, f"defaultConstraints[{number}]") for number, one in enumerate(listed))
    pairs = [(one.topology_key, one.when_unsatisfiable) for one in read]
    for number, (key, action) in enumerate(pairs):
        if (key, action) in pairs[:number]:
            field = f"defaultConstraints[{number}].{{topologyKey, whenUnsatisfiable}}"
            raise ArgumentError(field, f'Duplicate value: "{{{key}, {action}}}"')
    return read, False


def _read_default(raw: object, where: str) -> TopologySpreadConstraint:
    one = known(
        raw,
        where,
        "maxSkew",
        "topologyKey",
        "whenUnsatisfiable",
        "labelSelector",
        "minDomains",
        "nodeAffinityPolicy",
        "nodeTaintsPolicy",
        "matchLabelKeys",
    )
    skew = whole(one.get("maxSkew", 0), f"{where}.maxSkew", 1, (1 << 31) - 1, "not in valid range (0, inf)")
    if not one.get("topologyKey"):
        raise ArgumentError(f"{where}.topologyKey", "Required value: can not be empty")
    key = label_name(one["topologyKey"], f"{where}.topologyKey")
    action = one.get("whenUnsatisfiable")
    action = choice(action, f"{where}.whenUnsatisfiable", DO_NOT_SCHEDULE, SCHEDULE_ANYWAY)
    if one.get("labelSelector") is not None:
        raise ArgumentError(
            f"{where}.labelSelector",
            "Forbidden: constraint must not define a selector, as they deduced for each pod",
        )
    domains = one.get("minDomains")
    if domains is not None:
        whole(domains, f"{where}.minDomains", 1, (1 << 31) - 1, "must be greater than 0")
    return TopologySpreadConstraint(
        skew,
        key,
        action,
        min_domains=domains,
        node_affinity_policy=_policy(one, where, "nodeAffinityPolicy", HONOR),
        node_taints_policy=_policy(one, where, "nodeTaintsPolicy", IGNORE),
        match_label_keys=tuple(
            label_name(label, f"{where}.matchLabelKeys[{number}]")
            for number, label in enumerate(items(one.get("matchLabelKeys"), f"{where}.matchLabelKeys"))
        ),
    )


def _policy(one: Args, where: str, name: str, default: str) -> str:
    return choice(one.get(name) or default, f"{where}.{name}", HONOR, IGNORE)
