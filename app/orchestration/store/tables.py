"""What the object store holds: immutable objects in one table a kind, the revision that counts its writes, and the indices.

A write replaces an object, counts up the revision, which becomes the object's resource version, and says so as an event.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from msgspec.structs import replace

from app.orchestration.events import ATTEMPTS_KEPT, ObjectDeleted, ObjectStored
from app.orchestration.objects import KINDS
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.event import Event as KubeEvent
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import JOB_TRACKING, KubeObject, OwnerReference, key_of, plain, shown
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import Lease, Node
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.priority_class import PriorityClass
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.operations import Attempt
from app.orchestration.store.spelling import Spelling
from app.vocabulary.base import Fields, Picture
from app.vocabulary.ids import ZERO, Ballot

FINISHED_PODS = 500
FINISHED_JOBS = 100
FORGOTTEN = 256

AnyObject = KubeObject
Index = dict[str, dict[str, None]]


class Tables:
    """The objects by kind and key, with the attempts to place pods, and what is derived from them.

    revision: counted up by every write. epoch: the ballot of the newest leader whose first entry is applied.
    objects:  one table for each of KINDS; `pods`, `nodes` ... are handles of some of them.
    finished, finished_jobs: keys in the order of finishing; the oldest are removed beyond the limits.
    forgotten: machines that were taken away, with `ForgetNode.before`: the latest ones.
    owned:    owner's uid -> "kind/key" of what refers to it. on_node: pods that are bound to a node.
    loose:    pods without a managing controller, which one may adopt; `loosened` changes whenever it is worth a look.
    telling:  its events say what objects became. Of all copies of the store only one is listened to; the others' events
              say which object changed and no more.
    said:     which Event a note repeats. noted: Events that the present write recorded.
    """

    def __init__(
        self, finished_pods: int = FINISHED_PODS, finished_jobs: int = FINISHED_JOBS, telling: bool = True
    ) -> None:
        self.telling = telling
        self.finished_pods_max = finished_pods
        self.finished_jobs_max = finished_jobs
        self.revision = 0
        self.epoch: Ballot = ZERO
        self.generated = 0
        self.attempts: dict[str, tuple[Attempt, ...]] = {}
        self.inputs: dict[str, tuple[str, ...]] = {}
        self.finished: dict[str, None] = {}
        self.finished_jobs: dict[str, None] = {}
        self.forgotten: dict[str, int] = {}
        self.noted: list[tuple[str, Fields | None]] = []
        self._spelling = Spelling()
        self._hold({kind: {} for kind in KINDS})

    def _hold(self, objects: dict[str, dict[str, Any]]) -> None:
        self.objects = objects
        self.pods: dict[str, Pod] = objects[Pod.KIND]
        self.jobs: dict[str, Job] = objects[Job.KIND]
        self.nodes: dict[str, Node] = objects[Node.KIND]
        self.leases: dict[str, Lease] = objects[Lease.KIND]
        self.namespaces: dict[str, Namespace] = objects[Namespace.KIND]
        self.priority_classes: dict[str, PriorityClass] = objects[PriorityClass.KIND]
        self.budgets: dict[str, PodDisruptionBudget] = objects[PodDisruptionBudget.KIND]
        self.deployments: dict[str, Deployment] = objects[Deployment.KIND]
        self.replica_sets: dict[str, ReplicaSet] = objects[ReplicaSet.KIND]
        self.events: dict[str, KubeEvent] = objects[KubeEvent.KIND]
        self.owned: Index = {}
        self.on_node: Index = {}
        self.loose: dict[str, None] = {}
        self.loosened = self.revision
        self.said: dict[tuple[str, ...], str] = {}

    def snapshot(self) -> Any:
        """An immutable value that `restore` accepts; the objects themselves are shared."""
        return (
            self.revision, self.epoch, self.generated, {kind: dict(table) for kind, table in self.objects.items()},
            dict(self.attempts), dict(self.inputs), tuple(self.finished), tuple(self.finished_jobs),
            dict(self.forgotten),
        )  # fmt: skip

    def restore(self, snapshot: Any) -> None:
        """Become, in place, the state that `snapshot` was taken of."""
        self.revision, self.epoch, self.generated, objects, attempts, inputs, finished, jobs, gone = snapshot
        self._hold({kind: dict(table) for kind, table in objects.items()})
        self.attempts, self.inputs = dict(attempts), dict(inputs)
        self.finished, self.finished_jobs = dict.fromkeys(finished), dict.fromkeys(jobs)
        self.forgotten = dict(gone)
        for kind, table in self.objects.items():
            for key, thing in table.items():
                self._index(kind, key, thing)
                if type(thing) is Pod:
                    self._loosen(key, thing)

    def view(self) -> Picture:
        """The entities of this store, as `World.view()` shows them."""
        spelt = self._spelling.table
        picture: Picture = {kind: spelt(kind, table, shown) for kind, table in self.objects.items()}
        picture["placement"] = spelt("placement", self.attempts, placement_fields)
        return picture

    # Reading

    def get(self, kind: str, key: str) -> Any:
        """The object, or None."""
        return self.objects[kind].get(key)

    def dependents(self, owner: KubeObject) -> list[KubeObject]:
        """What refers to this very object as its owner, in the order of creation."""
        return [self._found(name) for name in self.owned.get(owner.metadata.uid, ())]

    def pods_of(self, owner: KubeObject) -> list[Pod]:
        """The pods of this very owner: an earlier one of its name may have left some that no kubelet has let go yet."""
        return [thing for thing in self.dependents(owner) if type(thing) is Pod]

    def pods_on(self, node: str) -> list[Pod]:
        """The pods that are bound to a node, by name."""
        return [self.pods[key] for key in sorted(self.on_node.get(node, ()))]

    def owner(self, thing: KubeObject, reference: OwnerReference) -> KubeObject | None:
        """The owner that a reference means, if it is still there."""
        kind = KINDS.get(reference.kind)
        if kind is None:
            return None
        namespace = thing.metadata.namespace if kind.NAMESPACED else ""
        found: KubeObject | None = self.objects[reference.kind].get(key_of(namespace, reference.name))
        return found if found is not None and found.metadata.uid == reference.uid else None

    def _found(self, name: str) -> KubeObject:
        kind, _, key = name.partition("/")
        thing: KubeObject = self.objects[kind][key]
        return thing

    # Writing

    def put(self, thing: KubeObject) -> ObjectStored:
        """Store an object, new or changed."""
        thing = self._keep(thing)
        metadata = thing.metadata
        return ObjectStored(
            thing.KIND, metadata.namespace, metadata.name, metadata.resource_version, self.shown(thing)
        )

    def shown(self, thing: KubeObject) -> Fields:
        """The object as the picture has it, for an event."""
        return shown(thing) if self.telling else {}

    def _keep(self, thing: KubeObject) -> KubeObject:
        self.revision += 1
        thing = replace(thing, metadata=replace(thing.metadata, resource_version=str(self.revision)))
        kind, key = thing.KIND, thing.key
        table = self.objects[kind]
        old = table.get(key)
        if old is not None and old.metadata.owner_references != thing.metadata.owner_references:
            self._forget_owners(kind, key, old)
        table[key] = thing
        self._index(kind, key, thing)
        if type(thing) is Pod and (old is None or _identity_changed(old, thing)):
            self._loosen(key, thing)
        if type(thing) is Pod and thing.finished and key not in self.finished:
            self.finished[key] = None
        return thing

    def remove(self, thing: KubeObject, reason: str) -> ObjectDeleted:
        """Take an object out. What that means for others is for `collection.py` to say."""
        self.revision += 1
        kind, key, metadata = thing.KIND, thing.key, thing.metadata
        placed = False
        del self.objects[kind][key]
        self._forget_owners(kind, key, thing)
        if type(thing) is Pod:
            self.loose.pop(key, None)
            placed = self.attempts.pop(key, None) is not None
            self.finished.pop(key, None)
            _discard(self.on_node, thing.spec.node_name, key)
        elif type(thing) is Job:
            self.inputs.pop(key, None)
            self.finished_jobs.pop(key, None)
        return ObjectDeleted(kind, metadata.namespace, metadata.name, str(self.revision), placed, reason)

    def too_many_finished(self) -> list[Pod]:
        """The oldest finished pods beyond the limit; those that their Job has yet to count stay."""
        surplus = len(self.finished) - self.finished_pods_max
        if surplus <= 0:
            return []
        counted = (
            self.pods[key] for key in self.finished if JOB_TRACKING not in self.pods[key].metadata.finalizers
        )
        return list(islice(counted, surplus))

    def _index(self, kind: str, key: str, thing: KubeObject) -> None:
        for owner in thing.metadata.owner_references:
            self.owned.setdefault(owner.uid, {})[f"{kind}/{key}"] = None
        if type(thing) is Pod and thing.spec.node_name:
            self.on_node.setdefault(thing.spec.node_name, {})[key] = None
        elif type(thing) is KubeEvent:
            self.said[identity(thing)] = key

    def _loosen(self, key: str, pod: Pod) -> None:
        if pod.controller is not None:
            self.loose.pop(key, None)
            return
        self.loose[key] = None
        self.loosened = self.revision

    def _forget_owners(self, kind: str, key: str, thing: KubeObject) -> None:
        for owner in thing.metadata.owner_references:
            _discard(self.owned, owner.uid, f"{kind}/{key}")


def _identity_changed(old: KubeObject, new: KubeObject) -> bool:
    """Whether another controller may want it now."""
    before, after = old.metadata, new.metadata
    return before.owner_references != after.owner_references or before.labels != after.labels


def identity(event: KubeEvent) -> tuple[str, ...]:
    """What makes an Event the repeat of another."""
    about = event.involved_object
    return (
        about.kind,
        about.namespace,
        about.name,
        about.uid,
        event.type,
        event.reason,
        event.message,
        event.source,
    )


def _discard(index: Index, group: str, member: str) -> None:
    members = index.get(group)
    if members is not None:
        members.pop(member, None)
        if not members:
            del index[group]


def placement_fields(attempts: tuple[Attempt, ...]) -> Fields:
    """The attempts of a pod as the picture has them (see `events.tried`)."""
    fields: Fields = {}
    for attempt in attempts:
        fields[str(attempt.attempt % ATTEMPTS_KEPT)] = plain(attempt)
        fields["last"], fields["node"] = attempt.attempt, attempt.node
    return fields
