"""A pod and a copy of the cluster on which steps are taken (see `remedies`), to see whether the pod then finds a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from app.orchestration.objects.affinity import DO_NOT_SCHEDULE, SCHEDULE_ANYWAY
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import HOSTNAME_LABEL, UNSCHEDULABLE, Node, NodeStatus
from app.orchestration.objects.pod import PREEMPT_LOWER, Container, Pod, Resources, Toleration
from app.orchestration.objects.quantity import PODS, parse_quantity
from app.orchestration.scheduler.framework import CycleState, Nomination, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info
from app.orchestration.scheduler.profile import Nominator, Profile, Runner, left_out
from app.orchestration.scheduler.remedies import LIFECYCLE, Refusal
from app.orchestration.scheduler.remedies_room import Step, format_amount
from app.orchestration.scheduler.snapshot import Snapshot

NEW_NODE = "one-more"
"""The name of an added node."""
PODS_OF_A_NODE = 110


class Trial:
    """The originals stay as they are. state: of a cycle whose PreFilter has run."""

    def __init__(self, pod: Pod, snapshot: Snapshot, profile: Profile, nominator: Nominator) -> None:
        self.pod = pod
        self.info: PodInfo = pod_info(pod)
        self.snapshot = snapshot
        self.profile = profile
        self.nominator = nominator
        self.state = CycleState()
        self.runner = Runner(profile, snapshot, nominator)
        self.left, self.refusal = self.runner.pre_filter(self.state, self.info)

    def after(self, *steps: Step) -> Trial:
        """A trial with these changes made."""
        pod, snapshot = self.pod, self.snapshot
        for step in steps:
            pod, snapshot = changed_pod(pod, step), changed_snapshot(snapshot, step)
        return Trial(pod, snapshot, self.profile, self.nominator) if steps else self

    def status(self, name: str) -> Status | None:
        """What the filters say of a node: None where the pod fits."""
        if self.refusal is not None:
            return self.refusal
        if self.left is not None and name not in self.left:
            return left_out(self.state)
        return self.runner.filter_with_nominated(self.state, self.info, self.snapshot.by_name[name])

    def statuses(self) -> dict[str, Status | None]:
        """The same of all nodes."""
        return {name: self.status(name) for name in self.snapshot.by_name}

    def fits(self) -> bool:
        """Whether some node takes the pod."""
        return any(self.status(name) is None for name in self.snapshot.by_name)

    def refused(self, name: str) -> Refusal:
        """What there is to know of a refusal of a node: it is judged with the pods that are nominated to it."""
        node = self.snapshot.by_name[name]
        ahead = [
            pod for pod in self.nominator.pods(name)
            if pod.priority >= self.info.priority and pod.key != self.info.key and pod.key not in node.pods
        ]  # fmt: skip
        if ahead:
            node = node.clone()
            for pod in ahead:
                node.add(pod)
        return Refusal(self.pod, self.info, node, self.snapshot, self.state)

    def preempts(self) -> Nomination | None:
        """The node on which preemption makes room, where no node takes the pod as it is."""
        refused = {name: status for name, status in self.statuses().items() if status is not None}
        nomination, _ = self.runner.post_filter(self.state, self.info, refused)
        return nomination if nomination is not None and nomination.node else None


def changed_pod(pod: Pod, step: Step) -> Pod:
    """The pod with the step taken, where it is about the pod."""
    change = _OF_POD.get(step.code)
    return pod if change is None else replace(pod, spec=replace(pod.spec, **change(pod.spec, step.fields)))


def _tolerations(spec: Any, fields: dict[str, Any]) -> dict[str, Any]:
    added = Toleration(fields["key"], "Equal", fields["value"], fields["effect"])
    return {"tolerations": (*spec.tolerations, added)}


def _requests(spec: Any, fields: dict[str, Any]) -> dict[str, Any]:
    def smaller(one: Container) -> Container:
        if fields["container"] not in ("", one.name):
            return one
        requests = {**one.resources.requests, **fields["amounts"]}
        return replace(one, resources=Resources(requests, one.resources.limits))

    return {"containers": tuple(smaller(one) for one in spec.containers)}


def _other_port(spec: Any, fields: dict[str, Any]) -> dict[str, Any]:
    def meant(port: Any) -> bool:
        return (port.host_port, port.protocol or "TCP") == (fields["port"], fields["protocol"])

    def without(containers: Iterable[Container]) -> tuple[Container, ...]:
        return tuple(
            replace(one, ports=tuple(port for port in one.ports if not meant(port))) for one in containers
        )

    return {"containers": without(spec.containers), "init_containers": without(spec.init_containers)}


def _spread(spec: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Of the hard constraints by this key: so uneven, or no longer hard."""
    skew = fields.get("max_skew")
    change = (
        {"when_unsatisfiable": SCHEDULE_ANYWAY, "min_domains": None} if skew is None else {"max_skew": skew}
    )

    def relaxed(one: Any) -> Any:
        meant = one.topology_key == fields["topology_key"] and one.when_unsatisfiable == DO_NOT_SCHEDULE
        return replace(one, **change) if meant and one.max_skew < (skew or 1 << 31) else one

    return {"topology_spread_constraints": tuple(map(relaxed, spec.topology_spread_constraints))}


