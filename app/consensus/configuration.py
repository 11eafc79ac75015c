"""Who may vote in which slot, and how many of them it takes: the one place where the arithmetic lives.

("Paxos Made Simple", section 3: the servers that execute instance i + alpha are specified by the state after command i;
Howard, Malkhi and Spiegelman, "Flexible Paxos", 2016: only phase-1 and phase-2 quorums need to meet)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

from app.consensus.events import ConfigurationChosen, ConfigurationInForce
from app.vocabulary.base import Label, Operation
from app.vocabulary.ids import Ballot, NodeId
from app.vocabulary.replicated import Outcome

MARK = "+"
"""Stands between a machine's name and its incarnation in a proposer's name; no machine's name has it."""


class Seat(Struct, frozen=True, array_like=True, gc=False):
    """A place among the acceptors. A machine that lost its disk is another acceptor: same node, other incarnation.

    incarnation: 0 as the world made it, counted up whenever the machine rejoins as new.
    token:       what the machine drew when it found its disk blank, so that it knows a seat that is meant for it from
                 one that was meant for an earlier blank life; 0 for incarnation 0.
    """

    node: NodeId
    incarnation: int = 0
    token: int = 0


class Configuration(Struct, frozen=True, array_like=True, dict=True):
    """The acceptors of the slots from `from_slot` on, until the next configuration.

    quorum1, quorum2: as asked for, 0 for a majority. q1, q2: how many promises elect, how many votes choose.
    """

    number: int
    members: tuple[Seat, ...]
    quorum1: int = 0
    quorum2: int = 0
    from_slot: int = 1

    # Cached, because each vote and each heartbeat's answer is measured against them.

    @cached_property
    def q1(self) -> int:
        return self.quorum1 or len(self.members) // 2 + 1

    @cached_property
    def q2(self) -> int:
        return self.quorum2 or len(self.members) // 2 + 1

    @cached_property
    def nodes(self) -> tuple[NodeId, ...]:
        return tuple([seat.node for seat in self.members])

    def seat_of(self, node: NodeId) -> Seat | None:
        for seat in self.members:
            if seat.node == node:
                return seat
        return None

    def seats(self, node: NodeId, incarnation: int) -> bool:
        """Whether this very incarnation is a member: only its votes and promises count."""
        for seat in self.members:
            if seat.node == node:
                return seat.incarnation == incarnation
        return False

    def promised_by(self, incarnations: Mapping[NodeId, int]) -> bool:
        """Whether these acceptors (node -> incarnation) make a phase-1 quorum."""
        return self._count(incarnations) >= self.q1

    def in_force(self) -> ConfigurationInForce:
        """The news that it governs every open slot now."""
        incarnations = tuple([seat.incarnation for seat in self.members])
        return ConfigurationInForce(self.number, self.nodes, incarnations, self.q1, self.q2, self.from_slot)

    def _count(self, incarnations: Mapping[NodeId, int]) -> int:
        return sum(1 for seat in self.members if incarnations.get(seat.node, -1) == seat.incarnation)

    def reached(self, nodes: Sequence[NodeId]) -> int:
        """How many members are among these machines."""
        return sum(1 for seat in self.members if seat.node in nodes)


class Reconfigure(Operation, frozen=True, tag="reconfigure"):
    """The next configuration, chosen like any value; in force from `alpha` slots later on.

    number: one more than the latest configuration's, or it does nothing: it was made for another state of affairs.
    change: "add", "remove" or "rejoin"; member: whom. members, quorum1, quorum2: as in `Configuration`.
    """

    number: int
    change: str
    member: NodeId
    members: tuple[Seat, ...]
    quorum1: int = 0
    quorum2: int = 0

    def label(self) -> Label:
        return ("reconfigure", self.number, self.change, self.member)


