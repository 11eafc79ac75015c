"""What the world sees that no machine can: the state of the log as first applied anywhere, and the tallies."""

from __future__ import annotations

from app.consensus import PROTOCOLS
from app.consensus.client import OperationEnded, OperationInvoked
from app.consensus.configuration import Configurations, Reconfigure
from app.consensus.state import KeyValueStore, SessionTable
from app.orchestration.commands import UndoRollout
from app.orchestration.objects.meta import key_of
from app.orchestration.store import ObjectStore
from app.orchestration.store.rollback import problem_of
from app.simulation.machine import UP
from app.vocabulary.base import Command, Event, Fields, Picture, Refused
from app.vocabulary.effects import Announce
from app.vocabulary.events import (
    LinkCut,
    LinkHealed,
    NetworkPartitioned,
    NodeKilled,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    PartitionHealed,
)
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Outcome, Request
from app.world.events import LeadershipTallied, OperationsTallied
from app.world.host import Host
from app.world.picture import fold

_TELLING: frozenset[type[Event]] = frozenset(
    {
        OperationInvoked,
        OperationEnded,
        *(event for spec in PROTOCOLS.values() for event in spec.leadership),
        NodeKilled,
        NodeRestarted,
        NodePaused,
        NodeResumed,
        NetworkPartitioned,
        PartitionHealed,
        LinkCut,
        LinkHealed,
    }
)


class Observer:
    """A `Witness`.

    state, configurations: fed with each slot when the first replica announces it. applied: the last such slot.
    operations, leadership: the tallies as last told, None before.
    """

    telling = _TELLING

    def __init__(self, state: SessionTable, configurations: Configurations) -> None:
        self.state = state
        self.applied = 0
        self.configurations = configurations
        self.operations: OperationsTallied | None = None
        self.leadership: LeadershipTallied | None = None
        self._invoked = 0
        self._lost_us: int | None = None
        self._stirred: int | None = None

    def news(self, effect: Announce) -> bool:
        """Whether nobody announced that slot before."""
        return effect.slot > self.applied

    def refusal(self, command: Command) -> Refused | None:
        """What the objects say against a command; of what is not there the log will say so."""
        if type(command) is not UndoRollout:
            return None
        objects = self.state.stores[1]
        assert isinstance(objects, ObjectStore), "see composite_state"
        thing = objects.get(command.kind, key_of(command.namespace, command.name))
        problem = None if thing is None else problem_of(objects, thing, command.revision)
        return None if problem is None else Refused(problem.code, problem.details)

    def announce(self, host: Host, effect: Announce, cause: int) -> None:
        """The first announcement of a slot: what it did goes into the log."""
        if effect.slot <= self.applied:
            return
        self.applied = effect.slot
        for request in effect.value:
            for event in self._apply(effect.slot, request).events:
                host.emit(event, cause)
        if self.configurations.settle(effect.slot):
            host.emit(self.configurations.current.in_force(), cause)

    def _apply(self, slot: int, request: Request) -> Outcome:
        if type(request.op) is Reconfigure:
            return self.configurations.apply(slot, request.op)
        return self.state.apply(slot, request)

    def saw(self, host: Host, event: Event, seq: int) -> None:
        """Something happened that may move a tally."""
        if type(event) is OperationInvoked:
            self._invoked += 1
        elif type(event) is OperationEnded:
            self._tally_operation(host, event, seq)
        else:
            self._stirred = seq

    def settle(self, host: Host) -> None:
        """The end of an instant. Only here is it known who leads: a leader that wakes up may step down at once."""
        if self._stirred is not None:
            seq, self._stirred = self._stirred, None
            self._tally_leadership(host, seq)

    def _tally_operation(self, host: Host, event: OperationEnded, seq: int) -> None:
        before = self.operations or OperationsTallied(0, 0, 0, 0)
        status = event.status
        self.operations = OperationsTallied(
            self._invoked,
            before.ok + (status == "ok"),
            before.failed + (status not in ("ok", "unknown")),
            before.unknown + (status == "unknown"),
        )
        host.emit(self.operations, seq)

    def _tally_leadership(self, host: Host, seq: int) -> None:
        before = self.leadership or LeadershipTallied("", 0, None, 0, None)
        leader = self.able_leader(host)
        if leader == before.leader:
            return
        now_us = host.now_us
        led_us, since_us = before.led_us, before.since_us
        gains, recovered_us = before.gains, before.recovered_us
        if since_us is not None:
            led_us += now_us - since_us
            self._lost_us = now_us
        if leader:
            gains += 1
            recovered_us = recovered_us if self._lost_us is None else now_us - self._lost_us
        self.leadership = LeadershipTallied(leader, led_us, now_us if leader else None, gains, recovered_us)
        host.emit(self.leadership, seq)

    def view(self) -> Picture:
        """The entities that no machine alone can show: keys, Kubernetes objects, tallies."""
        keys, objects = self.state.stores
        assert isinstance(keys, KeyValueStore), "see composite_state"
        assert isinstance(objects, ObjectStore), "see composite_state"
        tallies: Picture = {}
        for tally in (self.operations, self.leadership):
            if tally is not None:
                fold(tallies, tally.changes())
        entries = keys.entries.items()
        shown = {
            key: {"value": value, "version": version, "slot": slot} for key, (value, version, slot) in entries
        }
        return {"key": shown, "configuration": self._configuration(), **objects.view(), **tallies}

    def _configuration(self) -> dict[str, Fields]:
        """By its own code, not the events': the law holds one against the other."""
        held = self.configurations.held
        return {
            name: {
                "number": configuration.number,
                "members": list(configuration.nodes),
                "incarnations": [seat.incarnation for seat in configuration.members],
                "q1": configuration.q1,
                "q2": configuration.q2,
                "from_slot": configuration.from_slot,
            }
            for name, configuration in zip(("current", "next"), held, strict=False)
        }

    def able_leader(self, host: Host) -> NodeId:
        """The replica that leads, runs, and reaches a phase-2 quorum both ways; "" if there is none."""
        network = host.network
        current = self.configurations.current
        running = [node for node in current.nodes if host.machines[node].state == UP]
        for node in running:
            if not getattr(host.machines[node].process, "leading", False):
                continue
            reached = sum(
                1
                for peer in running
                if peer == node or (network.blocks(node, peer) is None and network.blocks(peer, node) is None)
            )
            if reached >= current.q2:
                return node
        return ""
