"""What would have to change for a pending pod to find a node: each suggestion was tried on a copy of the cluster.

Beside the steps of `remedies`: "priority" (above), with which preemption would make room; "add-node" (like), an empty node
as one that is there; "ungate" (gates); and "together" (node, steps), where one change is not enough.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.pod import Pod
from app.orchestration.objects.quantity import parse_quantity
from app.orchestration.scheduler.framework import CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info
from app.orchestration.scheduler.profile import Nominator, Profile, Runner, left_out
from app.orchestration.scheduler.remedies import Step, changed_node, changed_pod, remedies
from app.orchestration.scheduler.snapshot import Snapshot

NODES_TRIED = 12
STEPS_MAX = 4
SUGGESTIONS = 6
NEW_NODE = "one-more"
"""The name of an added node."""


class Suggestion(Struct, frozen=True):
    """code, fields: what to change. steps: the same as single changes, one unless `together`. cost: how much it is."""

    code: str
    fields: dict[str, Any]
    steps: tuple[Step, ...]
    cost: int


class Trial:
    """A pod and a snapshot that steps are taken on; the originals stay as they are."""

    def __init__(self, pod: Pod, snapshot: Snapshot, profile: Profile, nominator: Nominator) -> None:
        self.pod = pod
        self.info: PodInfo = pod_info(pod)
        self.snapshot = snapshot
        self.profile = profile
        self.nominator = nominator

    def with_step(self, step: Step) -> Trial:
        """After one more change."""
        snapshot = self.snapshot
        nodes = [changed_node(node, step, parse_quantity) for node in snapshot.nodes]
        if step.code == "add-node":
            nodes.append(_empty_like(snapshot.by_name[step.fields["like"]]))
        if (
            any(new is not old for new, old in zip(nodes, snapshot.nodes, strict=False))
            or step.code == "add-node"
        ):
            snapshot = Snapshot(
                sorted(nodes, key=lambda node: node.name), snapshot.namespaces, snapshot.budgets, snapshot.services,
                snapshot.owners,
            )  # fmt: skip
        return Trial(changed_pod(self.pod, step), snapshot, self.profile, self.nominator)

    def statuses(self, names: tuple[str, ...] = ()) -> tuple[dict[str, Status | None], CycleState]:
        """What the filters say of these nodes (all, if none is named): None where the pod fits."""
        runner, state = Runner(self.profile, self.snapshot, self.nominator), CycleState()
        left, refusal = runner.pre_filter(state, self.info)
        found: dict[str, Status | None] = {}
        for name in names or self.snapshot.by_name:
            if refusal is not None:
                found[name] = refusal
            elif left is not None and name not in left:
                found[name] = left_out(state)
            else:
                found[name] = runner.filter_with_nominated(state, self.info, self.snapshot.by_name[name])
        return found, state

    def fits(self) -> bool:
        """Whether some node takes the pod, or would once preemption has made room."""
        found, state = self.statuses()
        if any(status is None for status in found.values()):
            return True
        refused = {name: status for name, status in found.items() if status is not None}
        runner = Runner(self.profile, self.snapshot, self.nominator)
        nomination, _ = runner.post_filter(state, self.info, refused)
        return nomination is not None and bool(nomination.node)


def advise(
    pod: Pod, snapshot: Snapshot, profile: Profile, nominator: Nominator | None = None
) -> tuple[Suggestion, ...]:
    """The smallest changes that let the pod run, smallest first; none if it fits already or nothing known helps."""
    start = Trial(pod, snapshot, profile, nominator or Nominator())
    first: tuple[Step, ...] = ()
    if pod.spec.scheduling_gates:
        first = (Step("ungate", {"gates": [gate.name for gate in pod.spec.scheduling_gates]}, 50),)
        start = start.with_step(first[0])
    if not snapshot.nodes:
        return ()
    if start.fits():
        return (_suggestion(first),) if first else ()
    found: dict[str, Suggestion] = {}
    for suggestion in (*_for_nodes(start), *_higher(start), *_another_node(start)):
        found.setdefault(repr((suggestion.code, suggestion.fields)), suggestion)
    ordered = sorted(found.values(), key=lambda one: one.cost)
    single = [one for one in ordered if len(one.steps) == 1]
    chosen = (single or ordered)[:SUGGESTIONS]
    if first:
        chosen = [_suggestion((*first, *one.steps), one.fields.get("node", "")) for one in chosen]
    return tuple(chosen)


def _suggestion(steps: tuple[Step, ...], node: str = "") -> Suggestion:
    cost = sum(step.cost for step in steps)
    if len(steps) == 1:
        return Suggestion(steps[0].code, steps[0].fields, steps, cost)
    told = [{"code": step.code, "fields": step.fields} for step in steps]
    return Suggestion("together", {"node": node, "steps": told}, steps, cost)


def _for_nodes(start: Trial) -> list[Suggestion]:
    """What would open one node: single changes, or several that are needed together."""
    statuses, _ = start.statuses()
    nearest: list[tuple[int, str]] = []
    for place, (name, status) in enumerate(statuses.items()):
        assert status is not None
        node = start.snapshot.by_name[name]
        steps = remedies(status, start.pod, start.info, node, start.snapshot)
        if steps:
            nearest.append((steps[0].cost * 10_000 + place, name))
    suggestions: list[Suggestion] = []
    for _, name in sorted(nearest)[:NODES_TRIED]:
        suggestions += _open(start, name)
    return suggestions


def _open(start: Trial, name: str) -> list[Suggestion]:
    """Suggestions that make this node take the pod."""
    found: list[Suggestion] = []
    trial = start
    taken: tuple[Step, ...] = ()
    for depth in range(STEPS_MAX):
        status = trial.statuses((name,))[0][name]
        if status is None:
            break
        steps = remedies(status, trial.pod, trial.info, trial.snapshot.by_name[name], trial.snapshot)
        tried: list[tuple[Step, Trial]] = []
        told: dict[str, None] = {}
        for step in steps:
            if step.code in told:
                continue
            after = trial.with_step(step)
            tried.append((step, after))
            if after.statuses((name,))[0][name] is None:
                found.append(_suggestion((*taken, step), name))
                told[step.code] = None
                if depth:
                    return found
        if found or not tried:
            return found
        (step, trial) = tried[0]
        taken = (*taken, step)
    return found


def _higher(start: Trial) -> list[Suggestion]:
    """The lowest priority with which preemption would make room."""
    own = start.info.priority
    there = {other.priority: None for node in start.snapshot.nodes for other in node.pods.values()}
    for priority in sorted(priority for priority in there if priority >= own):
        step = Step("priority", {"above": priority}, 650)
        if start.with_step(step).fits():
            return [_suggestion((step,))]
    return []


def _another_node(start: Trial) -> list[Suggestion]:
    """An empty node, of a kind that is there already."""
    kinds: dict[str, str] = {}
    for node in start.snapshot.nodes:
        kinds.setdefault(repr((sorted(node.allocatable.items()), node.taints)), node.name)
    for name in list(kinds.values())[:NODES_TRIED]:
        step = Step("add-node", {"like": name}, 900)
        if start.with_step(step).fits():
            return [_suggestion((step,))]
    return []


def _empty_like(node: NodeInfo) -> NodeInfo:
    old = node.node
    labels = {**node.labels, "kubernetes.io/hostname": NEW_NODE}
    metadata = replace(old.metadata, name=NEW_NODE, labels=labels)
    return NodeInfo(replace(old, metadata=metadata, spec=replace(old.spec, unschedulable=False)))


__all__ = ["Suggestion", "Trial", "advise"]
