"""Cases of preemption: who may, where it may help, who would have to leave, which node is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.conformance.cases import Case
from app.conformance.cluster import incoming, snapshot_of
from app.conformance.reading import Unreadable
from app.conformance.registry import Adapter, Answer, Key
from app.orchestration.scheduler.framework import Code, CycleState, PreFilter, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins import PLUGINS
from app.orchestration.scheduler.plugins.default_preemption import DefaultPreemption
from app.orchestration.scheduler.preemption import Candidate, dry_run, ineligible, pick, worth_trying
from app.orchestration.scheduler.profile import Nominator, Profile, Runner, left_out
from app.orchestration.scheduler.snapshot import Snapshot

FAKE_REASON = "Nodes failed the fake plugin"


class _TrueFilter:
    """Kubernetes' own tests switch such filters on."""

    name = "TrueFilter"

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return None


class _FalseFilter(_TrueFilter):
    name = "FalseFilter"

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return Status(Code.UNSCHEDULABLE, (FAKE_REASON,))


class _FakeFilter(_FalseFilter):
    """Their fake one; only where it refuses does a case name it."""

    name = "FakeFilter"


class _MatchFilter(_TrueFilter):
    """Fits where the node is called like the pod."""

    name = "MatchFilter"

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        alike = node.name == pod.key.rpartition("/")[2]
        return None if alike else Status(Code.UNSCHEDULABLE, (FAKE_REASON,))


FAKES: dict[str, type[_TrueFilter]] = {
    one.name: one for one in (_TrueFilter, _FalseFilter, _FakeFilter, _MatchFilter)
}


class Filters(Runner):
    """The case's filters as a running profile, after PreFilter.

    state: what PreFilter left. refused: what it refused on every node.
    """

    def __init__(self, names: Sequence[str], snapshot: Snapshot, pod: PodInfo) -> None:
        plugins = [_filter_of(name) for name in names]
        points = {
            "preFilter": [plugin for plugin in plugins if isinstance(plugin, PreFilter)],
            "filter": plugins,
        }
        super().__init__(Profile("of a case", points, {}), snapshot, Nominator())
        self.state = CycleState()
        self.names, self.refused = self.pre_filter(self.state, pod)

    def status(self, pod: PodInfo, node: NodeInfo) -> Status | None:
        """What the cycle says of the node."""
        if self.refused is not None:
            return self.refused
        if self.names is not None and node.name not in self.names:
            return left_out(self.state)
        return self.filter(self.state, pod, node)


def _filter_of(name: str) -> Any:
    factory: Any = FAKES[name] if name in FAKES else PLUGINS.get(name)
    if factory is None or not hasattr(factory, "filter"):
        raise Unreadable(f"there is no filter plug-in called {name!r}")
    return factory({}) if name in PLUGINS else factory()


def _statuses(case: Case, running: Filters, pod: PodInfo) -> dict[str, Status]:
    """What the filters said before: as the case gives it, or else as they say now."""
    given = case.args.get("node_statuses")
    if given is None:
        found = {node.name: running.status(pod, node) for node in running.snapshot.nodes}
        return {name: status for name, status in found.items() if status is not None}
    return {name: Status(_code(code)) for name, code in given.items()}


def _code(text: Any) -> Code:
    try:
        return Code(text)
    except ValueError:
        raise Unreadable(f"{text!r} is no code") from None


def _plugin(case: Case) -> DefaultPreemption:
    names = ("minCandidateNodesPercentage", "minCandidateNodesAbsolute")
    return DefaultPreemption({name: case.args[name] for name in names if name in case.args})


def _running(case: Case, pod: PodInfo) -> Filters:
    return Filters(case.args.get("filter_plugins") or (), snapshot_of(case), pod)


def eligible(case: Case) -> Answer:
    """Whether the pod may preempt at all."""
    pod, code = incoming(case), case.args.get("nominated_node_status")
    nominated = None if code is None else Status(_code(code))
    return {"eligible": not ineligible(pod, snapshot_of(case), nominated)}


def candidate_nodes(case: Case) -> Answer:
    """The nodes where it may help."""
    statuses = {name: Status(_code(code)) for name, code in (case.args.get("node_statuses") or {}).items()}
    return {"nodes": [node.name for node in worth_trying(snapshot_of(case), statuses)]}


def _candidates(case: Case) -> list[Candidate]:
    pod = incoming(case)
    running = _running(case, pod)
    nodes = running.snapshot.nodes
    statuses = _statuses(case, running, pod) if "node_statuses" in case.args else {}
    nodes = worth_trying(running.snapshot, statuses)
    # The dry run starts from the state of a cycle in which nothing has left yet; all candidates are wanted.
    found, _ = dry_run(running.state, pod, nodes, running.snapshot.budgets, running, len(nodes))
    return found


def _name(pod: str) -> str:
    return pod.rpartition("/")[2]


def dry_ran(case: Case) -> Answer:
    """Every candidate."""
    return {
        "candidates": [
            {
                "node": one.node,
                "victims": [_name(victim.key) for victim in one.victims],
                "num_pdb_violations": one.violations,
            }
            for one in _candidates(case)
        ]
    }


def selected(case: Case) -> Answer:
    """The candidate that costs least."""
    found = _candidates(case)
    return {"chosen": pick(found).node if found else None}


def post_filtered(case: Case) -> Answer:
    """All of it: the nominated node and the victims."""
    pod = incoming(case)
    running = _running(case, pod)
    statuses = _statuses(case, running, pod)
    nomination, status = _plugin(case).post_filter(running.state, pod, running.snapshot, statuses, running)
    victims = nomination.victims if nomination else ()
    return {
        "nominated_node": nomination.node or None if nomination else None,
        "victims": [_name(victim.pod) for victim in victims],
        "code": (Code.SUCCESS if status is None else status.code).value,
    }


ADAPTERS: dict[Key, Adapter] = {
    ("DefaultPreemption", "eligible"): Adapter(eligible),
    ("DefaultPreemption", "candidate_nodes"): Adapter(candidate_nodes),
    ("DefaultPreemption", "dry_run"): Adapter(dry_ran),
    ("DefaultPreemption", "select_candidate"): Adapter(selected),
    ("DefaultPreemption", "preempt"): Adapter(post_filtered),
    ("DefaultPreemption", "post_filter"): Adapter(post_filtered),
}
