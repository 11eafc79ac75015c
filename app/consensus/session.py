"""A client's line to the replicas: one operation at a time, leader found, retried, timed out."""

from __future__ import annotations

from msgspec import Struct

from app.vocabulary.base import Moment, Operation
from app.vocabulary.effects import CancelTimer, Effect, Send, SetTimer
from app.vocabulary.ids import MS, SECOND, NodeId
from app.vocabulary.replicated import ClientReply, ClientRequest, Completion, Request


class SessionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Times in microseconds of virtual time; the defaults are those of the classroom scenario.

    retry_us:   no answer for so long: ask the next replica. busy_us: the leader is not ready, or nobody knows one: wait.
    timeout_us: no answer to any attempt for so long: the outcome is unknown.
    """

    retry_us: int = 2 * SECOND
    busy_us: int = 500 * MS
    timeout_us: int = 10 * SECOND

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed is 1 or more.")


class ClientSession:
    """A `Session` of the vocabulary.

    session_id: unique in the whole run: names the machine, the session and the boot (`w1.0@12000000`), so that a
                restarted machine, which has forgotten its numbers, is another client: no number stands for two operations.
    replicas:   whom to ask, in a fixed order. target: whom it asks first.

    An operation that times out ends as "unknown", never as "failed": the request may still be under way and take effect at
    any later time, or never.
    """

    __slots__ = (
        "_asked",
        "_deadline_us",
        "_hops",
        "_message",
        "_number",
        "_timer",
        "replicas",
        "session_id",
        "settings",
        "target",
    )

    def __init__(
        self, session_id: str, replicas: tuple[NodeId, ...], settings: SessionSettings, target: NodeId = ""
    ) -> None:
        self.session_id = session_id
        self.replicas = replicas
        self.settings = settings
        self.target = target or replicas[0]
        self._timer = f"session:{session_id}"
        self._number = 0
        self._message: ClientRequest | None = None
        self._deadline_us = 0
        self._hops = 0
        self._asked: list[NodeId] = []

    @property
    def busy(self) -> bool:
        return self._message is not None

    @property
    def number(self) -> int:
        """Of the latest operation."""
        return self._number

    def submit(self, at: Moment, op: Operation) -> list[Effect]:
        """Begin an operation. Only while not `busy`."""
        assert self._message is None, f"session {self.session_id} is busy"
        self._number += 1
        self._message = ClientRequest(Request(self.session_id, self._number, op))
        self._deadline_us = at.now_us + self.settings.timeout_us
        return self._ask(at)

    def owns_timer(self, name: str) -> bool:
        return name == self._timer

    def on_timer(self, at: Moment, name: str) -> tuple[list[Effect], Completion | None]:
        """The wait for an answer is over: give up, or ask the next replica."""
        if self._message is None:
            return [], None
        if at.now_us >= self._deadline_us:
            return [], self._complete("unknown")
        if self._hops >= 0:
            self._rotate()
        return self._ask(at), None

    def on_reply(
        self, at: Moment, sender: NodeId, reply: ClientReply
    ) -> tuple[list[Effect], Completion | None]:
        """An answer, perhaps to an earlier attempt or operation: those are over."""
        message = self._message
        if message is None or reply.number != self._number or reply.client != self.session_id:
            return [], None
        if reply.status == "redirect":
            return self._redirected(at, sender, reply.leader), None
        if reply.status == "busy":
            if sender != self.target:
                return [], None
            self._hops = -1
            return [self._wait(at, self.settings.busy_us)], None
        self.target = sender
        return [CancelTimer(self._timer)], self._complete(reply.status, reply.result)

    def _ask(self, at: Moment) -> list[Effect]:
        assert self._message is not None, "there is nothing to ask"
        self._hops = 0
        self._asked.append(self.target)
        return [Send(self.target, self._message), self._wait(at, self.settings.retry_us)]

    def _wait(self, at: Moment, for_us: int) -> SetTimer:
        return SetTimer(self._timer, min(for_us, self._deadline_us - at.now_us), self.target)

    def _redirected(self, at: Moment, sender: NodeId, leader: NodeId) -> list[Effect]:
        """Follow, but not for ever: two replicas may each believe the other to lead."""
        message = self._message
        assert message is not None, "there is nothing to redirect"
        if sender != self.target:
            return []
        self._hops += 1
        if not leader or leader == sender or leader not in self.replicas or self._hops > len(self.replicas):
            self._rotate()
            self._hops = -1
            return [self._wait(at, self.settings.busy_us)]
        self.target = leader
        self._asked.append(leader)
        return [Send(leader, message), self._wait(at, self.settings.retry_us)]

    def _rotate(self) -> None:
        """The next one that was not asked yet: a replica that lost its seat may name a leader of long ago for ever."""
        place = self.replicas.index(self.target) if self.target in self.replicas else -1
        ring = self.replicas[place + 1 :] + self.replicas[: place + 1]
        fresh = [replica for replica in ring if replica not in self._asked]
        if not fresh:
            self._asked = []
        self.target = (fresh or ring)[0]

    def _complete(self, status: str, result: object = None) -> Completion:
        message = self._message
        assert message is not None, "there is nothing to complete"
        self._message = None
        self._asked = []
        return Completion(self._number, message.request.op, status, result)
