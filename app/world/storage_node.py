"""A storage node: a replica, and beside it the control plane that works while the replica leads."""

from __future__ import annotations

from collections.abc import Iterable

from app.consensus.protocol import Replica
from app.orchestration import MESSAGES as KUBE_MESSAGES
from app.orchestration.control_plane import ControlPlane
from app.orchestration.effects import Propose
from app.vocabulary.base import Command, Message, Moment
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId

_KUBE = frozenset(KUBE_MESSAGES)
CONTROL_PLANE = "cp:"
"""What the names of the control plane's timers begin with."""


class StorageNode:
    """A `Process` made of two: consensus handles its mail and timers first, then the control plane hears what changed."""

    __slots__ = ("control", "replica")

    def __init__(self, replica: Replica, control: ControlPlane) -> None:
        self.replica = replica
        self.control = control

    @property
    def leading(self) -> bool:
        """Whether the replica may propose, schedule and answer."""
        return self.replica.leading

    def on_start(self, at: Moment) -> list[Effect]:
        return self._follow(at, False, self.replica.on_start(at))

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        led = self.replica.leading
        if type(message) in _KUBE:
            return self._follow(at, led, self._plain(at, self.control.on_message(at, sender, message)))
        return self._follow(at, led, self.replica.on_message(at, sender, message))

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        led = self.replica.leading
        if name.startswith(CONTROL_PLANE):
            return self._follow(at, led, self._plain(at, self.control.on_timer(at, name)))
        return self._follow(at, led, self.replica.on_timer(at, name))

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        """A person asks the replica, which leads, for a change of the group."""
        led = self.replica.leading
        return self._follow(at, led, self.replica.on_command(at, command))

    def _follow(self, at: Moment, led: bool, effects: list[Effect]) -> list[Effect]:
        """Tell the control plane what a handler changed: leadership won or lost, slots applied."""
        replica = self.replica
        while True:
            applied = replica.drain_applied()
            leads = replica.leading
            if leads and not led:
                # It reads the store as it is now, with all that was applied on the way here.
                more = self.control.on_lead(at, replica.ballot)
            elif led and not leads:
                more = self.control.on_step_down(at)
            elif leads and applied:
                more = self.control.on_applied(at, applied)
            else:
                return effects
            led = leads
            effects = effects + self._plain(at, more)

    def _plain(self, at: Moment, wishes: Iterable[Effect]) -> list[Effect]:
        """Effects that a host knows: what the control plane proposes goes through the replica."""
        plain: list[Effect] = []
        for wish in wishes:
            if type(wish) is Propose:
                because = at if wish.because is None else Moment(at.now_us, wish.because, at.wall_us)
                plain += self.replica.propose(because, wish.op)
            else:
                plain.append(wish)
        return plain
