"""What the leader, the kubelets and api1 say to each other beside the log. All of it is repeated until it is out of date."""

from __future__ import annotations

from typing import Any

from app.orchestration.objects.pod import Pod
from app.vocabulary.base import Label, Message
from app.vocabulary.ids import NodeId


class PodsAssigned(Message, frozen=True, tag="pods-assigned"):
    """Leader to kubelet: all pods that the store, at `revision`, binds to you and that have not finished.

    revision: of the store; a list of an older revision than one already seen is out of date, whoever sent it.
    inputs:   the texts of computations' pieces, by pod key.
    loads:    milli-cpu that falls to a pod of its workload's load (annotation `sim/load`), by pod key.
    attempts: how often a Job's index failed before this pod, by pod key, where that matters (`sim/fail-times`).
    """

    KIND = "kube"
    node: NodeId
    revision: int
    pods: tuple[Pod, ...]
    inputs: dict[str, str] = {}
    loads: dict[str, int] = {}
    attempts: dict[str, int] = {}

    def label(self) -> Label:
        return ("pods", len(self.pods))


class KubeletSync(Message, frozen=True, tag="kubelet-sync"):
    """Kubelet to the leader: these pods I hold; which should I? Answered by `PodsAssigned`.

    usage: what each of them uses now, (milli-cpu, bytes).
    """

    KIND = "kube"
    node: NodeId
    pods: tuple[str, ...]
    usage: dict[str, tuple[int, int]] = {}

    def label(self) -> Label:
        return ("sync", len(self.pods))


class JobsWatched(Message, frozen=True, tag="jobs-watched"):
    """api1 to the leader: tell me how these Jobs (key, uid) ended."""

    KIND = "kube"
    jobs: tuple[tuple[str, str], ...]

    def label(self) -> Label:
        return ("watch", len(self.jobs))


class JobsEnded(Message, frozen=True, tag="jobs-ended"):
    """Leader to api1: these ended. (key, uid, condition or "Deleted", result). Empty: none yet."""

    KIND = "kube"
    jobs: tuple[tuple[str, str, str, Any], ...]

    def label(self) -> Label:
        return ("ended", len(self.jobs))


MESSAGES: tuple[type[Message], ...] = (PodsAssigned, KubeletSync, JobsWatched, JobsEnded)
