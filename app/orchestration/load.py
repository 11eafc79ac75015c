"""How a workload's load is shared among its pods, and how often an index of a Job has been tried: what kubelets cannot know.

A load is the annotation `sim/load` of a workload (a Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, or of one pod): so
much cpu in all, as if a balancer gave every ready pod an equal part of the requests.
"""

from __future__ import annotations

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


def load_of(store: ObjectStore, pod: Pod) -> int | None:
    """What falls to this pod: nothing while it is not ready; None if nobody puts it under load."""
    bearer = _bearer(store, pod)
    if bearer is None:
        return None
    total = loaded(bearer) or 0
    if bearer is pod:
        return total
    if not pod.ready or pod.terminating:
        return 0
    ready = [other for other in pods_under(store, bearer) if other.ready and not other.terminating]
    # What does not divide goes to the first ones, so that the parts add up.
    part, rest = divmod(total, len(ready))
    return part + (sorted(other.key for other in ready).index(pod.key) < rest)


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


def attempts_before(store: ObjectStore, pod: Pod) -> int:
    """How many pods of the same index of its Job (of the Job, if it has no indexes) have failed."""
    job = store.jobs.get(pod.job_key)
    if job is None:
        return 0
    earlier = [other for other in store.pods_of(job) if other.index == pod.index and other.key != pod.key]
    return sum(other.status.phase == FAILED for other in earlier)
