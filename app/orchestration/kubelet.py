"""What a compute node does with the pods bound to it: admit, run, report, and say that it is alive.

A kubelet learns of its pods by `PodsAssigned` from the leader, which always lists all of them, and asks again from time to
time. What it has to say goes through the log, over two sessions of its own: one for the lease, one for reports. Cut off, it
runs on and reports when the network is back; killed, its containers are gone and it says so after it started again.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from app.orchestration.containers import RunningPod
from app.orchestration.events import (
    ContainerFinished,
    ContainerKilled,
    ContainerLost,
    ContainerStarted,
    KubeletStarted,
    PodRejected,
    Running,
)
from app.orchestration.leader_hint import LeaderHint
from app.orchestration.messages import KubeletSync, PodsAssigned
from app.orchestration.objects.node import HOSTNAME_LABEL, ZONE_LABEL
from app.orchestration.objects.pod import FAILED, LOST, OUT_OF, RUNNING, Pod, PodStatus
from app.orchestration.objects.quantity import (
    CPU,
    GPU,
    MEMORY,
    PODS,
    format_mib,
    format_milli,
    parse_quantity,
)
from app.orchestration.operations import RegisterNode, ReleasePod, RenewLease, ReportPod
from app.orchestration.scheduler.node_info import requests_of
from app.orchestration.scheduler.queue import backoff_us
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Fields, Message, Moment
from app.vocabulary.effects import CancelTimer, Effect, Emit, Send, SetTimer
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, ClientReply, Completion, Session

LEASE, SYNC = "kl:lease", "kl:sync"
_POD = "pod:"


class Capacity(Struct, frozen=True):
    """What a compute node offers. gpu: whole ones."""

    cpu_milli: int
    memory_mib: int
    gpu: int = 0
    zone: str = ""

    def allocatable(self, pods: int) -> dict[str, str]:
        """As the Node object says it."""
        offered = {CPU: format_milli(self.cpu_milli), MEMORY: format_mib(self.memory_mib), PODS: str(pods)}
        if self.gpu:
            offered[GPU] = str(self.gpu)
        return offered


class Kubelet:
    """One compute node's program. See the module.

    running:  pods that are admitted and have not finished, by key.
    settled:  uid of pods that finished, were rejected or killed here, until the leader lists them no more: a late list must
              not start them again.
    outbox:   what is still to be reported, newest word per pod; the first is on its way while the report session is busy.
    """

    def __init__(
        self,
        node: NodeId,
        capacity: Capacity,
        settings: KubeSettings,
        peers: tuple[NodeId, ...],
        chance: Chance,
        open_session: Callable[[str], Session],
    ) -> None:
        self.node = node
        self.capacity = capacity
        self.settings = settings
        self.chance = chance
        self.hint = LeaderHint(peers, chance.uniform_int(0, len(peers) - 1))
        self.lease_session = open_session("lease")
        self.report_session = open_session("report")
        self.registered = False
        self.revision = 0
        self.running: dict[str, RunningPod] = {}
        self.settled: dict[str, str] = {}
        self.outbox: dict[str, ReportPod | ReleasePod] = {}
        self.sending: ReportPod | ReleasePod | None = None
        offered = capacity.allocatable(settings.pods_per_node)
        self.allocatable = {resource: parse_quantity(text, resource) for resource, text in offered.items()}

    def view(self) -> Fields:
        """What a crash would forget, as the picture's entity ("memory", node) has it."""
        return {"running": [list(row) for row in self._rows()]}

    # The process

    def on_start(self, at: Moment) -> list[Effect]:
        """Register soon, at a moment of one's own, then renew the lease and ask for pods."""
        wait_us = self.chance.uniform_int(0, self.settings.register_spread_us)
        return [
            Emit(KubeletStarted(self.node)),
            SetTimer(LEASE, wait_us + 1),
            SetTimer(SYNC, wait_us + self.settings.sync_us),
        ]

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        """The leader's list of pods, or an answer to one of the sessions."""
        self.hint.heard(sender, message)
        if type(message) is PodsAssigned:
            return self._on_assigned(at, message)
        if type(message) is not ClientReply:
            return []
        if message.client == self.lease_session.session_id:
            effects, completion = self.lease_session.on_reply(at, sender, message)
            return effects + self._lease_done(at, completion)
        if message.client == self.report_session.session_id:
            effects, completion = self.report_session.on_reply(at, sender, message)
            return effects + self._report_done(at, completion)
        return []

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        """A session's timer, the lease, the sync, or a container."""
        if self.lease_session.owns_timer(name):
            effects, completion = self.lease_session.on_timer(at, name)
            return effects + self._lease_done(at, completion)
        if self.report_session.owns_timer(name):
            effects, completion = self.report_session.on_timer(at, name)
            return effects + self._report_done(at, completion)
        if name == LEASE:
            return [SetTimer(LEASE, self.settings.lease_us), *self._say_alive(at)]
        if name == SYNC:
            sync = Send(self.hint.ask(), KubeletSync(self.node, tuple(self.running)))
            return [SetTimer(SYNC, self.settings.sync_us), sync]
        pod = self.running.get(name.removeprefix(_POD))
        return self._on_container(at, pod) if pod is not None else []

    # Lease

    def _say_alive(self, at: Moment) -> list[Effect]:
        if self.lease_session.busy:
            return []
        if self.registered:
            return self.lease_session.submit(at, RenewLease(self.node, at.wall_us))
        labels = {HOSTNAME_LABEL: self.node}
        if self.capacity.zone:
            labels[ZONE_LABEL] = self.capacity.zone
        offered = self.capacity.allocatable(self.settings.pods_per_node)
        return self.lease_session.submit(at, RegisterNode(self.node, offered, labels, at.wall_us))

    def _lease_done(self, at: Moment, completion: Completion | None) -> list[Effect]:
        if completion is None:
            return []
        if type(completion.op) is RegisterNode and completion.status == "ok":
            self.registered = True
        if completion.status == "unknown":
            # The time-out took some of the grace: do not wait for the next turn as well.
            return self._say_alive(at)
        return []

    # Pods

    def _on_assigned(self, at: Moment, message: PodsAssigned) -> list[Effect]:
        if message.revision < self.revision:
            return []  # an older state of the store than one already seen
        self.revision = message.revision
        wanted = {pod.key: pod for pod in message.pods}
        effects: list[Effect] = []
        for key, running in list(self.running.items()):
            if key not in wanted or wanted[key].metadata.uid != running.uid:
                effects += self._kill(running)
        self.settled = {
            key: uid for key, uid in self.settled.items() if key in wanted and wanted[key].metadata.uid == uid
        }
        for key, pod in wanted.items():
            if pod.terminating:
                if key in self.running:
                    effects += self._kill(self.running[key])
                if key not in self.outbox:
                    self.outbox[key] = ReleasePod(key, pod.metadata.uid, self.node, at.wall_us)
                self.settled[key] = pod.metadata.uid
            elif key not in self.running and key not in self.settled:
                effects += self._take(at, pod, message.inputs.get(key, ""))
        return effects + self._send_report(at)

    def _take(self, at: Moment, pod: Pod, text: str) -> list[Effect]:
        """A pod that is new here: start it; or one that ran here before a crash: it is lost."""
        if pod.status.phase == RUNNING:
            restart = pod.spec.restart_policy != "Never"
            lost: list[Effect] = [Emit(ContainerLost(self.node, pod.key, restart))]
            if restart:
                return lost + self._start(at, pod, text, pod.status.restart_count + 1)
            message = "The container could not be located when the kubelet started"
            status = PodStatus(
                FAILED, LOST, message, start_time=pod.status.start_time, finish_time=at.wall_us, exit_code=137
            )
            self._settle(at, pod, status)
            return lost
        refusal = self._refusal(pod)
        if refusal is not None:
            reason, message = refusal
            self._settle(at, pod, PodStatus(FAILED, reason, message, finish_time=at.wall_us))
            return [Emit(PodRejected(self.node, pod.key, reason, message))]
        return self._start(at, pod, text, 0)

    def _refusal(self, pod: Pod) -> tuple[str, str] | None:
        """(reason, message) if the pod does not fit beside those that run.

        Source: kubernetes/kubernetes, pkg/kubelet/lifecycle/predicate.go (InsufficientResourceError).
        """
        if len(self.running) >= self.allocatable[PODS]:
            return OUT_OF + PODS, _insufficient(PODS, 1, len(self.running), self.allocatable[PODS])
        used: dict[str, int] = {}
        for running in self.running.values():
            for resource, amount in requests_of(running.pod.spec).items():
                used[resource] = used.get(resource, 0) + amount
        for resource, amount in requests_of(pod.spec).items():
            offered = self.allocatable.get(resource, 0)
            if used.get(resource, 0) + amount > offered:
                return OUT_OF + resource, _insufficient(resource, amount, used.get(resource, 0), offered)
        return None

    def _start(self, at: Moment, pod: Pod, text: str, restarts: int) -> list[Effect]:
        running = self.running[pod.key] = RunningPod(pod, self.settings, at, text, restarts)
        effects = self._begin(at, running)
        self.outbox[pod.key] = ReportPod(
            pod.key, pod.metadata.uid, self.node, running.running_status(), at.wall_us
        )
        return effects

    def _begin(self, at: Moment, running: RunningPod) -> list[Effect]:
        due_us = running.begin(at.now_us)
        started = ContainerStarted(self.node, running.key, running.container, running.restarts, self._rows())
        effects: list[Effect] = [Emit(started)]
        if due_us is not None:
            effects.append(SetTimer(_POD + running.key, max(1, due_us - at.now_us)))
        return effects

    def _on_container(self, at: Moment, running: RunningPod) -> list[Effect]:
        """A container's timer: it is to be started again, goes on computing, or ends."""
        if running.waiting:
            return self._begin(at, running)
        due_us = running.work(at.now_us)
        if due_us is not None:
            return [SetTimer(_POD + running.key, max(1, due_us - at.now_us))]
        name = running.container
        if not running.in_main:
            running.stage += 1
            finished = ContainerFinished(self.node, running.key, name, 0, self._rows())
            return [Emit(finished), *self._begin(at, running)]
        exit_code = running.exit_code
        policy = running.pod.spec.restart_policy
        if policy == "Always" or (policy == "OnFailure" and exit_code != 0):
            return self._restart_later(at, running, exit_code)
        del self.running[running.key]
        self._settle(at, running.pod, running.finished_status(exit_code, at.wall_us))
        finished = ContainerFinished(self.node, running.key, name, exit_code, self._rows())
        return [Emit(finished), *self._send_report(at)]

    def _restart_later(self, at: Moment, running: RunningPod, exit_code: int) -> list[Effect]:
        running.restarts += 1
        running.waiting, running.until_us, running.piece = True, None, None
        settings = self.settings
        wait_us = backoff_us(running.restarts, settings.restart_backoff_us, settings.restart_backoff_max_us)
        status = running.running_status()
        self.outbox[running.key] = ReportPod(running.key, running.uid, self.node, status, at.wall_us)
        finished = ContainerFinished(self.node, running.key, running.container, exit_code, self._rows())
        return [Emit(finished), SetTimer(_POD + running.key, wait_us), *self._send_report(at)]

    def _kill(self, running: RunningPod) -> list[Effect]:
        del self.running[running.key]
        self.outbox.pop(running.key, None)
        killed = ContainerKilled(self.node, running.key, self._rows())
        return [Emit(killed), CancelTimer(_POD + running.key)]

    def _rows(self) -> Running:
        return tuple(running.row() for running in self.running.values())

    # Reports

    def _settle(self, at: Moment, pod: Pod, status: PodStatus) -> None:
        """A pod's last word."""
        self.settled[pod.key] = pod.metadata.uid
        self.outbox[pod.key] = ReportPod(pod.key, pod.metadata.uid, self.node, status, at.wall_us)

    def _send_report(self, at: Moment) -> list[Effect]:
        if self.report_session.busy or not self.outbox:
            return []
        key = next(iter(self.outbox))
        self.sending = self.outbox[key]
        return self.report_session.submit(at, self.sending)

    def _report_done(self, at: Moment, completion: Completion | None) -> list[Effect]:
        """One report ended. Only an unknown end makes it go again: taking effect twice is the same as once."""
        if completion is None:
            return []
        sent, self.sending = self.sending, None
        if sent is not None and self.outbox.get(sent.key) is sent and completion.status != "unknown":
            del self.outbox[sent.key]
        return self._send_report(at)


def _insufficient(resource: str, requested: int, used: int, capacity: int) -> str:
    return (
        f"Node didn't have enough resource: {resource}, "
        f"requested: {requested}, used: {used}, capacity: {capacity}"
    )
