"""What the object store holds: immutable objects in tables, the revision that counts its writes, and the limits.

A write replaces an object, counts up the revision, which becomes the object's resource version, and says so as an event.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.events import ObjectDeleted, ObjectStored
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import JOB_TRACKING, plain
from app.orchestration.objects.node import Lease, Node
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import Placement
from app.vocabulary.base import Event, Fields, Picture
from app.vocabulary.ids import ZERO, Ballot

FINISHED_PODS = 500
FINISHED_JOBS = 100

AnyObject = Pod | Job | Node | Lease


class Tables:
    """Pods, Jobs, Nodes and Leases, with the placements of bound pods, and what is derived from them.

    revision: counted up by every write. epoch: the ballot of the newest leader whose first entry is applied.
    finished, finished_jobs: keys in the order of finishing; the oldest are removed beyond the limits.
    of_job, on_node: which pods belong to a Job, or are bound to a node.
    """

    def __init__(self, finished_pods: int = FINISHED_PODS, finished_jobs: int = FINISHED_JOBS) -> None:
        self.finished_pods_max = finished_pods
        self.finished_jobs_max = finished_jobs
        self.revision = 0
        self.epoch: Ballot = ZERO
        self.generated = 0
        self.pods: dict[str, Pod] = {}
        self.jobs: dict[str, Job] = {}
        self.nodes: dict[str, Node] = {}
        self.leases: dict[str, Lease] = {}
        self.placements: dict[str, tuple[int, Placement]] = {}
        self.inputs: dict[str, tuple[str, ...]] = {}
        self.finished: dict[str, None] = {}
        self.finished_jobs: dict[str, None] = {}
        self.of_job: dict[str, dict[str, None]] = {}
        self.on_node: dict[str, dict[str, None]] = {}

    def snapshot(self) -> Any:
        """An immutable value that `restore` accepts; the objects themselves are shared."""
        return (
            self.revision, self.epoch, self.generated, dict(self.pods), dict(self.jobs), dict(self.nodes),
            dict(self.leases), dict(self.placements), dict(self.inputs), tuple(self.finished), tuple(self.finished_jobs),
        )  # fmt: skip

    def restore(self, snapshot: Any) -> None:
        """Become, in place, the state that `snapshot` was taken of."""
        self.revision, self.epoch, self.generated = snapshot[:3]
        pods, jobs, nodes, leases, placements, inputs = (dict(table) for table in snapshot[3:9])
        self.pods, self.jobs, self.nodes, self.leases = pods, jobs, nodes, leases
        self.placements, self.inputs = placements, inputs
        self.finished, self.finished_jobs = dict.fromkeys(snapshot[9]), dict.fromkeys(snapshot[10])
        self.of_job, self.on_node = {}, {}
        for key, pod in self.pods.items():
            self._index(key, pod)

    def view(self) -> Picture:
        """The entities of this store, as `World.view()` shows them."""
        tables: dict[str, dict[str, Any]] = {
            "Pod": self.pods,
            "Job": self.jobs,
            "Node": self.nodes,
            "Lease": self.leases,
        }
        picture: Picture = {
            kind: {key: shown(thing) for key, thing in table.items()} for kind, table in tables.items()
        }
        picture["placement"] = {
            key: {**plain(placement), "slot": slot} for key, (slot, placement) in self.placements.items()
        }
        return picture

    def put(self, thing: AnyObject) -> ObjectStored:
        self.revision += 1
        metadata = replace(thing.metadata, resource_version=str(self.revision))
        thing = replace(thing, metadata=metadata)
        table: dict[str, Any] = self._table(thing.KIND)
        key = thing.key
        table[key] = thing
        if type(thing) is Pod:
            self._index(key, thing)
            if thing.finished and key not in self.finished:
                self.finished[key] = None
        return ObjectStored(
            thing.KIND, metadata.namespace, metadata.name, metadata.resource_version, shown(thing)
        )

    def pods_of(self, job: Job) -> list[Pod]:
        """The pods of this very Job: an earlier one of its name may have left some that no kubelet has let go yet."""
        pods = [self.pods[key] for key in self.of_job.get(job.key, ())]
        return [pod for pod in pods if pod.job is not None and pod.job.uid == job.metadata.uid]

    def _index(self, key: str, pod: Pod) -> None:
        if pod.job is not None:
            self.of_job.setdefault(pod.job_key, {})[key] = None
        if pod.spec.node_name:
            self.on_node.setdefault(pod.spec.node_name, {})[key] = None

    def remove(self, thing: Pod | Job, reason: str) -> ObjectDeleted:
        self.revision += 1
        key, metadata = thing.key, thing.metadata
        placed = False
        if type(thing) is Pod:
            del self.pods[key]
            placed = self.placements.pop(key, None) is not None
            self.finished.pop(key, None)
            _discard(self.of_job, thing.job_key, key)
            _discard(self.on_node, thing.spec.node_name, key)
        else:
            del self.jobs[key]
            self.inputs.pop(key, None)
            self.finished_jobs.pop(key, None)
        return ObjectDeleted(
            thing.KIND, metadata.namespace, metadata.name, str(self.revision), placed, reason
        )

    def trim_pods(self) -> list[Event]:
        """Remove the oldest finished pods beyond the limit; those that their Job has yet to count stay."""
        surplus = len(self.finished) - self.finished_pods_max
        if surplus <= 0:
            return []
        oldest = [key for key in self.finished if JOB_TRACKING not in self.pods[key].metadata.finalizers]
        return [self.remove(self.pods[key], "Limit") for key in oldest[:surplus]]

    def _table(self, kind: str) -> dict[str, Any]:
        if kind == Pod.KIND:
            return self.pods
        if kind == Job.KIND:
            return self.jobs
        return self.nodes if kind == Node.KIND else self.leases


def shown(thing: AnyObject) -> Fields:
    """An object as the picture has it: every part whole, so that an update replaces and never mixes."""
    fields: Fields = {"metadata": plain(thing.metadata), "spec": plain(thing.spec)}
    if type(thing) is not Lease:
        fields["status"] = plain(thing.status)  # type: ignore[union-attr]
    return fields


def _discard(index: dict[str, dict[str, None]], group: str, key: str) -> None:
    members = index.get(group)
    if members is not None:
        members.pop(key, None)
        if not members:
            del index[group]
