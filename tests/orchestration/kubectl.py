"""A cluster driven by words, as a person at a terminal would; what it answers are Kubernetes' own Events and columns.

Names that the cluster makes up are shown by order: `web.a`, `web.b` are the ReplicaSets of `web`, `web.a.1` the first pod of
the first; identifiers that it makes up are left out. Manifests may leave out what says nothing: see `manifest`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from app.orchestration.commands import (
    Drain,
    EvictPod,
    RemoveObject,
    ScaleObject,
    SetImage,
    SetLoad,
    TaintNode,
    UndoRollout,
    UntaintNode,
)
from app.orchestration.kubelet import Capacity
from app.orchestration.manifests import READERS
from app.orchestration.objects.meta import condition_of, key_of
from app.orchestration.objects.pod import Pod
from app.vocabulary.commands import SubmitManifest
from app.vocabulary.ids import SECOND
from tests.orchestration.apply import at_every_write
from tests.orchestration.harness import Cluster

QUIET = ("Scheduled", "Pulling", "Pulled", "Created", "Started", "Killing", "RegisteredNode", "Starting")
"""Events that tell of every pod's and node's ordinary way."""
VERSIONS = {kind: version for version, kind in READERS if "beta" not in version}


def manifest(short: dict[str, Any]) -> dict[str, Any]:
    """The whole manifest: `name` is metadata.name; `template: {image: x, ...}` has labels, a container and annotations."""
    whole = dict(short)
    whole.setdefault("apiVersion", VERSIONS[whole["kind"]])
    names = {part: whole.pop(part) for part in ("name", "namespace") if part in whole}
    whole["metadata"] = {**names, **whole.get("metadata", {})}
    for spec in (whole.get("spec", {}), whole.get("spec", {}).get("jobTemplate", {}).get("spec", {})):
        if "template" in spec:
            spec["template"] = _template(spec["template"], names["name"], labelled="completions" not in spec)
            if whole["kind"] in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"):
                spec.setdefault("selector", {"matchLabels": {"app": names["name"]}})
    return whole


def _template(short: dict[str, Any], name: str, labelled: bool) -> dict[str, Any]:
    given = dict(short)
    container = {"name": "main", "image": given.pop("image", "x"), **given.pop("container", {})}
    annotations = {key: str(given.pop(key)) for key in list(given) if key.startswith("sim/")}
    return {
        "metadata": {"labels": {"app": name} if labelled else {}, "annotations": annotations},
        "spec": {"containers": [container], **given},
    }


class Kubectl:
    """See the module. `run` executes one line and returns what it prints."""

    def __init__(self) -> None:
        self.cluster = Cluster({})
        self.seen: dict[str, int] = {}
        self.lines: list[str] = []
        self.names: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.words: dict[str, Callable[..., str]] = {
            word.removeprefix("do_").replace("_", "-"): getattr(self, word)
            for word in dir(self)
            if word.startswith("do_")
        }

    def run(self, line: str) -> str:
        word, _, rest = line.partition(" ")
        answer = self.words[word](rest) if word == "apply" else self.words[word](*rest.split())
        return self._aliased(answer) or "ok"

    # What is seen

    def _look(self) -> None:
        store = self.cluster.store
        for thing in (*store.replica_sets.values(), *store.pods.values()):
            self._name(thing)
        for key, event in store.events.items():
            if self.seen.get(key) == event.count:
                continue
            self.seen[key] = event.count
            about = event.involved_object
            if event.reason in QUIET or (event.reason == "BackOff" and event.count > 1):
                continue
            head = f"{self.cluster.now_us / SECOND:.1f}  {about.kind}/{about.name}  {event.reason}: "
            message = event.message + (f" (x{event.count})" if event.count > 1 else "")
            made, _, pod = message.rpartition("pod: ")
            if made and self.lines and self.lines[-1].startswith(f"{head}{made}pod: "):
                self.lines[-1] += f", {pod}"
            else:
                self.lines.append(head + message)

    def _name(self, thing: Any) -> None:
        uid, owner = thing.metadata.uid, thing.controller
        if uid in self.names or owner is None or not thing.metadata.name.startswith(f"{owner.name}-"):
            return
        made_up = thing.metadata.name.removeprefix(f"{owner.name}-")
        if type(thing) is Pod and (thing.index is not None or made_up.isdigit()):
            return
        number = self.numbers[owner.uid] = self.numbers.get(owner.uid, 0) + 1
        parent = self.names.get(owner.uid, owner.name).partition(" ")[0]
        short = str(number) if type(thing) is Pod else "abcdefgh"[number - 1]
        self.names[uid] = f"{parent}.{short} {thing.metadata.name}"

    def _aliased(self, text: str) -> str:
        known = dict(name.split(" ")[::-1] for name in self.names.values())
        if known:
            names = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
            text = re.sub(rf"(?<![a-z0-9-])({names})(?![a-z0-9-])", lambda found: known[found[1]], text)
        return re.sub(r"\([0-9]+\.[0-9]+\)", "(uid)", text)

    # Words

    def do_cluster(self, *nodes: str) -> str:
        """cluster c1:zone ...: nodes of 4 cpu."""
        pairs = [node.partition(":") for node in nodes]
        self.cluster = Cluster({name: Capacity(4000, 8192, zone=zone) for name, _, zone in pairs})
        at_every_write(self.cluster, self._look)
        self.cluster.run(2)
        return f"{len(self.cluster.store.nodes)} nodes"

    def do_apply(self, text: str) -> str:
        """apply {kind: ..., name: ..., spec: ...}"""
        documents = [manifest(short) for short in yaml.safe_load(f"[{text}]")]
        self.cluster.take(SubmitManifest(json.dumps(documents)))
        return ""

    def do_run(self, seconds: str) -> str:
        """run 5s: let time pass, and say what was told meanwhile."""
        self.lines.clear()
        self.cluster.run(float(seconds.removesuffix("s")))
        return "\n".join(self.lines) or "nothing is told"

    def do_bounds(self, seconds: str, name: str) -> str:
        """bounds 5s web: let time pass; how few of a Deployment's pods were available, and how many there were at most."""
        few, many = [1 << 30], [0]

        def look() -> None:
            mine = [pod for pod in self.cluster.store.pods.values() if pod.metadata.labels.get("app") == name]
            few[0] = min(few[0], sum(pod.ready and not pod.terminating for pod in mine))
            many[0] = max(many[0], sum(not pod.finished and not pod.terminating for pod in mine))

        at_every_write(self.cluster, look)
        told = self.do_run(seconds)
        return f"{told}\navailable at least {few[0]}, pods at most {many[0]}"

    def do_pods(self, *more: str) -> str:
        """pods [node]: as `kubectl get pods` has them."""
        rows = []
        for pod in self.cluster.store.pods.values():
            self._name(pod)
            counts = [it.restart_count for it in pod.status.container_statuses]
            row = [pod.metadata.name, _status(pod), "ready" if pod.ready else "", _restarts(sum(counts))]
            rows.append("  ".join(part for part in (*row, *([pod.spec.node_name] if more else [])) if part))
        return "\n".join(rows) or "none"

    def do_get(self, kind: str, name: str, *fields: str) -> str:
        """get Deployment web replicas ...: fields of the status, and the conditions."""
        thing = self.cluster.store.get(
            kind, name if kind in ("Node", "Namespace") else key_of("default", name)
        )
        if thing is None:
            return "not found"
        status = thing.status
        told = [f"{field}={getattr(status, field)}" for field in fields]
        for it in getattr(status, "conditions", ()):
            told.append(f"{it.type}={it.status} {it.reason}: {it.message}".strip(" :"))
        return "\n".join(told)

    def do_taints(self, name: str) -> str:
        """taints c1: those of a node."""
        found = self.cluster.store.nodes[name].spec.taints
        return "\n".join(f"{it.key}={it.value}:{it.effect}".replace("=:", ":") for it in found) or "none"

    def do_objects(self, *kinds: str) -> str:
        """objects Deployment ReplicaSet ...: which there are."""
        rows = []
        for kind in kinds:
            for key, thing in self.cluster.store.objects[kind].items():
                rows.append(f"{kind} {key}" + (" (terminating)" if thing.terminating else ""))
        return "\n".join(rows) or "none"

    def do_set_image(self, kind: str, name: str, image: str) -> str:
        return self._take(SetImage(kind, name, image))

    def do_undo(self, kind: str, name: str, revision: str = "0") -> str:
        return self._take(UndoRollout(kind, name, revision=int(revision)))

    def do_scale(self, kind: str, name: str, replicas: str) -> str:
        return self._take(ScaleObject(kind, name, int(replicas)))

    def do_delete(self, kind: str, name: str, propagation: str = "Background") -> str:
        return self._take(RemoveObject(kind, name, propagation=propagation))

    def do_load(self, kind: str, name: str, milli: str) -> str:
        return self._take(SetLoad(kind, name, int(milli)))

    def do_evict(self, name: str) -> str:
        return self._take(EvictPod(name))

    def do_drain(self, name: str) -> str:
        return self._take(Drain(name))

    def do_taint(self, name: str, taint: str) -> str:
        pair, _, effect = taint.partition(":")
        key, _, value = pair.partition("=")
        return self._take(TaintNode(name, key, effect, value))

    def do_untaint(self, name: str, taint: str) -> str:
        """untaint c1 key:Effect, or key for all of it."""
        key, _, effect = taint.partition(":")
        return self._take(UntaintNode(name, key, effect))

    def do_kill(self, *names: str) -> str:
        for name in names:
            self.cluster.kill(name)
        return ""

    def do_boot(self, *names: str) -> str:
        for name in names:
            self.cluster.boot(name)
        return ""

    def do_cut(self, *names: str) -> str:
        self.cluster.cut.update(names)
        return ""

    def do_heal(self) -> str:
        self.cluster.cut.clear()
        return ""

    def _take(self, command: Any) -> str:
        self.cluster.take(command)
        return ""


def _status(pod: Pod) -> str:
    """As kubectl's column STATUS says it."""
    if pod.terminating:
        return "Terminating"
    waiting = [it.state.waiting.reason for it in pod.status.container_statuses if it.state.waiting]
    if waiting and waiting[0] and waiting[0] != "ContainerCreating":
        return waiting[0]
    scheduled = condition_of(pod.status.conditions, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return f"{pod.status.phase} ({scheduled.reason})"
    return pod.status.reason or pod.status.phase


def _restarts(count: int) -> str:
    return f"{count} restart{'s' if count > 1 else ''}" if count else ""
