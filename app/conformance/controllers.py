"""Adapters for the cases of the controllers: node lifecycle, ReplicaSet, Deployment; with those of `jobs`, `autoscaling`."""

from __future__ import annotations

from typing import Any

from app.conformance import autoscaling, jobs
from app.conformance.cases import Case
from app.conformance.reading import Unreadable, read, timestamp_ns
from app.conformance.registry import Adapter, Answer, Key, joined
from app.orchestration.controllers.deployment import fences, rolling
from app.orchestration.controllers.deployment.rolling import Share
from app.orchestration.controllers.node_lifecycle import eviction_at_us, eviction_delay_us, min_toleration_us
from app.orchestration.controllers.replica_set.order import Candidate, earlier
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.node import NO_EXECUTE, Node, Taint
from app.orchestration.objects.pod import Pod, Toleration
from app.vocabulary.ids import SECOND

NOW_US = 10**15


# Deployment


def _fenceposts(case: Case) -> Answer:
    given = case.input
    try:
        surge, unavailable = fences.resolve_fenceposts(
            given["max_surge"], given["max_unavailable"], given["replicas"]
        )
    except ValueError as problem:
        return {"error": True, "message": str(problem)}
    return {"surge": surge, "unavailable": unavailable}


def _deployment(given: dict[str, Any]) -> Deployment:
    """A Deployment of which a case gives only its numbers. No type: RollingUpdate, as the API defaults it."""
    rolling_update = {
        "maxSurge": given.get("max_surge", 0),
        "maxUnavailable": given.get("max_unavailable", 0),
    }
    strategy = {"type": given.get("strategy", "RollingUpdate"), "rollingUpdate": rolling_update}
    raw = {"spec": {"replicas": given.get("replicas", 0), "strategy": strategy}}
    return read(Deployment, raw)


def _max_unavailable(case: Case) -> Answer:
    deployment = read(Deployment, {"spec": case.input["spec"]})
    try:
        return {"max_unavailable": fences.max_unavailable(deployment)}
    except ValueError as problem:
        raise Unreadable(f"input.spec.strategy: {problem}") from None


def _new_replicas(case: Case) -> Answer:
    given = case.input
    total = given["total_current_pods"]
    return {"new_rs_replicas": fences.new_replicas(_deployment(given), given["new_rs_replicas"], total)}


def _proportional(case: Case) -> Answer:
    given = case.input
    new = _share(given["new_rs"]) if given.get("new_rs") else None
    old = [_share(raw) for raw in given.get("old_rss") or ()]
    sizes = rolling.scale(_deployment(given), new, old)
    everyone = [*old, *([new] if new else [])]
    return {"replicas": {share.name: sizes.get(share.name, share.replicas) for share in everyone}}


def _share(raw: dict[str, Any]) -> Share:
    created = timestamp_ns(raw["created"]) if raw.get("created") else 0
    return Share(
        raw["name"],
        raw["replicas"],
        raw.get("available") or 0,
        (created, raw["name"]),
        raw.get("annotated_desired"),
        raw.get("annotated_max"),
    )


def _old_and_new(given: dict[str, Any]) -> tuple[Share, Share]:
    old = Share("old", given.get("old_rs_replicas", 0), given.get("old_available", 0), (0, "old"))
    return old, Share("new", given.get("new_rs_replicas", 0), given.get("new_available", 0), (1, "new"))


def _reconcile_new(case: Case) -> Answer:
    old, new = _old_and_new(case.input)
    sizes = rolling.reconcile_new(_deployment(case.input), new, [old])
    return {"new_rs_replicas": sizes.get("new", new.replicas), "scaled": bool(sizes)}


def _reconcile_old(case: Case) -> Answer:
    old, new = _old_and_new(case.input)
    sizes = rolling.reconcile_old(_deployment(case.input), new, [old])
    return {"old_rs_replicas": sizes.get("old", old.replicas), "scaled": bool(sizes)}


def _cleanup(case: Case) -> Answer:
    old, _ = _old_and_new(case.input)
    sizes = rolling.cleanup_unhealthy([old], case.input["max_cleanup"])
    return {"cleaned": old.replicas - sizes.get("old", old.replicas)}


def _scale_down_old(case: Case) -> Answer:
    old, _ = _old_and_new(case.input)
    sizes = rolling.scale_down_old(_deployment(case.input), [old], old.available)
    return {"old_rs_replicas": sizes.get("old", old.replicas), "scaled": bool(sizes)}


# ReplicaSet


def _deleted_first(case: Case) -> Answer:
    a, b = (_candidate(case.input[name]) for name in "ab")
    return {"a_deleted_before_b": earlier(a, b, NOW_US)}


