"""Which pods would have to leave a node so that another fits, and which node costs least.

Source: pkg/scheduler/framework/preemption/preemption.go, pkg/scheduler/framework/plugins/defaultpreemption (v1.36).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from app.orchestration.scheduler.framework import Code, CycleState, Handle, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.snapshot import Snapshot

NEVER = "Never"
"""The preemptionPolicy of pods that wait rather than push others out."""

NO_VICTIMS = "No preemption victims found for incoming pod"
NOT_HELPFUL = "Preemption is not helpful for scheduling"
INELIGIBLE_BY_POLICY = "not eligible due to preemptionPolicy=Never."
INELIGIBLE_WHILE_LEAVING = "not eligible due to a terminating pod on the nominated node."

PRIORITY_OFFSET = 1 << 31
"""Added to every priority in a sum, so that fewer pods of a negative priority cost less than more of them."""

NOW = 1 << 62
"""The start of a pod that has not started: later than any."""


class Candidate(Struct, frozen=True):
    """A node where the pod fits once the victims are gone.

    victims: most important first. violating: keys of those whose leaving breaks a PodDisruptionBudget -> the budget's name.
    price: its `cost`, once and for all.
    """

    node: str
    victims: tuple[PodInfo, ...]
    violating: dict[str, str]
    price: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        force_setattr(self, "price", cost(self))

    @property
    def violations(self) -> int:
        """How many victims break a budget."""
        return len(self.violating)


def ineligible(pod: PodInfo, snapshot: Snapshot, nominated: Status | None) -> str:
    """Why the pod may not preempt now, "" if it may. nominated: what the filters said of its nominated node."""
    if pod.preemption_policy == NEVER:
        return INELIGIBLE_BY_POLICY
    if not pod.nominated or (nominated is not None and nominated.code is Code.UNRESOLVABLE):
        return ""
    node = snapshot.by_name.get(pod.nominated)
    for other in node.pods.values() if node is not None else ():
        if other.priority < pod.priority and other.terminating and other.preempted:
            return INELIGIBLE_WHILE_LEAVING
    return ""


def worth_trying(snapshot: Snapshot, statuses: Mapping[str, Status]) -> list[NodeInfo]:
    """The nodes where a pod's leaving may help: all but those that are unschedulable whoever leaves."""
    return [
        node
        for node in snapshot.nodes
        if (status := statuses.get(node.name)) is None or status.code is not Code.UNRESOLVABLE
    ]


