"""Cases of the scheduler's smaller parts: sampling, choosing, sorting, backing off, scaling."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.conformance.cases import Case
from app.conformance.reading import Unreadable
from app.conformance.registry import Adapter, Answer, Key
from app.orchestration.backoff import backoff_us
from app.orchestration.scheduler.framework import default_normalise
from app.orchestration.scheduler.plugins.priority_sort import PrioritySort
from app.orchestration.scheduler.plugins.strategies import broken_linear
from app.orchestration.scheduler.sampling import MIN_FEASIBLE, MIN_PERCENTAGE, nodes_to_find, select


class _Queued(NamedTuple):
    priority: int
    timestamp: int


def sampled(case: Case) -> Answer:
    """How many feasible nodes are enough."""
    args = case.args
    ours = {"min_feasible": MIN_FEASIBLE, "min_percentage": MIN_PERCENTAGE}
    for name, value in ours.items():
        if args.get(name, value) != value:
            raise Unreadable(f"{name} is {args[name]}; here it is always {value}, as in Kubernetes")
    return {"nodes_to_find": nodes_to_find(args["percentage_of_nodes_to_score"], args["num_all_nodes"])}


def selected(case: Case) -> Answer:
    """The node that is taken of those with the highest total."""
    scores = [(one["name"], one["score"]) for one in case.args["scores"] or ()]
    if not scores:
        return {"error": True, "chosen": None}
    top = max(score for _, score in scores)
    best = [at for at, (_, score) in enumerate(scores) if score == top]
    return {"error": False, "chosen": scores[select(best, None)][0]}


def sorted_first(case: Case) -> Answer:
    """Who comes first in the queue."""
    one, other = (_Queued(raw.get("priority", 0), raw.get("timestamp", 0)) for raw in _two(case.args))
    sort = PrioritySort({})
    return {"p1_before_p2": sort.less(one, other)}


def _two(args: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return args["p1"], args["p2"]


def backed_off(case: Case) -> Answer:
    """How long a pod waits after that many attempts; the unit makes no difference."""
    args = case.args
    return {"backoff_ns": backoff_us(args["attempts"], args["initial_ns"], args["max_ns"])}


def normalised(case: Case) -> Answer:
    """Scores scaled to 0..100."""
    return {"scores": default_normalise(case.args["scores"] or [], case.args.get("reverse", False))}


def on_the_line(case: Case) -> Answer:
    """The broken line of a shape, at the points that are asked for; which these are, only `expected` says."""
    shape = tuple((point["utilization"], point["score"]) for point in case.args["shape"])
    asked = [point["utilization"] for point in case.expected.get("points") or ()]
    return {"points": [{"utilization": at, "score": broken_linear(shape, at)} for at in asked]}


ADAPTERS: dict[Key, Adapter] = {
    ("NodeSampling", "num_feasible_nodes"): Adapter(sampled),
    ("SelectHost", "select"): Adapter(selected),
    ("PrioritySort", "queue_sort"): Adapter(sorted_first),
    ("SchedulingQueue", "backoff"): Adapter(backed_off),
    ("helper.DefaultNormalizeScore", "function"): Adapter(normalised),
    ("helper.BrokenLinearFunction", "function"): Adapter(on_the_line),
}
