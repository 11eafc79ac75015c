"""Cases of one plug-in at a time: filters, scores, arguments."""

from __future__ import annotations

from typing import Any

from app.conformance.cases import Case
from app.conformance.cluster import incoming, node_names, snapshot_of
from app.conformance.reading import Unreadable
from app.conformance.registry import Adapter, Answer, Key
from app.orchestration.scheduler.framework import Code, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins import PLUGINS
from app.orchestration.scheduler.plugins.arguments import ArgumentError
from app.orchestration.scheduler.plugins.node_resources_fit import NodeResourcesFit

STRATEGIES = ("LeastAllocated", "MostAllocated", "RequestedToCapacityRatio")
TESTED = (
    "ImageLocality",
    "InterPodAffinity",
    "NodeAffinity",
    "NodeName",
    "NodePorts",
    "NodeResourcesBalancedAllocation",
    "NodeResourcesFit",
    "NodeUnschedulable",
    "PodTopologySpread",
    "TaintToleration",
)


def plugin_of(case: Case) -> Any:
    """The case's plug-in, made of the case's arguments. "NodeResourcesFit.MostAllocated" is a strategy of the first."""
    name = case.subject.partition(".")[0]
    try:
        return PLUGINS[name](case.args)
    except ArgumentError as problem:
        raise Unreadable(f"the arguments of {name} cannot be taken: {problem}") from None


def filtered(case: Case) -> Answer:
    """What the filter says of every node, in all the forms that cases ask for."""
    plugin, pod, snapshot = plugin_of(case), incoming(case), snapshot_of(case)
    state, said = CycleState(), None
    if hasattr(plugin, "pre_filter"):
        _, said = plugin.pre_filter(state, pod, snapshot)
    wanted = node_names(case)
    if not wanted:
        raise Unreadable("nodes is empty, so there is nothing to filter")
    answers: dict[str, Answer] = {}
    for name in wanted:
        node = snapshot.by_name[name]
        # What PreFilter refuses, it refuses everywhere; what it skips, it allows.
        status = (None if said.code is Code.SKIP else said) if said else plugin.filter(state, pod, node)
        answers[name] = _status(status) | _insufficient(plugin, pod, node)
    first = answers[wanted[0]]
    codes = {name: answer["code"] for name, answer in answers.items()}
    return {**first, "codes": codes, "per_node": answers}


def _status(status: Status | None) -> Answer:
    code = Code.SUCCESS if status is None else status.code
    return {
        "fits": status is None,
        "code": code.value,
        "reasons": list(status.reasons) if status else [],
    }


def _insufficient(plugin: Any, pod: PodInfo, node: NodeInfo) -> Answer:
    """The numbers behind `Insufficient cpu`."""
    if not isinstance(plugin, NodeResourcesFit):
        return {}
    lacking = []
    for reason in plugin.lacking(pod, node):
        name = reason.removeprefix("Insufficient ")
        resource = name if name != reason else "pods"
        numbers = (
            (pod.requests[resource], node.requested.get(resource, 0))
            if name != reason
            else (1, len(node.pods))
        )
        lacking.append(
            {
                "resource": resource,
                "reason": reason,
                "requested": numbers[0],
                "used": numbers[1],
                "capacity": node.allocatable.get(resource, 0),
            }
        )
    return {"insufficient": lacking}


def scored(case: Case) -> Answer:
    """The normalised scores of the nodes that passed. A plug-in that skips adds nothing: 0 everywhere."""
    plugin, pod, snapshot = plugin_of(case), incoming(case), snapshot_of(case)
    state = CycleState()
    wanted = node_names(case)
    if not wanted:
        return {"scores": {}, "skipped": False}
    nodes = [snapshot.by_name[name] for name in wanted]
    if hasattr(plugin, "pre_score"):
        said = plugin.pre_score(state, pod, snapshot, nodes)
        if said is not None and said.code is Code.SKIP:
            return {"scores": dict.fromkeys(wanted, 0), "skipped": True}
    raws = [plugin.score(state, pod, node) for node in nodes]
    scores = plugin.normalise(state, pod, raws) if hasattr(plugin, "normalise") else raws
    return {"scores": dict(zip(wanted, scores, strict=True)), "skipped": False}


def unskipped(case: Case, got: Answer) -> tuple[Answer, ...]:
    """Older releases score also where newer ones skip the plug-in."""
    if not got["skipped"]:
        return ()
    plugin, pod, snapshot = plugin_of(case), incoming(case), snapshot_of(case)
    if hasattr(plugin, "score_key"):
        return ()  # what it counts, it counts in PreScore
    state = CycleState()
    return ({"scores": {n: plugin.score(state, pod, snapshot.by_name[n]) for n in got["scores"]}},)


def validated(case: Case) -> Answer:
    """Whether the arguments can be taken, and which field is wrong."""
    try:
        PLUGINS[case.subject.partition(".")[0]](case.args)
    except ArgumentError as problem:
        return {"valid": False, "errors": [{"type": _kind(problem), "field": problem.field}]}
    return {"valid": True, "errors": []}


def _kind(problem: ArgumentError) -> str:
    """The error's type as Kubernetes' `field.ErrorType` has it."""
    detail = problem.detail
    for start, kind in (
        ("Required value", "Required"),
        ("Unsupported value", "NotSupported"),
        ("Forbidden", "Forbidden"),
        ("Duplicate value", "Duplicate"),
    ):
        if detail.startswith(start):
            return kind
    return "Invalid"


def shorter_paths(case: Case, got: Answer) -> tuple[Answer, ...]:
    """Older releases leave out "scoringStrategy." in the path of a field."""
    errors = [{**one, "field": one["field"].removeprefix("scoringStrategy.")} for one in got["errors"]]
    return ({**got, "errors": errors},)


def older_taint_words(case: Case, got: Answer) -> tuple[Answer, ...]:
    """v1.23: "node(s) had taint {a: b}, that the pod didn't tolerate"."""

    def older(answer: Answer) -> Answer:
        reasons = [
            reason.replace("had untolerated taint", "had taint") + ", that the pod didn't tolerate"
            for reason in answer["reasons"]
        ]
        return {**answer, "reasons": reasons}

    per_node = {name: older(answer) for name, answer in got["per_node"].items()}
    return ({**older(got), "per_node": per_node},)


def _others(name: str) -> dict[str, Any]:
    return {"TaintToleration": {"filter": older_taint_words}}.get(name, {})


ADAPTERS: dict[Key, Adapter] = {
    **{
        (name, "filter"): Adapter(filtered, _others(name).get("filter"))
        for name in TESTED
        if hasattr(PLUGINS[name], "filter")
    },
    **{(name, "score"): Adapter(scored, unskipped) for name in TESTED if hasattr(PLUGINS[name], "score")},
    **{(f"NodeResourcesFit.{strategy}", "score"): Adapter(scored, unskipped) for strategy in STRATEGIES},
    **{
        (name, "args_validation"): Adapter(validated, shorter_paths)
        for name in (*TESTED, "DefaultPreemption")
    },
    **{
        (f"NodeResourcesFit.{one}", "args_validation"): Adapter(validated, shorter_paths)
        for one in STRATEGIES
    },
}