def _without(part: str, spec: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Without the required terms by this topology key; of node affinity, without all."""
    field = "required_during_scheduling_ignored_during_execution"
    terms = getattr(spec.affinity, part)
    key = fields.get("topology_key")
    kept = None if key is None else tuple(term for term in terms.required if term.topology_key != key)
    return {"affinity": replace(spec.affinity, **{part: replace(terms, **{field: kept})})}


_OF_POD: dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    "toleration": _tolerations,
    "request": _requests,
    "other-port": _other_port,
    "max-skew": _spread,
    "spread-anyway": _spread,
    "no-affinity": lambda spec, fields: _without("pod_affinity", spec, fields),
    "no-anti-affinity": lambda spec, fields: _without("pod_anti_affinity", spec, fields),
    "no-node-affinity": lambda spec, fields: _without("node_affinity", spec, fields),
    "no-selector": lambda spec, fields: {
        "node_selector": {
            key: value for key, value in spec.node_selector.items() if key not in fields["keys"]
        }
    },
    "priority": lambda spec, fields: {"priority": fields["above"] + 1},
    "preempt": lambda spec, fields: {"preemption_policy": PREEMPT_LOWER},
    "ungate": lambda spec, fields: {"scheduling_gates": ()},
}


def changed_snapshot(snapshot: Snapshot, step: Step) -> Snapshot:
    """A snapshot with the step taken, where it is about nodes or the pods on them."""
    code, fields = step.code, step.fields
    if code == "add-node":
        like = snapshot.by_name.get(fields["like"])
        return snapshot.varied({}, (_new_node(None if like is None else like.node, fields["amounts"]),))
    if code in ("preempt", "priority", "preempting"):
        return snapshot  # the pods leave once preemption has chosen them
    pods = fields.get("pods", ())
    if pods:
        return snapshot.varied(
            {
                node.name: _emptied(node, pods)
                for node in snapshot.nodes
                if fields.get("node", node.name) == node.name and not node.pods.keys().isdisjoint(pods)
            }
        )
    change = _OF_NODE.get(code)
    if change is None:
        return snapshot
    copy = snapshot.by_name[fields["node"]].clone()
    change(copy, fields)
    return snapshot.varied({copy.name: copy})


def _emptied(node: NodeInfo, keys: Iterable[str]) -> NodeInfo:
    copy = node.clone()
    for key in keys:
        copy.remove(key)
    return copy


def _freed(node: NodeInfo, fields: dict[str, Any]) -> None:
    for resource, text in fields["amounts"].items():
        node.requested[resource] = node.requested.get(resource, 0) - parse_quantity(text, resource)


def _grown(node: NodeInfo, fields: dict[str, Any]) -> None:
    offered = dict(node.node.status.allocatable)
    for resource, text in fields["amounts"].items():
        amount = node.allocatable.get(resource, 0) + parse_quantity(text, resource)
        offered[resource] = format_amount(amount, resource)
    node.set_node(replace(node.node, status=replace(node.node.status, allocatable=offered)))


def _labelled(node: NodeInfo, fields: dict[str, Any]) -> None:
    labels = {key: value for key, value in {**node.labels, **fields["labels"]}.items() if value is not None}
    node.set_node(replace(node.node, metadata=replace(node.node.metadata, labels=labels)))


def _uncordoned(node: NodeInfo, fields: dict[str, Any]) -> None:
    # The node lifecycle controller takes its taint off with it.
    taints = tuple(taint for taint in node.taints if taint.key != UNSCHEDULABLE)
    node.set_node(replace(node.node, spec=replace(node.node.spec, unschedulable=False, taints=taints)))


def _untainted(node: NodeInfo, fields: dict[str, Any]) -> None:
    gone = fields.get("taints") or (fields["key"],)
    effect = fields.get("effect")
    taints = tuple(one for one in node.taints if one.key not in gone or effect not in (None, one.effect))
    node.set_node(replace(node.node, spec=replace(node.node.spec, taints=taints)))


_OF_NODE = {
    "free": _freed, "grow": _grown, "label": _labelled, "uncordon": _uncordoned, "untaint": _untainted,
    "recover": _untainted,
}  # fmt: skip


def _new_node(like: Node | None, amounts: dict[str, str]) -> NodeInfo:
    """An empty node. amounts: of resources, at least."""
    if like is None:
        metadata = ObjectMeta(NEW_NODE, labels={HOSTNAME_LABEL: NEW_NODE})
        return NodeInfo(Node(metadata, status=NodeStatus({PODS: str(PODS_OF_A_NODE), **amounts})))
    metadata = replace(
        like.metadata, name=NEW_NODE, labels={**like.metadata.labels, HOSTNAME_LABEL: NEW_NODE}
    )
    taints = tuple(taint for taint in like.spec.taints if not taint.key.startswith(LIFECYCLE))
    status = replace(like.status, allocatable={**like.status.allocatable, **amounts})
    return NodeInfo(Node(metadata, replace(like.spec, unschedulable=False, taints=taints), status))


__all__ = ["NEW_NODE", "Trial", "changed_pod", "changed_snapshot"]
