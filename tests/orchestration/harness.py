"""A cluster without consensus: one log that applies proposals in order, a control plane, kubelets and api1, in virtual time.

Messages take DELAY_US; `cut` nodes neither send nor receive. It does what a real host does with effects.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from app.orchestration.api_server import ApiServer
from app.orchestration.control_plane import ControlPlane
from app.orchestration.effects import Propose
from app.orchestration.kubelet import Capacity, Kubelet
from app.orchestration.kubelet.capacity import capacity_of
from app.orchestration.settings import CLASSROOM, KubeSettings
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Command, Event, Message, Moment, Operation
from app.vocabulary.effects import (
    AddMachine,
    CancelTimer,
    Effect,
    Emit,
    Persist,
    RemoveMachine,
    Send,
    SetTimer,
)
from app.vocabulary.ids import SECOND, Ballot
from app.vocabulary.replicated import ClientReply, ClientRequest, Completion, Request

DELAY_US = 1_000
RETRY_US = 1 * SECOND
GIVE_UP_US = 4 * SECOND


class Fixed:
    """A chance that always draws the lowest."""

    def uniform_int(self, low: int, high: int) -> int:
        return low

    def pick(self, options: Any) -> Any:
        return options[0]


class LineSession:
    """A session to the only storage node: retries, then gives up as unknown."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.number = 0
        self.op: Operation | None = None
        self.began_us = 0

    @property
    def busy(self) -> bool:
        return self.op is not None

    def submit(self, at: Moment, op: Operation) -> list[Effect]:
        assert self.op is None
        self.number, self.op, self.began_us = self.number + 1, op, at.now_us
        return self._ask()

    def _ask(self) -> list[Effect]:
        request = ClientRequest(Request(self.session_id, self.number, self.op))
        return [Send("s1", request), SetTimer(f"session:{self.session_id}", RETRY_US)]

    def owns_timer(self, name: str) -> bool:
        return name == f"session:{self.session_id}"

    def on_timer(self, at: Moment, name: str) -> tuple[list[Effect], Completion | None]:
        if self.op is None:
            return [], None
        if at.now_us - self.began_us < GIVE_UP_US:
            return self._ask(), None
        op, self.op = self.op, None
        return [], Completion(self.number, op, "unknown")

    def on_reply(self, at: Moment, sender: str, reply: ClientReply) -> tuple[list[Effect], Completion | None]:
        if self.op is None or reply.number != self.number:
            return [], None
        op, self.op = self.op, None
        return [CancelTimer(f"session:{self.session_id}")], Completion(
            self.number, op, reply.status, reply.result
        )


