"""What the leader tells kubelets of their pods, and api1 of the Jobs that it waits for."""

from __future__ import annotations

from typing import Any

from app.orchestration.load import attempts_before, load_of, loaded, pods_under
from app.orchestration.messages import JobsEnded, JobsWatched, PodsAssigned
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import FAIL_TIMES, PENDING, Pod
from app.orchestration.store import ObjectStore
from app.vocabulary.effects import Effect, Send
from app.vocabulary.ids import NodeId


class Notices:
    """nodes: kubelets to tell of their pods.

    watchers: who wants to hear how a Job (key, uid) ends. ended: Jobs that ended since the last notices.
    loaded:   what is under load, by kind and key.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.nodes: dict[NodeId, None] = {}
        self.watchers: dict[tuple[str, str], NodeId] = {}
        self.ended: dict[str, None] = {}
        self.loaded: dict[tuple[str, str], None] = {}
        for table in store.objects.values():
            for thing in table.values():
                self._weigh(None, thing)
        for pod in store.pods.values():
            if pod.spec.node_name and pod.status.phase == PENDING:
                self.nodes[pod.spec.node_name] = None

    def changed(self, old: KubeObject | None, new: KubeObject | None) -> None:
        """An object was stored, or is gone (new is None)."""
        self._weigh(old, new)
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
        pods = tuple(pod for pod in store.pods_on(node) if not pod.finished)
        inputs: dict[str, str] = {}
        for pod in pods:
            texts = store.inputs.get(pod.job_key)
            if texts is not None and pod.index is not None and pod.index < len(texts):
                inputs[pod.key] = texts[pod.index]
        bearing = pods if self.loaded else ()
        loads = {pod.key: load for pod in bearing if (load := load_of(store, pod)) is not None}
        attempts = {
            pod.key: attempts_before(store, pod)
            for pod in pods
            if FAIL_TIMES in pod.metadata.annotations and pod.job
        }
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