def candidates_wanted(nodes: int, percentage: int, absolute: int) -> int:
    """How many candidates are enough: a share of the nodes, but at least `absolute`."""
    return min(max(nodes * percentage // 100, absolute), nodes)


def dry_run(
    state: CycleState,
    pod: PodInfo,
    nodes: Sequence[NodeInfo],
    budgets: Iterable[Any],
    handle: Handle,
    wanted: int,
    offset: int = 0,
) -> tuple[list[Candidate], dict[str, Status]]:
    """(candidates, those that break no budget first; why the other nodes are none). It begins at `offset`; see `gather`."""
    statuses: dict[str, Status] = {}
    budgets = tuple(budgets)

    def outcomes() -> Iterator[Candidate | Status]:
        for turn in range(len(nodes)):
            node = nodes[(offset + turn) % len(nodes)]
            found: Candidate | Status = Status(Code.UNRESOLVABLE, (NO_VICTIMS,))
            if any(other.priority < pod.priority for other in node.pods.values()):
                found = select_victims(state.clone(), pod, node.clone(), budgets, handle)
            if isinstance(found, Status):
                statuses[node.name] = found
            yield found

    return gather(outcomes(), wanted), statuses


def gather(outcomes: Iterable[Candidate | Status], wanted: int) -> list[Candidate]:
    """Candidates, those that break no budget first, until `wanted` are found, one of which breaks none."""
    gentle: list[Candidate] = []
    violent: list[Candidate] = []
    for found in outcomes:
        if isinstance(found, Status):
            continue
        (violent if found.violating else gentle).append(found)
        if gentle and len(gentle) + len(violent) >= wanted:
            break
    return [*gentle[:wanted], *violent[:wanted]]


def select_victims(
    state: CycleState, pod: PodInfo, node: NodeInfo, budgets: Sequence[Any], handle: Handle
) -> Candidate | Status:
    """The least that has to leave `node`, which has pods of lower priority; changes `state` and `node`, which are copies.

    All pods of lower priority leave; if the pod fits then, they come back one by one while it still does.
    """
    lower = [other for other in node.pods.values() if other.priority < pod.priority]
    for other in lower:
        _remove(state, pod, other, node, handle)
    refused = handle.filter_with_nominated(state, pod, node)
    if refused is not None:
        return refused
    order, breaking = homecoming(lower, budgets)
    victims: list[PodInfo] = []
    for other in order:
        node.add(other)
        handle.add_pod(state, pod, other, node)
        if handle.filter_with_nominated(state, pod, node) is not None:
            _remove(state, pod, other, node, handle)
            victims.append(other)
    if not victims:
        return Status(Code.ERROR, (f'expected at least one victim pod on node "{node.name}"',))
    return candidate(node.name, victims, breaking)


def homecoming(lower: Sequence[PodInfo], budgets: Sequence[Any]) -> tuple[list[PodInfo], dict[str, str]]:
    """(in which order the pods come back, and `broken_budgets`): first those whose leaving would break a budget, and the
    more important first."""
    ranked = sorted(lower, key=importance)
    if not budgets:
        return ranked, {}
    breaking = broken_budgets(ranked, budgets)
    order = [other for other in ranked if other.key in breaking]
    order += [other for other in ranked if other.key not in breaking]
    return order, breaking


def candidate(node: str, victims: Iterable[PodInfo], breaking: Mapping[str, str]) -> Candidate:
    """The node with those that have to leave it. victims: at least one."""
    ranked = tuple(sorted(victims, key=importance))
    violating = {other.key: breaking[other.key] for other in ranked if other.key in breaking}
    return Candidate(node, ranked, violating)


def _remove(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, handle: Handle) -> None:
    node.remove(other.key)
    handle.remove_pod(state, pod, other, node)


def importance(pod: PodInfo) -> tuple[int, int]:
    """Sorts the most important first: the higher priority, then the longer running."""
    return -pod.priority, started(pod)


def started(pod: PodInfo) -> int:
    """When it started; one that has not counts as starting now."""
    return NOW if pod.start_us is None else pod.start_us


def broken_budgets(pods: Iterable[PodInfo], budgets: Sequence[Any]) -> dict[str, str]:
    """Key of each pod whose leaving, after those before it, breaks a PodDisruptionBudget -> that budget's name.

    A budget without a selector, or with an empty one, means no pod here; a pod that it lists as disrupted is allowed for.
    """
    allowed = [budget.status.disruptions_allowed for budget in budgets]
    broken: dict[str, str] = {}
    for pod in pods:
        for number, budget in enumerate(budgets):
            if not protects(budget, pod) or pod.key.rpartition("/")[2] in budget.status.disrupted_pods:
                continue
            allowed[number] -= 1
            if allowed[number] < 0:
                broken.setdefault(pod.key, budget.metadata.name)
    return broken


def protects(budget: Any, pod: PodInfo) -> bool:
    """Whether the budget means the pod."""
    selector = budget.spec.selector
    if not pod.labels or selector is None or selector.empty:
        return False
    namespace = budget.metadata.namespace or "default"
    return namespace == pod.namespace and bool(selector.matches(pod.labels))


def pick(candidates: Sequence[Candidate]) -> Candidate:
    """The one that costs least; of equals, the first. candidates: at least one."""
    return min(candidates, key=attrgetter("price"))


CRITERIA = (
    "it breaks the fewest PodDisruptionBudgets",
    "the highest priority among its victims is the lowest",
    "the sum of its victims' priorities is the lowest",
    "it has the fewest victims",
    "its most important victims have run for the shortest time",
)
"""What `cost` compares, in its order."""

NO_BREACH = "it breaks no PodDisruptionBudget"


def why_this(candidates: Sequence[Candidate], best: Candidate) -> str:
    """Why this node and none of the others, "" when there was no choice: "c4 of 6 nodes, as it has the fewest victims"."""
    if len(candidates) < 2:
        return ""
    left = [candidate.price for candidate in candidates]
    told = []
    for place, criterion in enumerate(CRITERIA):
        least = min(one[place] for one in left)
        rest = [one for one in left if one[place] == least]
        if len(rest) < len(left):
            told.append(NO_BREACH if (place, least) == (0, 0) else criterion)
        left = rest
    if len(left) > 1:
        told.append(f"it is the first of {len(left)} that cost the same")
    return f"{best.node} of {len(candidates)} nodes, as {' and '.join(told)}"


def cost(candidate: Candidate) -> tuple[int, int, int, int, int]:
    """Budgets broken; the highest priority among the victims; the sum of priorities; how many; how long the eldest of the
    highest priority has been running (the sooner it started, the dearer)."""
    victims = candidate.victims
    highest = victims[0].priority
    return (
        candidate.violations,
        highest,
        sum(victim.priority + PRIORITY_OFFSET for victim in victims),
        len(victims),
        -min(started(victim) for victim in victims if victim.priority == highest),
    )
