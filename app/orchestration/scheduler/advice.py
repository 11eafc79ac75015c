"""What would have to change for a pending pod to find a node: each suggestion was tried on a copy of the cluster.

For the nodes nearest to taking the pod, the steps of `remedies` are tried one by one, and together where one is not enough;
besides, more priority, another node, and waiting for pods that are leaving anyway.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from app.orchestration.objects.pod import PREEMPT_NEVER, Pod
from app.orchestration.scheduler.advice_trial import Trial
from app.orchestration.scheduler.framework import Nomination, Status
from app.orchestration.scheduler.node_info import NodeInfo
from app.orchestration.scheduler.profile import Nominator, Profile
from app.orchestration.scheduler.remedies import LIFECYCLE, Step, remedies
from app.orchestration.scheduler.remedies_room import amounts_of, missing_of, share_of, who
from app.orchestration.scheduler.snapshot import Snapshot

LOOKED_AT = 32
"""Of the nodes that a plug-in refused, so many are looked at for the nearest; NodeResourcesFit says itself how near."""
NODES_TRIED = 4
"""So many of those that a plug-in refused."""
KINDS_TRIED = 8
STEPS_MAX = 5
SUGGESTIONS = 8
COMBINATIONS_TRIED = 4
ENOUGH_SINGLE = 3
"""With so many single changes, a combination is told only if it is smaller than all of them."""
FIT = "NodeResourcesFit"
PREEMPT, PRIORITY, NODE, LARGER_NODE = 800, 850, 900, 1_000
"""How much these changes cost, on the scale of `remedies`."""


class Suggestion(Struct, frozen=True):
    """code, fields: what to change. steps: the same as single changes, one unless `together`. cost: how much it is."""

    code: str
    fields: dict[str, Any]
    steps: tuple[Step, ...]
    cost: int


def advise(
    pod: Pod, snapshot: Snapshot, profile: Profile, nominator: Nominator | None = None
) -> tuple[Suggestion, ...]:
    """The smallest changes that let the pod run, each of another kind, smallest first; none if nothing known helps."""
    start = Trial(pod, snapshot, profile, nominator or Nominator())
    first: tuple[Step, ...] = ()
    if pod.spec.scheduling_gates:
        first = (Step("ungate", {"gates": [gate.name for gate in pod.spec.scheduling_gates]}, 50),)
        start = start.after(*first)
    statuses = start.statuses()
    found = _as_it_is(start, statuses)
    if found and first:
        return (_suggestion(first),)
    if not found:
        refused = {name: status for name, status in statuses.items() if status is not None}
        found = [*_leaving(start), *_for_nodes(start, refused), *_higher(start), *_another_node(start)]
    chosen = _best(start, found)
    if first:
        chosen = [_suggestion((*first, *one.steps), one.fields.get("node", "")) for one in chosen]
    return tuple(chosen)


def _suggestion(steps: tuple[Step, ...], node: str = "") -> Suggestion:
    cost = sum(step.cost for step in steps)
    if len(steps) == 1:
        return Suggestion(steps[0].code, steps[0].fields, steps, cost)
    told = [{"code": step.code, "fields": step.fields} for step in steps]
    return Suggestion("together", {"node": node, "steps": told}, steps, cost)


def _best(start: Trial, found: list[Suggestion]) -> list[Suggestion]:
    """The smallest of each kind, and of combinations only what is worth telling."""
    single, several = _kinds(found)
    if several and (len(single) < ENOUGH_SINGLE or several[0].cost < single[0].cost):
        # Each was made for its own node: with fewer steps another one may do.
        needed = [_needed(start, one) for one in several[:COMBINATIONS_TRIED]]
        single, several = _kinds([*single, *needed])
    least = single[0].cost if len(single) >= ENOUGH_SINGLE else several[-1].cost + 1 if several else 0
    told = [_codes(one) for one in single]
    for one in several:
        # What has all the codes of a smaller one is only a longer way.
        if one.cost < least and not any(codes <= _codes(one) for codes in told):
            single.append(one)
            told.append(_codes(one))
    return sorted(single, key=lambda one: one.cost)[:SUGGESTIONS]


def _codes(one: Suggestion) -> frozenset[str]:
    return frozenset(step.code for step in one.steps)


def _kinds(found: list[Suggestion]) -> tuple[list[Suggestion], list[Suggestion]]:
    """The smallest of each kind: single changes, and combinations."""
    kinds: dict[tuple[str, ...], Suggestion] = {}
    for one in sorted(found, key=lambda one: one.cost):
        kinds.setdefault(tuple(sorted(step.code for step in one.steps)), one)
    return [one for one in kinds.values() if len(one.steps) == 1], [
        one for one in kinds.values() if len(one.steps) > 1
    ]


def _needed(start: Trial, one: Suggestion) -> Suggestion:
    """Without the steps that the others make superfluous."""
    steps = one.steps
    for step in one.steps:
        fewer = tuple(other for other in steps if other is not step)
        if fewer and (start.after(*fewer).fits() or _preempts(start, fewer)):
            steps = fewer
    return _suggestion(steps, one.fields.get("node", ""))


def _preempts(start: Trial, steps: tuple[Step, ...]) -> bool:
    return steps[-1].code == "priority" and start.after(*steps).preempts() is not None


def _as_it_is(start: Trial, statuses: dict[str, Status | None]) -> list[Suggestion]:
    """Nothing has to change: some node takes the pod, or would after a preemption that it may make."""
    node = next((name for name, status in statuses.items() if status is None), None)
    if node is not None:
        return [_suggestion((Step("retry", {"node": node}, 0),))]
    nomination = start.preempts()
    return [] if nomination is None else [_suggestion((Step("preempting", _victims(nomination), 0),))]


def _victims(nomination: Nomination) -> dict[str, Any]:
    pods = [victim.pod for victim in nomination.victims]
    return {"node": nomination.node, "pods": pods, "who": who(pods)}


def _leaving(start: Trial) -> list[Suggestion]:
    """Pods are on their way out of a node, and once they are gone it takes the pod."""
    nodes = [node for node in start.snapshot.nodes if any(pod.terminating for pod in node.pods.values())]
    nodes.sort(key=lambda node: node.name != start.info.nominated)
    for node in nodes[:NODES_TRIED]:
        pods = [key for key, pod in node.pods.items() if pod.terminating]
        step = Step("wait", {"node": node.name, "pods": pods, "who": who(pods)}, 5)
        if start.after(step).status(node.name) is None:
            return [_suggestion((step,))]
    return []


def _for_nodes(start: Trial, refused: dict[str, Status]) -> list[Suggestion]:
    """What would open the nodes that are nearest to taking the pod, some for each plug-in that refused."""
    groups: dict[str, list[str]] = {}
    for name, status in refused.items():
        groups.setdefault(status.plugin, []).append(name)
    suggestions: list[Suggestion] = []
    for plugin, names in groups.items():
        if plugin == FIT:
            nodes = start.snapshot.by_name
            names.sort(key=lambda name: share_of(missing_of(start.info, nodes[name]), nodes[name]))
        nearest: list[tuple[int, int, str]] = []
        for place, name in enumerate(names[:LOOKED_AT]):
            steps = remedies(refused[name], start.refused(name))
            if steps:
                nearest.append((steps[0].cost, place, name))
        for _, _, name in sorted(nearest)[:NODES_TRIED]:
            suggestions += _open(start, name)
    return suggestions


def _open(start: Trial, name: str) -> list[Suggestion]:
    """Suggestions that make this node take the pod."""
    trial = start
    taken: tuple[Step, ...] = ()
    while len(taken) < STEPS_MAX and (status := trial.status(name)) is not None:
        tried: list[tuple[Step, Trial]] = []
        found: dict[str, Step] = {}
        for step in remedies(status, trial.refused(name)):
            if step.code not in found:
                after = trial.after(step)
                tried.append((step, after))
                if after.status(name) is None:
                    found[step.code] = step
        if found or not tried:
            return [_suggestion((*taken, step), name) for step in found.values()]
        # Towards the node: the smallest step that gets past this refusal, or else the smallest.
        past = [one for one in tried if not _same(one[1].status(name), status)]
        step, trial = (past or tried)[0]
        taken = (*taken, step)
    return []


def _same(one: Status | None, other: Status) -> bool:
    return one is not None and (one.plugin, one.reasons) == (other.plugin, other.reasons)


def _higher(start: Trial) -> list[Suggestion]:
    """The lowest priority with which preemption would make room, and whom it would push out."""
    first: tuple[Step, ...] = ()
    if start.info.preemption_policy == PREEMPT_NEVER:
        first = (Step("preempt", {"node": "", "pods": [], "who": ()}, PREEMPT),)
        start = start.after(*first)
        nomination = start.preempts()
        if nomination is not None:
            return [_suggestion((Step("preempt", _victims(nomination), PREEMPT),))]
    own = start.info.priority
    there = {other.priority: None for node in start.snapshot.nodes for other in node.pods.values()}
    above = sorted(priority for priority in there if priority >= own)
    if not above or _raised(start, above[-1]) is None:
        return []
    low, high = 0, len(above) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _raised(start, above[middle]) is not None else (middle + 1, high)
    nomination = _raised(start, above[high])
    assert nomination is not None
    step = Step("priority", {"above": above[high], **_victims(nomination)}, PRIORITY)
    return [_suggestion((*first, step), nomination.node)]


def _raised(start: Trial, above: int) -> Nomination | None:
    after = start.after(Step("priority", {"above": above}, 0))
    # What is kept for pods of its own priority is not kept from it any more.
    free = next((name for name, status in after.statuses().items() if status is None), None)
    return after.preempts() if free is None else Nomination(free)


def _another_node(start: Trial) -> list[Suggestion]:
    """An empty node, of a kind that is there already, or larger than those."""
    kinds: dict[Any, NodeInfo] = {}
    for node in start.snapshot.nodes:
        labels = tuple(value for key, value in node.labels.items() if key != "kubernetes.io/hostname")
        taints = tuple(taint for taint in node.taints if not taint.key.startswith(LIFECYCLE))
        kinds.setdefault((tuple(node.allocatable.items()), taints, labels), node)
    tried = list(kinds.values())[:KINDS_TRIED]
    steps = [_new(node.name, {}, NODE) for node in tried]
    steps += [_new(node.name, short, LARGER_NODE) for node in tried if (short := _short(start, node))]
    steps.append(_new("", start.info.requests, LARGER_NODE))
    for step in steps:
        after = start.after(step)
        if after.status(after.snapshot.nodes[-1].name) is None:
            return [_suggestion((step,))]
    return []


def _new(like: str, requests: dict[str, int], cost: int) -> Step:
    return Step("add-node", {"like": like, **amounts_of(requests)}, cost)


def _short(start: Trial, node: NodeInfo) -> dict[str, int]:
    """What even an empty node of this kind has too little of, and how much the pod asks for."""
    offered, wanted = node.allocatable, start.info.requests
    return {resource: amount for resource, amount in wanted.items() if amount > offered.get(resource, 0)}


__all__ = ["Suggestion", "Trial", "advise"]
