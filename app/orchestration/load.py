"""How a workload's load is shared among its pods, and how often an index of a Job has been tried: what kubelets cannot know.

A load is the annotation `sim/load` of a workload (a Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, or of one pod): so
much cpu in all, as if a balancer gave every ready pod an equal part of the requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import FAILED, LOAD, Pod
from app.orchestration.objects.quantity import CPU, QuantityError, parse_quantity
from app.orchestration.store import ObjectStore


def loaded(thing: KubeObject | None) -> int | None:
    """The load that an object is under, in milli-cpu; None if it says nothing of any."""
    text = None if thing is None else thing.metadata.annotations.get(LOAD)
    if text is None:
        return None
    try:
        return parse_quantity(text, CPU)
    except QuantityError:
        return None


def loads_of(store: ObjectStore, pods: Iterable[Pod]) -> dict[str, int]:
    """What falls to each of these pods that are under load, by key: nothing while it is not ready."""
    loads: dict[str, int] = {}
    shares: dict[tuple[str, str], dict[str, int]] = {}
    for pod in pods:
        bearer = _bearer(store, pod)
        if bearer is None:
            continue
        name = (bearer.KIND, bearer.key)
        if name not in shares:
            shares[name] = {pod.key: loaded(pod) or 0} if bearer is pod else _shares(store, bearer)
        loads[pod.key] = shares[name].get(pod.key, 0)
    return loads


def _shares(store: ObjectStore, bearer: KubeObject) -> dict[str, int]:
    """A load, divided among the pods that are ready. What does not divide goes to the first ones."""
    ready = sorted(pod.key for pod in pods_under(store, bearer) if pod.ready and not pod.terminating)
    part, rest = divmod(loaded(bearer) or 0, max(1, len(ready)))
    return {key: part + (number < rest) for number, key in enumerate(ready)}


def pods_under(store: ObjectStore, bearer: KubeObject) -> list[Pod]:
    """The pods that an object owns, itself or through what it owns."""
    found: list[Pod] = []
    for dependent in store.dependents(bearer):
        if type(dependent) is Pod:
            found.append(dependent)
        else:
            found += pods_under(store, dependent)
    return found


def _bearer(store: ObjectStore, pod: Pod) -> KubeObject | None:
    """The nearest of the pod and those that control it that is under load."""
    thing: KubeObject | None = pod
    while thing is not None:
        if loaded(thing) is not None:
            return thing
        reference = thing.controller or next(iter(thing.metadata.owner_references), None)
        thing = None if reference is None else store.owner(thing, reference)
    return None


def attempts_of(store: ObjectStore, pods: Sequence[Pod]) -> dict[str, int]:
    """How many pods of the same index of its Job (of the Job, if it has no indexes) failed before each of these, by key."""
    failures: dict[str, dict[int | None, int]] = {}
    for pod in pods:
        if pod.job_key not in failures:
            job = store.jobs.get(pod.job_key)
            failed = failures[pod.job_key] = {}
            for other in store.pods_of(job) if job is not None else ():
                if other.status.phase == FAILED:
                    failed[other.index] = failed.get(other.index, 0) + 1
    return {pod.key: failures[pod.job_key].get(pod.index, 0) for pod in pods}
