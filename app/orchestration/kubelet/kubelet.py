"""What a compute node does with the pods bound to it: admit, run, report, and say that it is alive.

A kubelet learns of its pods by `PodsAssigned` from the leader, which always lists all of them, and asks again from time to
time. What it has to say goes through the log, over two sessions of its own: one for the lease, one for reports. Cut off, it
runs on and reports when the network is back; killed, its containers are gone and it says so after it started again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import filterfalse

from msgspec.structs import replace

from app.orchestration.events import (
    ContainerFinished,
    ContainerKilled,
    ContainerLost,
    ContainerStarted,
    KubeletStarted,
    NodePressed,
    NodeRelieved,
    PodRejected,
    Running,
    UsageMeasured,
)
from app.orchestration.kubelet.admission import refusal_of
from app.orchestration.kubelet.capacity import Capacity, registration
from app.orchestration.kubelet.container import NEVER
from app.orchestration.kubelet.held import Held
from app.orchestration.kubelet.images import Images
from app.orchestration.kubelet.outbox import Outbox
from app.orchestration.kubelet.pod import SOURCE, PodRun
from app.orchestration.kubelet.pressure import EVICTED, Consumer, conditions, first_to_go, message_for
from app.orchestration.kubelet.roster import Roster
from app.orchestration.kubelet.status import lost_status
from app.orchestration.leader_hint import LeaderHint
from app.orchestration.messages import KubeletSync, PodsAssigned
from app.orchestration.objects.event import NORMAL, WARNING, Note
from app.orchestration.objects.meta import Condition
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import DISRUPTION_TARGET, FAILED, RUNNING, Pod, PodStatus
from app.orchestration.objects.quantity import parse_quantity
from app.orchestration.operations import RegisterNode, ReleasePod, RenewLease, ReportNode, ReportPod
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Fields, Message, Moment
from app.vocabulary.effects import CancelTimer, Effect, Emit, Send, SetTimer
from app.vocabulary.ids import SECOND, NodeId
from app.vocabulary.replicated import Chance, ClientReply, Completion, Session

LEASE, SYNC = "kl:lease", "kl:sync"
_POD = "pod:"
MIB = 1 << 20
NOTES_MAX = 20


class Kubelet:
    """One compute node's program. See the module.

    running:  pods that are admitted and have not ended, by key (of `held`). roster: the leader's list of them.
    settled:  uid of pods that finished, were rejected or killed here, until the leader lists them no more: a late list must
              not start them again.
    outbox:   what is still to be reported.
    pressed:  the node is short of memory; calm_us: since when it is not any more. told: what the node said of itself last.
    usage:    what pods use, as last told.
    """

    def __init__(
        self,
        node: NodeId,
        capacity: Capacity,
        settings: KubeSettings,
        peers: tuple[NodeId, ...],
        chance: Chance,
        open_session: Callable[[str], Session],
        life: int = 0,
    ) -> None:
        self.node = node
        self.life = life
        self.capacity = capacity
        self.settings = settings
        self.chance = chance
        self.hint = LeaderHint(peers, chance.uniform_int(0, len(peers) - 1))
        self.lease_session = open_session("lease")
        self.registered = False
        self.revision = 0
        self.held = Held()
        self.running: dict[str, PodRun] = self.held.runs
        self.roster = Roster()
        self.settled: dict[str, str] = {}
        self.outbox = Outbox(open_session("report"))
        offered = capacity.allocatable(settings.pods_per_node)
        self.allocatable = {resource: parse_quantity(text, resource) for resource, text in offered.items()}
        self.images = Images(settings.pull_mib_per_s)
        self.pressed = False
        self.calm_us: int | None = None
        self.told: ReportNode | None = None
        self.node_notes: list[Note] = []
        self.usage: tuple[tuple[str, int, int], ...] = ()

    def view(self) -> Fields:
        """What a crash would forget, as the picture's entity ("memory", node) has it."""
        return {
            "running": [list(row) for row in self.held.rows()],
            "usage": [list(row) for row in self.usage],
            "pressed": self.pressed,
        }

    # The process

    def on_start(self, at: Moment) -> list[Effect]:
        """Register soon, at a moment of one's own, then renew the lease and ask for pods."""
        wait_us = self.capacity.boot_us + self.chance.uniform_int(0, self.settings.register_spread_us)
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
        if message.client == self.outbox.session.session_id:
            effects, completion = self.outbox.session.on_reply(at, sender, message)
            return effects + self.outbox.done(at, completion)
        return []

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        """A session's timer, the lease, the sync, or a container."""
        if self.lease_session.owns_timer(name):
            effects, completion = self.lease_session.on_timer(at, name)
            return effects + self._lease_done(at, completion)
        if self.outbox.session.owns_timer(name):
            effects, completion = self.outbox.session.on_timer(at, name)
            return effects + self.outbox.done(at, completion)
        if name == LEASE:
            return [SetTimer(LEASE, self.settings.lease_us), *self._say_alive(at)]
        if name == SYNC:
            return [SetTimer(SYNC, self.settings.sync_us), *self._housekeep(at)]
        run = self.running.get(name.removeprefix(_POD))
        if run is None:
            return []
        run.advance(at)
        return self._follow(at, run)

    # The node

    def _say_alive(self, at: Moment) -> list[Effect]:
        if self.lease_session.busy:
            return []
        if not self.registered:
            return self.lease_session.submit(
                at, registration(self.node, self.capacity, self.settings, self.pressed, at.wall_us, self.life)
            )
        report = ReportNode(
            self.node,
            conditions(self.pressed, 0),
            self.images.held(at.now_us),
            at.wall_us,
            tuple(self.node_notes),
        )
        told = self.told
        new = (report.conditions, report.images)
        if told is None or report.notes or (told.conditions, told.images) != new:
            self.told = report
            self.node_notes = []
            return self.lease_session.submit(at, report)
        return self.lease_session.submit(at, RenewLease(self.node, at.wall_us))

    def _lease_done(self, at: Moment, completion: Completion | None) -> list[Effect]:
        if completion is None:
            return []
        op = completion.op
        if type(op) is RegisterNode and completion.status == "ok":
            self.registered = True
            self.told = ReportNode(self.node, conditions(self.pressed, 0), (), 0)
        if type(op) is ReportNode and completion.status != "ok":
            self.told = None
        if type(op) is not RegisterNode and completion.status == "failed":
            self.registered = False  # somebody deleted the Node: as a kubelet does, make it again
        if completion.status == "unknown":
            # The time-out took some of the grace: do not wait for the next turn as well.
            return self._say_alive(at)
        return []

    def _housekeep(self, at: Moment) -> list[Effect]:
        """Look at what pods use, act on a shortage, and tell the leader."""
        usage = {key: run.usage() for key, run in self.running.items()}
        effects: list[Effect] = []
        rows = tuple((key, cpu, memory) for key, (cpu, memory) in usage.items())
        if rows != self.usage:
            self.usage = rows
            effects.append(Emit(UsageMeasured(self.node, rows)))
        effects.append(Send(self.hint.ask(), KubeletSync(self.node, tuple(self.running), usage)))
        return effects + self._relieve(at, sum(memory for _, memory in usage.values()))

    def _relieve(self, at: Moment, used: int) -> list[Effect]:
        """Memory pressure: say so, and evict one pod at a time until it is over."""
        threshold = self.settings.eviction_memory_mib * MIB
        available = max(0, self.capacity.memory_mib * MIB - used)
        if available >= threshold:
            if not self.pressed:
                return []
            if self.calm_us is None:
                self.calm_us = at.now_us
            if at.now_us - self.calm_us < self.settings.pressure_us:
                return []
            self.pressed, self.calm_us = False, None
            self._node_note(
                NORMAL, "NodeHasSufficientMemory", _status_is(self.node, "NodeHasSufficientMemory")
            )
            return [Emit(NodeRelieved(self.node)), *self._say_alive(at)]
        effects: list[Effect] = []
        self.calm_us = None
        consumers = [Consumer(run.pod, run.usage()[1]) for run in self.running.values() if not run.stopping]
        victim = first_to_go(consumer for consumer in consumers if consumer.memory)
        if not self.pressed:
            self.pressed = True
            self._node_note(WARNING, "EvictionThresholdMet", "Attempting to reclaim memory")
            self._node_note(
                NORMAL, "NodeHasInsufficientMemory", _status_is(self.node, "NodeHasInsufficientMemory")
            )
            effects += [Emit(NodePressed(self.node, available, threshold)), *self._say_alive(at)]
        if victim is not None:
            run = self.running[victim.pod.key]
            message = message_for(victim, threshold, available)
            run.verdict = (EVICTED, message)
            run.warn(EVICTED, message)
            run.stop(at, 0)
            effects += self._follow(at, run)
        return effects

    def _node_note(self, type_: str, reason: str, message: str) -> None:
        self.node_notes.append(Note(Node.KIND, self.node, type_, reason, message, SOURCE))
        del self.node_notes[:-NOTES_MAX]

    # Pods

    def _on_assigned(self, at: Moment, message: PodsAssigned) -> list[Effect]:
        if message.revision < self.revision:
            return []  # an older state of the store than one already seen
        self.revision = message.revision
        # What a report or a release still has to say is not said again: both keep their place.
        unlike = filterfalse(self.outbox.waiting.__contains__, self.roster.unlike)
        changed, todo = self.roster.renew(message.pods, self.outbox.waiting.keys() - self.running.keys())
        if message.loads != self.roster.loads:
            self.roster.loads = message.loads
            for key, run in self.running.items():
                run.load_milli = message.loads.get(key)
        effects: list[Effect] = []
        for run in self._concerned({**changed, **dict.fromkeys(unlike)}):
            effects += self._compare(at, run)
        listed = self.roster.listed
        self.settled = {
            key: uid for key, uid in self.settled.items() if key in listed and listed[key].metadata.uid == uid
        }
        for pod in todo:
            key = pod.key
            if pod.terminating:
                effects += self._let_go(at, pod)
            elif key not in self.running and key not in self.settled:
                effects += self._take(
                    at, pod, message.inputs.get(key, ""), message.attempts.get(key, 0), message.loads.get(key)
                )
        return effects + self.outbox.send(at)

    def _concerned(self, keys: dict[str, None]) -> list[PodRun]:
        """Those of the pods that run here, in the order in which they were taken."""
        return [self.running[key] for key in filter(keys.__contains__, self.running)]

    def _compare(self, at: Moment, run: PodRun) -> list[Effect]:
        """Whether a pod that runs here is still wanted, and known as it is."""
        told = self.roster.listed.get(run.key)
        if told is None or told.metadata.uid != run.uid:
            return self._kill(run)
        alike = self.roster.compare(run.key, run.ready)
        if alike or run.key in self.outbox.waiting or run.stopping:
            return []
        run.changed = True  # the control plane took it for lost meanwhile
        return self._follow(at, run)

    def _let_go(self, at: Moment, pod: Pod) -> list[Effect]:
        """A pod that terminates: ask it to stop; what is not here can go."""
        run = self.running.get(pod.key)
        if run is not None:
            grace = pod.metadata.deletion_grace_period_seconds
            run.stop(at, (pod.spec.termination_grace_period_seconds if grace is None else grace) * SECOND)
            run.pod = pod
            return self._follow(at, run)
        if pod.key not in self.outbox.waiting:
            self.outbox.waiting[pod.key] = ReleasePod(pod.key, pod.metadata.uid, self.node, at.wall_us)
        self.settled[pod.key] = pod.metadata.uid
        return []

    def _take(self, at: Moment, pod: Pod, text: str, attempts: int, load_milli: int | None) -> list[Effect]:
        """A pod that is new here: start it; or one that ran here before a crash: it is lost."""
        lost = pod.status.phase == RUNNING
        effects: list[Effect] = []
        if lost:
            restart = pod.spec.restart_policy != NEVER
            effects.append(Emit(ContainerLost(self.node, pod.key, restart)))
            if not restart:
                self._settle(at, pod, lost_status(pod, at.wall_us), ())
                return effects
        else:
            refusal = refusal_of(pod, len(self.running), self.held.used, self.allocatable, self.pressed)
            if refusal is not None:
                reason, message = refusal
                note = Note(Pod.KIND, pod.key, WARNING, reason, message, SOURCE)
                self._settle(at, pod, PodStatus(FAILED, reason, message, finish_time=at.wall_us), (note,))
                return [Emit(PodRejected(self.node, pod.key, reason, message))]
        run = PodRun(pod, self.settings, self.images, at, text, attempts)
        self.held.add(run)
        run.load_milli = load_milli
        run.recall(pod.status, lost)
        run.advance(at)
        return effects + self._follow(at, run)

    def _follow(self, at: Moment, run: PodRun) -> list[Effect]:
        """Tell what became of a pod, report it, and set its timer."""
        facts = run.take_facts()
        ended = run.ended
        if ended:
            self._drop(run)
        else:
            self.held.changed(run)
            self.roster.compare(run.key, run.ready)
        rows = self.held.rows() if facts or ended else ()
        effects: list[Effect] = []
        for what, container, number in facts:
            if what == "started":
                effects.append(Emit(ContainerStarted(self.node, run.key, container, number, rows)))
            elif not run.stopping:
                effects.append(Emit(ContainerFinished(self.node, run.key, container, number, rows)))
        if ended:
            return [*effects, *self._over(at, run, rows)]
        due_us = run.due_us()
        if due_us is None:
            effects.append(CancelTimer(_POD + run.key))
        else:
            effects.append(SetTimer(_POD + run.key, max(1, due_us - at.now_us)))
        if run.changed and not run.pod.terminating:
            run.changed = False
            self._report(at, run.pod, run.status(at.wall_us), run.take_notes())
        return effects + self.outbox.send(at)

    def _over(self, at: Moment, run: PodRun, rows: Running) -> list[Effect]:
        """A pod ended by itself, or was stopped."""
        effects: list[Effect] = [CancelTimer(_POD + run.key)]
        if run.stopping:
            effects.insert(0, Emit(ContainerKilled(self.node, run.key, rows)))
        if run.pod.terminating and run.stopping and run.verdict is None:
            self.settled[run.key] = run.uid
            notes = self.outbox.notes(run.key) + run.take_notes()
            self.outbox.waiting[run.key] = ReleasePod(run.key, run.uid, self.node, at.wall_us, notes)
        else:
            status = run.status(at.wall_us)
            if run.verdict is not None and run.verdict[0] == EVICTED:
                target = Condition(
                    DISRUPTION_TARGET, "True", "TerminationByKubelet", run.verdict[1], at.wall_us
                )
                status = replace(status, conditions=(*status.conditions, target))
            self._settle(at, run.pod, status, run.take_notes())
        return effects + self.outbox.send(at)

    def _kill(self, run: PodRun) -> list[Effect]:
        """The pod is nobody's any more."""
        self._drop(run)
        self.outbox.waiting.pop(run.key, None)
        killed = ContainerKilled(self.node, run.key, self.held.rows())
        return [Emit(killed), CancelTimer(_POD + run.key)]

    def _drop(self, run: PodRun) -> None:
        self.held.drop(run)
        self.roster.forget(run.key)

    # Reports

    def _settle(self, at: Moment, pod: Pod, status: PodStatus, notes: tuple[Note, ...]) -> None:
        """A pod's last word."""
        self.settled[pod.key] = pod.metadata.uid
        self._report(at, pod, status, notes)

    def _report(self, at: Moment, pod: Pod, status: PodStatus, notes: tuple[Note, ...]) -> None:
        notes = (self.outbox.notes(pod.key) + notes)[-NOTES_MAX:]
        self.outbox.waiting[pod.key] = ReportPod(
            pod.key, pod.metadata.uid, self.node, status, at.wall_us, notes
        )


def _status_is(node: NodeId, reason: str) -> str:
    return f"Node {node} status is now: {reason}"