def _deleted_first_once(case: Case, got: Answer) -> tuple[Answer, ...]:
    """As before v1.22: times are compared exactly, so that two of about the same age are not drawn by lot."""
    a, b = (_candidate(case.input[name]) for name in "ab")
    if a.ready and b.ready and a.ready_us != b.ready_us and a.rank == b.rank:
        newer = a.ready_us is None or (b.ready_us is not None and a.ready_us > b.ready_us)
        return ({"a_deleted_before_b": newer},)
    if a.restarts == b.restarts and a.created_us != b.created_us and a.ready == b.ready and a.rank == b.rank:
        newer = a.created_us is None or (b.created_us is not None and a.created_us > b.created_us)
        return ({"a_deleted_before_b": newer},)
    return ()


def _candidate(raw: dict[str, Any]) -> Candidate:
    return Candidate(
        uid=raw.get("uid") or "",
        assigned=raw["assigned"],
        phase=raw["phase"],
        ready=raw["ready"],
        rank=raw.get("rank") or 0,
        cost=raw.get("deletion_cost") or 0,
        ready_us=_ago(raw.get("ready_since")),
        restarts=raw.get("restarts") or 0,
        created_us=_ago(raw.get("created")),
    )


def _ago(seconds: float | None) -> int | None:
    """A time given as seconds from now (0, or negative)."""
    return None if seconds is None else NOW_US + round(seconds * SECOND)


# Node lifecycle


def _min_toleration(case: Case) -> Answer:
    tolerations = [read(Toleration, raw) for raw in case.input["tolerations"] or ()]
    least_us = min_toleration_us(tolerations)
    return (
        {"seconds": -1, "meaning": "infinite"}
        if least_us is None
        else {"seconds": least_us // SECOND, "meaning": None}
    )


def _taint_eviction(case: Case) -> Answer:
    given = case.input
    soonest: int | None = None
    if not str(given.get("event", "")).endswith("_deleted"):
        soonest = _eviction_us(given, _old_eviction_us(given))
    answer: Answer = {"evict_immediately": soonest == 0}
    # When the test looked is part of the question, though it stands beside the answer.
    looked_s = case.expected.get("observed_after_seconds")
    if looked_s is not None:
        answer |= {
            "deleted": soonest is not None and soonest <= looked_s * SECOND,
            "observed_after_seconds": looked_s,
        }
    return answer


def _eviction_us(given: dict[str, Any], scheduled_us: int | None) -> int | None:
    """When the first of the pods goes, from the event on."""
    pods, taints = _tainted(given)
    delays = [eviction_delay_us(pod.spec.tolerations, taints) if taints else None for pod in pods]
    times = [eviction_at_us(scheduled_us, 0, delay) for delay in delays]
    return min((time for time in times if time is not None), default=None)


def _old_eviction_us(given: dict[str, Any]) -> int | None:
    """When the pod would have gone as it was before the event, if it changed on its node."""
    old = given.get("old_pod")
    return _eviction_us({**given, "new_pod": old}, None) if old else None


def _tainted(given: dict[str, Any]) -> tuple[list[Pod], list[Taint]]:
    """The pods as they are after the event, and the NoExecute taints of their node."""
    raw_pods = given.get("pods") or [given.get("new_pod") or given.get("pod")]
    pods = [read(Pod, raw) for raw in raw_pods if raw]
    node = given.get("new_node") or given.get("node")
    if node is not None:
        whole = read(Node, node)
        here, taints = whole.metadata.name, list(whole.spec.taints)
    elif isinstance(given.get("node_taints"), dict):
        here = next((pod.spec.node_name for pod in pods if pod.spec.node_name), "")
        taints = [read(Taint, raw) for raw in given["node_taints"].get(here) or []]
    elif "node_taints" in given:
        here, taints = "", [read(Taint, raw) for raw in given["node_taints"] or []]
    else:
        raise Unreadable("the case gives neither a node nor taints")
    bound = [pod for pod in pods if pod.spec.node_name and here in ("", pod.spec.node_name)]
    return bound, [taint for taint in taints if taint.effect == NO_EXECUTE]


ADAPTERS: dict[Key, Adapter] = joined(
    {
        ("deployment.fenceposts", ""): Adapter(_fenceposts),
        ("deployment.max_unavailable", ""): Adapter(_max_unavailable),
        ("deployment.new_rs_replicas", ""): Adapter(_new_replicas),
        ("deployment.proportional_scaling", ""): Adapter(_proportional),
        ("deployment.reconcile_new", ""): Adapter(_reconcile_new),
        ("deployment.reconcile_old", ""): Adapter(_reconcile_old),
        ("deployment.cleanup_unhealthy", ""): Adapter(_cleanup),
        ("deployment.scale_down_old", ""): Adapter(_scale_down_old),
        ("replicaset.scale_down_order", ""): Adapter(_deleted_first, _deleted_first_once),
        ("node_lifecycle.min_toleration", ""): Adapter(_min_toleration),
        ("node_lifecycle.taint_eviction", ""): Adapter(_taint_eviction),
    },
    autoscaling.ADAPTERS,
    jobs.ADAPTERS,
)
