"""What the leader tells kubelets of their pods, and api1 of the Jobs that it waits for."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Any

from app.orchestration.load import attempts_of, loaded, loads_of, pods_under
from app.orchestration.messages import JobsEnded, JobsWatched, PodsAssigned
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import COMPUTATION, FAIL_TIMES, PENDING, Pod
from app.orchestration.store import ObjectStore
from app.vocabulary.effects import Effect, Send
from app.vocabulary.ids import NodeId

_TOLD_MORE = frozenset((FAIL_TIMES, COMPUTATION))


class Placed:
    """The pods that are bound and have not ended, by node; kept by who came, changed and went."""

    def __init__(self, pods: Iterable[Pod]) -> None:
        self._pods: dict[NodeId, dict[str, Pod]] = {}
        self._names: dict[NodeId, list[str]] = {}
        self._special: dict[NodeId, dict[str, None]] = {}
        for pod in pods:
            self.changed(None, pod)

    def changed(self, old: Pod | None, new: Pod | None) -> None:
        """A pod was stored (new), or is gone (None)."""
        node = "" if new is None or new.finished else new.spec.node_name
        if old is not None and old.spec.node_name != node:
            self._leave(old.spec.node_name, old.key)
        if new is None or not node:
            return
        key, pods = new.key, self._pods.setdefault(node, {})
        if key not in pods:
            insort(self._names.setdefault(node, []), key)
        pods[key] = new
        if new.job is not None and not new.metadata.annotations.keys().isdisjoint(_TOLD_MORE):
            self._special.setdefault(node, {})[key] = None

    def _leave(self, node: NodeId, key: str) -> None:
        if self._pods.get(node, {}).pop(key, None) is not None:
            names = self._names[node]
            del names[bisect_left(names, key)]
            self._special.get(node, {}).pop(key, None)

    def on(self, node: NodeId) -> tuple[tuple[Pod, ...], list[Pod]]:
        """(all pods of a node, by name; those of Jobs among them of which more may have to be told)."""
        pods = self._pods.get(node, {})
        all_ = tuple(map(pods.__getitem__, self._names.get(node, ())))
        return all_, [pods[key] for key in sorted(self._special.get(node, ()))]


class Notices:
    """nodes: kubelets to tell of their pods. placed: those pods.

    watchers: who wants to hear how a Job (key, uid) ends. ended: Jobs that ended since the last notices.
    loaded:   what is under load, by kind and key.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.nodes: dict[NodeId, None] = {}
        self.watchers: dict[tuple[str, str], NodeId] = {}
        self.ended: dict[str, None] = {}
        self.loaded: dict[tuple[str, str], None] = {}
        self.placed = Placed(store.pods.values())
        for table in store.objects.values():
            for thing in table.values():
                self._weigh(None, thing)
        for pod in store.pods.values():
            if pod.spec.node_name and pod.status.phase == PENDING:
                self.nodes[pod.spec.node_name] = None

    def changed(self, old: KubeObject | None, new: KubeObject | None) -> None:
        """An object was stored, or is gone (new is None)."""
        self._weigh(old, new)
        if type(new) is Pod or type(old) is Pod:
            self.placed.changed(old if type(old) is Pod else None, new if type(new) is Pod else None)
        if type(new) is Pod:
            bound = new.spec.node_name and (type(old) is not Pod or not old.spec.node_name)
            if bound or (new.terminating and not new.finished):
                self.nodes[new.spec.node_name] = None
        elif type(old) is Pod and new is None and old.spec.node_name and not old.finished:
            self.nodes[old.spec.node_name] = None
        if new is not None and type(new) is not Pod and loaded(old) != loaded(new):
            for pod in pods_under(self.store, new):
                if pod.spec.node_name:
                    self.nodes[pod.spec.node_name] = None
        job = new or old
        if type(job) is Job and (new is None or job.finished):
            self.ended[job.key] = None

    def _weigh(self, old: KubeObject | None, new: KubeObject | None) -> None:
        thing = new or old
        assert thing is not None, "one of them is there"
        if loaded(new) is not None:
            self.loaded[(thing.KIND, thing.key)] = None
        elif self.loaded:
            self.loaded.pop((thing.KIND, thing.key), None)

    def take(self) -> list[Effect]:
        """All that is to be told now."""
        effects: list[Effect] = [self.assignment(node) for node in self.nodes if node in self.store.nodes]
        self.nodes.clear()
        if self.ended:
            for key, uid in [watched for watched in self.watchers if watched[0] in self.ended]:
                end = self._end_of(key, uid)
                if end is not None:
                    effects.append(Send(self.watchers.pop((key, uid)), JobsEnded((end,))))
            self.ended.clear()
        return effects

    def watched(self, sender: NodeId, message: JobsWatched) -> list[Effect]:
        """api1 asks how Jobs ended: those that have are answered now, the others when they do."""
        ended = []
        for name, uid in message.jobs:
            key = name or self._key_of(uid)
            end = self._end_of(key, uid)
            if end is None:
                self.watchers[(key, uid)] = sender
            else:
                ended.append(end)
        return [Send(sender, JobsEnded(tuple(ended)))]

    def assignment(self, node: NodeId) -> Send:
        """All that a kubelet has to know of its pods."""
        store = self.store
        pods, special = self.placed.on(node)
        inputs: dict[str, str] = {}
        for pod in special:
            texts = store.inputs.get(pod.job_key)
            if texts is not None and pod.index is not None and pod.index < len(texts):
                inputs[pod.key] = texts[pod.index]
        attempts = attempts_of(store, [pod for pod in special if FAIL_TIMES in pod.metadata.annotations])
        loads = loads_of(store, pods) if self.loaded else {}
        return Send(node, PodsAssigned(node, store.revision, pods, inputs, loads, attempts))

    def _key_of(self, uid: str) -> str:
        return next((key for key, job in self.store.jobs.items() if job.metadata.uid == uid), "")

    def _end_of(self, key: str, uid: str) -> tuple[str, str, str, Any] | None:
        job = self.store.jobs.get(key)
        if job is None or job.metadata.uid != uid:
            return (key, uid, "Deleted", None)
        if not job.finished:
            return None
        return (key, uid, job.status.conditions[-1].type, job.status.result)