class Configurations:
    """The configurations that may govern an open slot, by what is applied here.

    alpha: slots between choosing a configuration and using it; a slot is proposed only when all slots up to `alpha` before
           it are applied, so whoever proposes in it knows its configuration.
    held:  in the order of their slots; the first governs the slot after the latest applied one.
    incarnations: node -> the highest incarnation that ever had a seat.
    """

    __slots__ = ("alpha", "held", "incarnations")

    def __init__(self, alpha: int, first: Configuration) -> None:
        self.alpha = alpha
        self.held: tuple[Configuration, ...] = (first,)
        self.incarnations = {seat.node: seat.incarnation for seat in first.members}

    @property
    def current(self) -> Configuration:
        """Governs the slot after the latest applied one."""
        return self.held[0]

    @property
    def latest(self) -> Configuration:
        """In force already if it is `current`, else chosen and waiting for its slot."""
        return self.held[-1]

    def at(self, slot: int) -> Configuration:
        """The configuration of a slot that is not applied, and at most `alpha` after the latest applied one."""
        held = self.held
        if len(held) > 1:
            for configuration in reversed(held):
                if configuration.from_slot <= slot:
                    return configuration
        return held[0]

    def nodes(self) -> tuple[NodeId, ...]:
        """Everybody who has a seat in one of them."""
        if len(self.held) == 1:
            return self.held[0].nodes
        return tuple(dict.fromkeys(node for configuration in self.held for node in configuration.nodes))

    def seated(self, node: NodeId) -> bool:
        return any(configuration.seat_of(node) is not None for configuration in self.held)

    def first_slot_of(self, slot: int) -> int:
        """From where on a configuration governs that is chosen at `slot`. (PMS 3: the window)"""
        return slot + self.alpha

    def apply(self, slot: int, op: Reconfigure) -> Outcome:
        """Take over the next configuration, unless the one before is not in force yet or it is not the next one."""
        latest = self.latest
        if op.number != latest.number + 1 or slot < latest.from_slot:
            return Outcome("refused", {"code": "configuration-outdated", "number": latest.number})
        from_slot = self.first_slot_of(slot)
        chosen = Configuration(op.number, op.members, op.quorum1, op.quorum2, from_slot)
        self.held = (*self.held, chosen)
        for seat in op.members:
            self.incarnations[seat.node] = max(seat.incarnation, self.incarnations.get(seat.node, 0))
        return Outcome("ok", op.number, (announcement(chosen, op, slot),))

    def settle(self, applied: int) -> bool:
        """Forget the configurations that have no open slot any more; True if another one is in force now."""
        before = self.held
        if len(before) == 1:
            return False
        while len(self.held) > 1 and self.held[1].from_slot <= applied + 1:
            self.held = self.held[1:]
        return self.held is not before

    def snapshot(self) -> tuple[Any, ...]:
        return (self.held, tuple(self.incarnations.items()))

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        self.held, incarnations = snapshot
        self.incarnations = dict(incarnations)


def announcement(chosen: Configuration, op: Reconfigure, slot: int) -> ConfigurationChosen:
    incarnations = tuple([seat.incarnation for seat in chosen.members])
    return ConfigurationChosen(
        chosen.number,
        op.change,
        op.member,
        chosen.nodes,
        incarnations,
        chosen.q1,
        chosen.q2,
        slot,
        chosen.from_slot,
    )


def first_of(nodes: Sequence[NodeId], quorum1: int = 0, quorum2: int = 0) -> Configuration:
    """The configuration that a group begins with."""
    return Configuration(0, tuple([Seat(node) for node in nodes]), quorum1, quorum2)


def quorum_complaint(quorum1: int, quorum2: int, members: int) -> str:
    """Why these quorums (0: a majority) cannot be used by so many members, as half a sentence; "" if they can."""
    for name, size in (("quorum1", quorum1), ("quorum2", quorum2)):
        if not 0 <= size <= members:
            return f"{name} is {size} of {members} members; allowed is 1 to {members}, or 0 for a majority"
    q1, q2 = quorum1 or members // 2 + 1, quorum2 or members // 2 + 1
    if q1 + q2 > members:
        return ""
    return (
        f"quorum1 is {q1} and quorum2 is {q2} of {members} members: {q1} + {q2} = {q1 + q2}; "
        f"allowed are sums of {members + 1} or more"
    )


def proposer_name(node: NodeId, incarnation: int) -> str:
    """Who proposes: an incarnation that lost its disk forgot its ballots, so its successor must not share them."""
    return f"{node}{MARK}{incarnation}" if incarnation else node


def node_of(ballot: Ballot) -> NodeId:
    """The machine of a ballot's proposer."""
    return ballot.node.partition(MARK)[0]
