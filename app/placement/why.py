"""Why a pod is where it is, or nowhere: every attempt that the picture keeps, and what would have to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.orchestration.objects.pod import Pod
from app.orchestration.scheduler.advice import advise
from app.orchestration.scheduler.configuration import read_configuration
from app.placement.balance import newest
from app.placement.pictures import cluster_of, read_object
from app.vocabulary.base import Picture

Plain = dict[str, Any]

FINISHED, TERMINATING, BOUND, GATED, UNCLAIMED, PENDING = (
    "finished",
    "terminating",
    "bound",
    "gated",
    "unclaimed",
    "pending",
)
"""States of a pod as the scheduler sees it. unclaimed: its schedulerName is that of no profile."""


def explain(picture: Picture, configuration: Any, key: str) -> Plain:
    """All that there is to say about a pod. configuration: the scenario's KubeSchedulerConfiguration document.

    Raises: KeyError when the picture has no such pod.
    """
    pod = read_object(Pod.KIND, picture[Pod.KIND][key]) if Pod.KIND in picture else None
    if not isinstance(pod, Pod):
        raise KeyError(key)
    attempts = told_attempts(picture.get("placement", {}).get(key, {}))
    profiles = read_configuration(configuration).profiles
    state = state_of(pod, profiles)
    return {
        "pod": key,
        "phase": pod.status.phase,
        "node": pod.spec.node_name,
        "nominated": pod.status.nominated_node_name,
        "state": state,
        "profile": pod.spec.scheduler_name,
        "gates": [gate.name for gate in pod.spec.scheduling_gates],
        "message": attempts[-1]["message"] if attempts else "",
        "attempts": attempts,
        "events": _events(picture, pod),
        "suggestions": _suggestions(picture, profiles, pod) if state in (PENDING, GATED) else [],
    }


def _events(picture: Picture, pod: Pod) -> list[Plain]:
    """Kubernetes' Events of the pod, oldest first."""
    name, namespace = pod.metadata.name, pod.metadata.namespace
    found = [
        event
        for event in picture.get("Event", {}).values()
        if event["involvedObject"]["kind"] == Pod.KIND
        and (event["involvedObject"]["name"], event["metadata"].get("namespace", "default"))
        == (name, namespace)
    ]
    found.sort(key=lambda event: event["lastTimestamp"])
    return [
        {
            "type": event.get("type", "Normal"),
            "reason": event["reason"],
            "message": event["message"],
            "count": event.get("count", 1),
            "at_us": event["lastTimestamp"],
        }
        for event in found
    ]


def state_of(pod: Pod, profiles: Mapping[str, Any]) -> str:
    """What the scheduler has to do with the pod."""
    if pod.finished:
        return FINISHED
    if pod.terminating:
        return TERMINATING
    if pod.spec.node_name:
        return BOUND
    if pod.spec.scheduling_gates:
        return GATED
    return PENDING if pod.spec.scheduler_name in profiles else UNCLAIMED


def told_attempts(placement: Mapping[str, Any]) -> list[Plain]:
    """The kept attempts, oldest first, with rows by names; those that were not written again are filled in."""
    _, attempts = newest(placement)
    known = {one["attempt"]: one for one in attempts}
    told = []
    for one in attempts:
        # The earlier one may have left the ring: then the rows are lost, and `same_as` says whose they were.
        source = known.get(one["same_as"], one)
        rows = [
            {"node": node, "refused": refused, "scores": scores, "total": total}
            for node, refused, scores, total in source["rows"]
        ]
        victims = [
            dict(zip(("pod", "node", "priority", "why"), victim, strict=True)) for victim in one["victims"]
        ]
        told.append({**one, "rows": rows, "counts": source["counts"], "victims": victims})
    return told


def _suggestions(picture: Picture, profiles: Mapping[str, Any], pod: Pod) -> list[Plain]:
    """The smallest changes that would let the pod run, each tried on a copy of the cluster."""
    profile = profiles.get(pod.spec.scheduler_name)
    if profile is None:
        return []
    cluster = cluster_of(picture)
    found = advise(pod, cluster.snapshot, profile, cluster.nominator)
    return [{"code": one.code, "fields": dict(one.fields)} for one in found]
