"""Which acceptor this machine is, and how the group changes. ("Paxos Made Simple", section 3; "Paxos Made Live", 5.2: a
replica whose disk is corrupted takes part again only when nobody can miss what it forgot)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.configuration import (
    Configuration,
    Configurations,
    Reconfigure,
    Seat,
    quorum_complaint,
)
from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.election import Election
from app.consensus.multipaxos.events import ReplicaRejoined
from app.consensus.multipaxos.messages import Rejoin
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.base import Refused
from app.vocabulary.effects import DAMAGED, Effect, Emit, Persist, Send
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance

IDENTITY = "identity"
"""Disk key of the incarnation: 0 as the world makes the disk; a wiped disk lacks it."""
FORMATTED: Mapping[str, Any] = {IDENTITY: 0}
"""What is on the disk of a replica that never ran."""
TOKEN = "blank"
"""Disk key of the token of a blank life: it outlives restarts, and no wipe."""
TOKEN_MAX = (1 << 53) - 1


def seat_on(disk: Mapping[str, Any]) -> int | None:
    """The incarnation that is written on a disk, or None."""
    incarnation: int | None = disk.get(IDENTITY)
    return incarnation


class Membership:
    """What this replica knows of its own place.

    incarnation: which acceptor of its machine it is; None while its disk is blank: then it may have promised and voted and
                 forgotten it, so it keeps silent until it has another seat.
    token:       what the seat must show that is meant for this blank life.
    """

    __slots__ = ("acceptor", "configurations", "election", "incarnation", "node", "settings", "token")

    def __init__(
        self,
        node: NodeId,
        settings: Settings,
        disk: Mapping[str, Any],
        chance: Chance,
        configurations: Configurations,
        acceptor: Acceptor,
        election: Election,
    ) -> None:
        self.node = node
        self.settings = settings
        self.configurations = configurations
        self.acceptor = acceptor
        self.election = election
        self.incarnation: int | None = self.identity_on(disk)
        self.token = 0
        if self.incarnation is None:
            self.token = disk.get(TOKEN) or chance.uniform_int(1, TOKEN_MAX)
            # Votes that a damaged disk still has were cast, so they may be told; nothing below them may follow.
            votes = [vote.ballot for vote in acceptor.votes.values()]
            acceptor.promised = max([acceptor.promised, *votes])
        self._become(self.incarnation)

    def identity_on(self, disk: Mapping[str, Any]) -> int | None:
        """The incarnation that a disk vouches for; None if it does not say, or cannot be trusted."""
        if DAMAGED in disk or IDENTITY not in disk:
            return None if self.settings.rejoin_as_new else 0
        incarnation: int = disk[IDENTITY]
        return incarnation

    def _become(self, incarnation: int | None) -> None:
        self.incarnation = self.election.incarnation = incarnation
        self.acceptor.incarnation = -1 if incarnation is None else incarnation

    @property
    def blank(self) -> bool:
        return self.incarnation is None

    def has_seat(self, configuration: Configuration) -> bool:
        """Whether this replica, as the acceptor it is, is a member."""
        return self.incarnation is not None and configuration.seats(self.node, self.incarnation)

    def may_vote(self, slot: int, applied: int) -> bool:
        """Not in a slot of which this replica knows that it has no seat there."""
        if self.incarnation is None:
            return False
        known = applied < slot <= applied + self.configurations.alpha
        return not known or self.has_seat(self.configurations.at(slot))

    # Rejoining as new

    def remember_token(self) -> list[Effect]:
        """A seat that was given to this blank life must still be its own after a restart."""
        return [self._forswear()] if self.blank else []

    def _forswear(self, *then: Effect) -> Persist:
        """Put the token on the disk, in the place of the identity that a damaged disk may still have: were the damage
        repaired now, the acceptor of old would come back, and its seat be given away by a plea that is on its way."""
        return Persist(((IDENTITY, None), (TOKEN, self.token)), then)

    def plead(self, leader: NodeId) -> list[Effect]:
        """Ask a leader for a seat in the next configuration, as long as the disk is blank.

        Not knowing all configurations yet, it asks in vain, and again when it knows more: it learns the log meanwhile.
        """
        if not self.blank:
            return []
        plea = Rejoin(self.token, self.configurations.latest.number)
        return [self._forswear(Send(leader, plea))]

    def take_seat(self) -> list[Effect]:
        """Be the acceptor that this blank life's seat is for, once its configuration is in force and all slots before it
        are applied here. Whatever it says from now on comes after the write of its identity."""
        if not self.blank:
            return []
        seat = self.configurations.current.seat_of(self.node)
        if seat is None or seat.token != self.token:
            return []
        self._become(seat.incarnation)
        rejoined = Emit(ReplicaRejoined(self.node, seat.incarnation))
        return [rejoined, Persist(((IDENTITY, seat.incarnation), (DAMAGED, None), (TOKEN, None)))]

    def is_timely(self, plea: Rejoin) -> bool:
        """Whether who pleads knows the latest configuration, which the next one is to replace (a compare-and-set).

        Else the plea may be a late one, of a blank life that is over, and the seat may be taken by the life after it. Who
        has taken a seat was first given one after it had drawn its token, which was after all its earlier lives: these
        cannot have known that configuration, nor any later one.
        """
        return plea.number == self.configurations.latest.number

    def owes_seat(self, node: NodeId, token: int) -> bool:
        """Whether this plea is not answered yet by a seat."""
        seat = self.configurations.latest.seat_of(node)
        return seat is not None and seat.token != token

    # The next configuration

    def next(
        self, change: str, node: NodeId, token: int = 0, quorum1: int = 0, quorum2: int = 0
    ) -> Reconfigure:
        """The latest configuration, changed; quorums that are not given stay as they are."""
        latest = self.configurations.latest
        seated = self.configurations.incarnations
        if change == "add":
            # With a token: its disk is blank, so it must not be whoever it was before.
            new = Seat(node, seated.get(node, 0) + 1, token) if token else Seat(node, seated.get(node, 0))
            members = (*latest.members, new)
        elif change == "remove":
            members = tuple([seat for seat in latest.members if seat.node != node])
        else:
            new = Seat(node, seated.get(node, 0) + 1, token)
            members = tuple([new if seat.node == node else seat for seat in latest.members])
        sizes = quorum1 or latest.quorum1, quorum2 or latest.quorum2
        return Reconfigure(latest.number + 1, change, node, members, *sizes)

    def refusal(self, change: str, node: NodeId, quorum1: int, quorum2: int) -> Refused | None:
        """Why the group cannot change so, or None."""
        latest = self.configurations.latest
        if len(self.configurations.held) > 1:
            return Refused("reconfiguring", {"number": latest.number, "slot": latest.from_slot})
        seat = latest.seat_of(node)
        if change == "add" and seat is not None:
            return Refused("already-a-member", {"node": node})
        if change == "remove" and seat is None:
            return Refused("not-a-member", {"node": node, "allowed": ", ".join(latest.nodes)})
        if change == "remove" and len(latest.members) == 1:
            return Refused("last-member", {"node": node})
        op = self.next(change, node, 0, quorum1, quorum2)
        problem = quorum_complaint(op.quorum1, op.quorum2, len(op.members))
        return Refused("quorums", {"problem": problem}) if problem else None
