"""A store with a log in front, and small objects to put into it."""

from __future__ import annotations

from typing import Any

from app.orchestration.objects.deployment import Deployment, DeploymentSpec
from app.orchestration.objects.disruption_budget import BudgetSpec, BudgetStatus, PodDisruptionBudget
from app.orchestration.objects.meta import Condition, KubeObject, ObjectMeta, owner_of
from app.orchestration.objects.pod import Container, Pod, PodSpec, PodStatus, PodTemplate
from app.orchestration.objects.replica_set import ReplicaSet, ReplicaSetSpec
from app.orchestration.objects.selector import LabelSelector
from app.orchestration.operations import Attempt, BindPod, CreateObject, RegisterNode, ReportPod
from app.orchestration.store import ObjectStore
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Outcome, Request
from app.world.picture import fold

LEADER = Ballot(1, "s1")
WEB = LabelSelector({"app": "web"})
SPEC = PodSpec((Container("main", "web:1"),))
TEMPLATE = PodTemplate(SPEC, ObjectMeta("", labels={"app": "web"}))


class StoreLog:
    """Applies operations, one a slot, to two stores that must agree; keeps the picture that their events add up to."""

    def __init__(self) -> None:
        self.store = ObjectStore()
        self.twin = ObjectStore()
        self.slot = 0
        self.picture: dict[str, dict[str, Any]] = {}

    def do(self, op: Any) -> Outcome:
        self.slot += 1
        outcome = self.store.apply(self.slot, Request("", 0, op))
        assert self.twin.apply(self.slot, Request("", 0, op)) == outcome, "two replicas gave two outcomes"
        for event in outcome.events:
            fold(self.picture, event.changes())
        shown = {kind: entities for kind, entities in self.picture.items() if entities}
        seen = {kind: entities for kind, entities in self.store.view().items() if entities}
        assert plain(shown) == plain(seen), "the events do not tell what the store holds"
        return outcome

    def make(self, thing: KubeObject) -> Any:
        assert self.do(CreateObject(thing, 0)).status == "ok"
        return self.store.get(thing.KIND, thing.key)

    def pod(self, name: str, owner: KubeObject | None = None, **spec: Any) -> Pod:
        """A pod of the workload `web`."""
        references = () if owner is None else (owner_of(owner),)
        metadata = ObjectMeta(name, "default", labels={"app": "web"}, owner_references=references)
        made: Pod = self.make(Pod(metadata, PodSpec(SPEC.containers, **spec)))
        return made

    def running(self, name: str, ready: bool = True, **more: Any) -> Pod:
        """A pod that runs on c1."""
        self.do(RegisterNode("c1", {"cpu": "4"}, {}, 0))
        pod = self.pod(name, **more)
        attempt = Attempt(1, 0, (1, "s1"), "default-scheduler", "c1", "", 1, 1)
        self.do(BindPod(pod.key, pod.metadata.resource_version, "c1", 0, LEADER, attempt))
        conditions = (Condition("Ready", "True" if ready else "False"),)
        self.do(ReportPod(pod.key, pod.metadata.uid, "c1", PodStatus("Running", conditions=conditions), 0))
        return self.store.pods[pod.key]

    def reasons(self) -> list[str]:
        """The reasons of the Events kept, oldest first."""
        return [event.reason for event in self.store.events.values()]


def plain(value: Any) -> Any:
    """Tuples as lists, as the wire has them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def deployment(name: str = "web", **spec: Any) -> Deployment:
    wanted = {"template": TEMPLATE, "selector": WEB, **spec}
    return Deployment(ObjectMeta(name, "default"), DeploymentSpec(**wanted))


def replica_set(name: str, owner: KubeObject | None = None, **metadata: Any) -> ReplicaSet:
    references = () if owner is None else (owner_of(owner),)
    metadata.setdefault("owner_references", references)
    return ReplicaSet(ObjectMeta(name, "default", **metadata), ReplicaSetSpec(TEMPLATE, WEB))


def budget(allowed: int, **spec: Any) -> PodDisruptionBudget:
    status = BudgetStatus(1, allowed, 2, 2, 2)
    return PodDisruptionBudget(ObjectMeta("pdb", "default"), BudgetSpec(WEB, **spec), status)