class Cluster:
    """See the module. events: everything told, with its time. deciding: whether the log takes anything."""

    def __init__(
        self,
        nodes: dict[str, Capacity] | None = None,
        settings: KubeSettings = CLASSROOM,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings
        self.now_us = 0
        self.heap: list[tuple[int, int, str, int, Callable[[], None]]] = []
        self.counter = 0
        self.events: list[tuple[int, Event]] = []
        self.store = ObjectStore(settings.finished_pods, settings.finished_jobs)
        self.twin = ObjectStore(settings.finished_pods, settings.finished_jobs)
        self.slot = 0
        self.sessions: dict[str, tuple[int, Any]] = {}
        self.deciding = True
        self.cut: set[str] = set()
        self.lives: dict[str, int] = {}
        self.timers: dict[tuple[str, str], int] = {}
        self.disks: dict[str, dict[str, Any]] = {}
        self.processes: dict[str, Any] = {}
        self.round = 1
        self.control = ControlPlane("s1", self.store, settings)
        self.capacities = nodes if nodes is not None else {f"c{n}": Capacity(4000, 8192) for n in range(1, 7)}
        self.lives["s1"] = 1
        self.store.on_leader_started(Ballot(1, "s1"))
        self.twin.on_leader_started(Ballot(1, "s1"))
        self.perform("s1", self.control.on_lead(self.at(), Ballot(1, "s1")))
        self.boot("api1")
        for name in self.capacities:
            self.boot(name)

    def at(self) -> Moment:
        return Moment(self.now_us, 0, self.now_us)

    def boot(self, name: str) -> None:
        """Switch a machine on (again)."""
        life = self.lives[name] = self.lives.get(name, 0) + 1

        def session(part: str) -> LineSession:
            return LineSession(f"{name}.{part}@{life}")

        disk = self.disks.setdefault(name, {})
        if name == "api1":
            self.processes[name] = ApiServer(name, self.settings, disk, ("s1",), Fixed(), session)
        else:
            self.processes[name] = Kubelet(
                name, self.capacities[name], self.settings, ("s1",), Fixed(), session
            )
        self.perform(name, self.processes[name].on_start(self.at()))

    def kill(self, name: str) -> None:
        """Pull the plug."""
        self.lives[name] += 1
        self.processes.pop(name)

    def add(self, capacity: Capacity, name: str) -> None:
        """A machine comes, if it is not there."""
        if name not in self.capacities:
            self.capacities[name] = capacity
            self.boot(name)

    def remove(self, name: str) -> None:
        """A machine goes, if it is there."""
        if self.capacities.pop(name, None) is not None and name in self.processes:
            self.kill(name)

    def new_leader(self) -> None:
        """Another leader takes over: a higher ballot, a control plane without memory."""
        self.round += 1
        self.perform("s1", self.control.on_step_down(self.at()))
        ballot = Ballot(self.round, "s1")
        self.store.on_leader_started(ballot)
        self.twin.on_leader_started(ballot)
        self.perform("s1", self.control.on_lead(self.at(), ballot))

    def take(self, command: Command) -> None:
        self.perform("api1", self.processes["api1"].on_command(self.at(), command))

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        until_us = self.now_us + int(seconds * SECOND)
        while self.heap and self.heap[0][0] <= until_us:
            self.now_us, _, name, life, action = heappop(self.heap)
            if self.lives.get(name) == life or name == "":
                action()
        self.now_us = until_us

    def later(self, delay_us: int, name: str, action: Callable[[], None]) -> None:
        self.counter += 1
        heappush(self.heap, (self.now_us + delay_us, self.counter, name, self.lives.get(name, 0), action))

    def perform(self, name: str, effects: list[Effect]) -> None:
        for effect in effects:
            kind = type(effect)
            if kind is Emit:
                self.events.append((self.now_us, effect.event))  # type: ignore[attr-defined]
                self.perform(name, list(effect.then))  # type: ignore[attr-defined]
            elif kind is Send:
                self.send(name, effect.to, effect.message)  # type: ignore[attr-defined]
            elif kind is SetTimer:
                self.set_timer(name, effect)  # type: ignore[arg-type]
            elif kind is CancelTimer:
                self.timers[(name, effect.name)] = 0  # type: ignore[attr-defined]
            elif kind is Persist:
                for key, value in effect.writes:  # type: ignore[attr-defined]
                    self.disks[name].pop(key, None)
                    if value is not None:
                        self.disks[name][key] = value
                self.perform(name, list(effect.then))  # type: ignore[attr-defined]
            elif kind is AddMachine:
                self.add(capacity_of(effect), effect.node)  # type: ignore[arg-type, attr-defined]
            elif kind is RemoveMachine:
                self.remove(effect.node)  # type: ignore[attr-defined]
            elif kind is Propose:
                request = Request("", 0, effect.op)  # type: ignore[attr-defined]
                self.later(DELAY_US, "", lambda request=request: self.decide(request))  # type: ignore[misc]
            else:
                raise AssertionError(effect)

    def set_timer(self, name: str, effect: SetTimer) -> None:
        stamp = self.counter + 1
        self.timers[(name, effect.name)] = stamp

        def fire() -> None:
            if self.timers.get((name, effect.name)) == stamp:
                process = self.control if name == "s1" else self.processes[name]
                self.perform(name, process.on_timer(self.at(), effect.name))

        self.later(effect.after_us, name, fire)

    def send(self, src: str, dst: str, message: Message) -> None:
        if src in self.cut or dst in self.cut:
            return

        def arrive() -> None:
            if dst in self.cut:
                return
            if type(message) is ClientRequest:
                self.decide(message.request, src)
            elif dst == "s1":
                self.perform("s1", self.control.on_message(self.at(), src, message))
            elif dst in self.processes:
                self.perform(dst, self.processes[dst].on_message(self.at(), src, message))

        self.later(DELAY_US, dst, arrive)

    def decide(self, request: Request, asker: str = "") -> None:
        """One slot of the log."""
        if not self.deciding:
            return
        last = self.sessions.get(request.client) if request.client else None
        if last is not None and last[0] == request.number:
            outcome = last[1]
        else:
            self.slot += 1
            outcome = self.store.apply(self.slot, request)
            assert self.twin.apply(self.slot, request) == outcome, "two replicas gave two outcomes"
            if request.client:
                self.sessions[request.client] = (request.number, outcome)
            self.events += [(self.now_us, event) for event in outcome.events]
            self.perform("s1", self.control.on_applied(self.at(), [(self.slot, (request,), (outcome,))]))
        if asker:
            reply = ClientReply(request.client, request.number, outcome.status, outcome.result)
            self.send("s1", asker, reply)

    def told(self, kind: type[Event]) -> list[Any]:
        """All events of that kind so far."""
        return [event for _, event in self.events if type(event) is kind]

    def fold(self) -> dict[str, dict[str, Any]]:
        """The picture that the events so far add up to."""
        picture: dict[str, dict[str, Any]] = {}
        for _, event in self.events:
            for kind, id_, fields in event.changes():
                table = picture.setdefault(kind, {})
                if fields is None:
                    del table[id_]
                else:
                    table[id_] = {**table.get(id_, {}), **fields}
        return picture
