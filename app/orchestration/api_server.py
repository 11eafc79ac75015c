"""The API server: takes requests from people, writes them into the log through sessions, and gives answers back.

It holds no objects: those are in the replicated store. What it must not forget (who waits for which computation) is on its
disk; requests that it had not handed on when it is killed are lost, as they are in a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any, ClassVar

from msgspec.structs import replace

from app.orchestration.api_events import (
    ApiStarted,
    ComputationSubmitted,
    ManifestSubmitted,
    ResultMissing,
    ResultReturned,
    SubmissionFailed,
    TasksSubmitted,
    TraceReplayStarted,
)
from app.orchestration.computation import WORD_COUNT, Computation, split_text
from app.orchestration.leader_hint import LeaderHint
from app.orchestration.manifests import wanted_of_text
from app.orchestration.messages import JobsEnded, JobsWatched
from app.orchestration.objects.job import IGNORE_DISRUPTIONS, INDEXED, Job, JobSpec
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.pod import DURATION, Container, Pod, PodSpec, PodTemplate, Resources
from app.orchestration.objects.quantity import CPU, GPU, MEMORY, format_mib, format_milli
from app.orchestration.operations import CreateObject, UpdateObject
from app.orchestration.requests import request
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Command, Fields, Message, Moment, Operation
from app.vocabulary.commands import ReplayTrace, SubmitComputation, SubmitManifest, SubmitTasks
from app.vocabulary.effects import Effect, Emit, Persist, Send, SetTimer
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, ClientReply, Completion, Session

SYNC, ARRIVAL = "api:sync", "api:arrival"
NAMESPACE = "default"
_AWAITED = "awaited/"


class ApiServer:
    """One API server's program. See the module.

    requests: how many commands since it started. waiting: operations that no session is free for, with their cause.
    awaited:  computations whose answer is still to be given back, uid -> key ("" until the store has named the Job).
    arrivals: rows of a trace still to come, (at_us, row), earliest first; `cause` of the command in `arrival_cause`.
    """

    def __init__(
        self,
        node: NodeId,
        settings: KubeSettings,
        disk: Mapping[str, Any],
        peers: tuple[NodeId, ...],
        chance: Chance,
        open_session: Callable[[str], Session],
    ) -> None:
        self.node = node
        self.settings = settings
        self.hint = LeaderHint(peers, chance.uniform_int(0, len(peers) - 1))
        self.sessions = tuple(open_session(str(number)) for number in range(settings.api_sessions))
        self.boot = int(disk.get("boot", 0)) + 1
        self.requests = 0
        self.created = 0
        self.waiting: list[tuple[Operation, int]] = []
        self.causes: dict[str, int] = {}
        self.awaited: dict[str, str] = {
            uid.removeprefix(_AWAITED): key for uid, key in disk.items() if uid.startswith(_AWAITED)
        }
        self.arrivals: list[tuple[int, tuple[str, int, int, int, int, int]]] = []
        self.arrival_cause = 0

    def view(self) -> Fields:
        """What a crash would forget, as the picture's entity ("memory", node) has it."""
        return {"requests": self.requests}

    # The process

    def on_start(self, at: Moment) -> list[Effect]:
        """Remember that this is another life: names of requests must never repeat."""
        return [
            Emit(ApiStarted(self.node, 0)),
            Persist((("boot", self.boot),)),
            SetTimer(SYNC, self.settings.sync_us),
        ]

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        """An answer to a session, or word of ended Jobs."""
        self.hint.heard(sender, message)
        if type(message) is JobsEnded:
            return self._on_ended(message)
        if type(message) is ClientReply:
            for session in self.sessions:
                if session.session_id == message.client:
                    effects, completion = session.on_reply(at, sender, message)
                    return effects + self._done(at, session, completion)
        return []

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        """A session's timer, the watch of awaited Jobs, or an arrival of the trace."""
        if name == SYNC:
            return [SetTimer(SYNC, self.settings.sync_us), *self._watch()]
        if name == ARRIVAL:
            return self._arrive(at)
        for session in self.sessions:
            if session.owns_timer(name):
                effects, completion = session.on_timer(at, name)
                return effects + self._done(at, session, completion)
        return []

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        """A request that `admission.admit` did not refuse."""
        self.requests += 1
        asked = request(command, at.wall_us, at.cause)
        if asked is None:
            return self._COMMANDS[type(command)](self, at, command)
        told, op = asked
        return [Emit(told(self.node, self.requests)), *self._submit(at, op)]

    # Requests

    def _tasks(self, at: Moment, command: SubmitTasks) -> list[Effect]:
        requests = {CPU: format_milli(command.cpu_milli), MEMORY: format_mib(command.memory_mib)}
        spec = PodSpec(
            (Container("main", "task", Resources(requests)),),
            restart_policy="Never",
            priority=command.priority,
        )
        template = PodTemplate(spec, ObjectMeta("", annotations={DURATION: f"{command.duration_ms}ms"}))
        job = self._job(command.name, template, command.count)
        submitted = TasksSubmitted(self.node, self.requests, command.name, command.count)
        return [Emit(submitted), *self._submit(at, CreateObject(job, at.wall_us))]

    def _manifest(self, at: Moment, command: SubmitManifest) -> list[Effect]:
        """Apply it: what is there is changed, what is not is made. What has no name yet is always made."""
        wanted = wanted_of_text(command.manifest)
        things = [it.object for it in wanted]
        names = tuple(f"{t.KIND}/{t.metadata.name or t.metadata.generate_name}" for t in things)
        effects: list[Effect] = [Emit(ManifestSubmitted(self.node, self.requests, names))]
        for thing, it in zip(things, wanted, strict=True):
            if type(thing) is Pod:
                thing = replace(thing, spec=self.settings.tolerating(thing.spec))
            thing = replace(thing, metadata=replace(thing.metadata, uid=self._new_uid()))
            if thing.metadata.name:
                effects += self._submit(at, UpdateObject(thing, at.wall_us, create=True, keep=it.keep))
            else:
                effects += self._submit(at, CreateObject(thing, at.wall_us))
        return effects

    def _computation(self, at: Moment, command: SubmitComputation) -> list[Effect]:
        words = command.what == WORD_COUNT
        size = len(command.text) if words else command.size
        computation = Computation(command.what, size, command.pieces)
        requests = {CPU: "250m", MEMORY: "64Mi"}
        spec = PodSpec((Container(command.what, "computation", Resources(requests)),), restart_policy="Never")
        template = PodTemplate(spec, ObjectMeta("", annotations=computation.annotations()))
        job = self._job(command.name, template, command.pieces)
        inputs = split_text(command.text, command.pieces) if words else ()
        submitted = ComputationSubmitted(
            self.node, self.requests, command.name, command.what, size, command.pieces
        )
        self.awaited[job.metadata.uid] = ""
        # Only what is on disk may be promised: the request goes out once the server cannot forget who asked.
        remember = Persist(((_AWAITED + job.metadata.uid, ""),))
        return [Emit(submitted), remember, *self._submit(at, CreateObject(job, at.wall_us, inputs=inputs))]

    def _trace(self, at: Moment, command: ReplayTrace) -> list[Effect]:
        started = TraceReplayStarted(
            self.node, self.requests, len(command.rows), command.gap_max_us, command.compress
        )
        self.arrivals += [(at.now_us + row[1], row) for row in command.rows]
        self.arrivals.sort()
        self.arrival_cause = at.cause
        return [Emit(started), SetTimer(ARRIVAL, max(1, self.arrivals[0][0] - at.now_us))]

    def _job(self, name: str, template: PodTemplate, count: int) -> Job:
        """An Indexed Job with `count` pods at once. Without a name the store picks the next `job-N`."""
        metadata = ObjectMeta(name, NAMESPACE, uid=self._new_uid(), generate_name="" if name else "job-")
        return Job(metadata, JobSpec(template, count, count, INDEXED, pod_failure_policy=IGNORE_DISRUPTIONS))

    def _new_uid(self) -> str:
        self.created += 1
        return f"{self.node}.{self.boot}.{self.created}"

    # The trace

    def _arrive(self, at: Moment) -> list[Effect]:
        effects: list[Effect] = []
        # They are in order, and most are still to come: a trace has thousands.
        due = [row for _, row in takewhile(lambda arrival: arrival[0] <= at.now_us, self.arrivals)]
        del self.arrivals[: len(due)]
        for row in due:
            op = CreateObject(self._traced_pod(row), at.wall_us)
            effects += self._submit(Moment(at.now_us, self.arrival_cause, at.wall_us), op)
        if self.arrivals:
            effects.append(SetTimer(ARRIVAL, max(1, self.arrivals[0][0] - at.now_us)))
        return effects

    def _traced_pod(self, row: tuple[str, int, int, int, int, int]) -> Pod:
        name, _, cpu_milli, memory_mib, gpu_milli, duration_us = row
        requests = {CPU: format_milli(cpu_milli), MEMORY: format_mib(memory_mib)}
        if gpu_milli:
            requests[GPU] = format_milli(gpu_milli)
        spec = PodSpec((Container("main", "trace", Resources(requests)),), restart_policy="Never")
        annotations = {DURATION: f"{duration_us}us"}
        metadata = ObjectMeta(name, NAMESPACE, uid=self._new_uid(), annotations=annotations)
        return Pod(metadata, self.settings.tolerating(spec))

    # Sessions

    def _submit(self, at: Moment, op: Operation) -> list[Effect]:
        """Hand an operation to a free session, or let it wait for one."""
        for session in self.sessions:
            if not session.busy:
                self.causes[session.session_id] = at.cause
                return session.submit(at, op)
        self.waiting.append((op, at.cause))
        return []

    def _done(self, at: Moment, session: Session, completion: Completion | None) -> list[Effect]:
        if completion is None:
            return []
        cause = self.causes.get(session.session_id, at.cause)
        effects: list[Effect] = []
        if completion.status == "unknown":
            # Every one of these may be done twice: a creation is known by its uid, the others change nothing more.
            self.waiting.insert(0, (completion.op, cause))
        elif type(completion.op) is CreateObject:
            effects += self._created(completion)
        if completion.status == "failed":
            result = completion.result or {}
            why, message = str(result.get("why", "")), str(result.get("message", ""))
            effects.append(Emit(SubmissionFailed(self.node, completion.op.label(), why, message)))
        if self.waiting:
            op, waited_for = self.waiting.pop(0)
            self.causes[session.session_id] = waited_for
            effects += session.submit(Moment(at.now_us, waited_for, at.wall_us), op)
        return effects

    # Answers

    def _created(self, completion: Completion) -> list[Effect]:
        assert type(completion.op) is CreateObject
        uid = completion.op.object.metadata.uid
        if uid not in self.awaited:
            return []
        if completion.status != "ok":
            del self.awaited[uid]
            return [Persist(((_AWAITED + uid, None),))]
        self.awaited[uid] = completion.result["key"]
        return [Persist(((_AWAITED + uid, self.awaited[uid]),)), *self._watch()]

    def _watch(self) -> list[Effect]:
        # One without a key, from an earlier life, may or may not have reached the store: the leader knows by the uid.
        life = f"{self.node}.{self.boot}."
        asked = tuple((key, uid) for uid, key in self.awaited.items() if key or not uid.startswith(life))
        return [Send(self.hint.ask(), JobsWatched(asked))] if asked else []

    def _on_ended(self, message: JobsEnded) -> list[Effect]:
        effects: list[Effect] = []
        for key, uid, condition, result in message.jobs:
            if uid not in self.awaited:
                continue
            del self.awaited[uid]
            name = key.removeprefix(NAMESPACE + "/")
            if condition == "Complete":
                told: Effect = Emit(ResultReturned(self.node, name, result))
            else:
                told = Emit(ResultMissing(self.node, name, condition))
            effects.append(Persist(((_AWAITED + uid, None),), then=(told,)))
        return effects

    _COMMANDS: ClassVar[dict[type[Command], Callable[[ApiServer, Moment, Any], list[Effect]]]] = {
        SubmitTasks: _tasks,
        SubmitManifest: _manifest,
        SubmitComputation: _computation,
        ReplayTrace: _trace,
    }
