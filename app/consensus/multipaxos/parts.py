"""What a replica is made of, and how it is put together: the correct parts, or some of them broken on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.consensus.client import Recorder
from app.consensus.configuration import Configurations, first_of, quorum_complaint
from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.broken import CONTROLS, SWITCHES
from app.consensus.multipaxos.election import Election
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.leases import Grants
from app.consensus.multipaxos.membership import Membership
from app.consensus.multipaxos.reads import Reads
from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.upkeep import Upkeep
from app.consensus.state import SessionTable
from app.consensus.switch import overridden, planted
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, StateMachine


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes of a replica; the defaults are the protocol, anything else is broken on purpose (`broken/`).

    sessions and recorder stand outside the replica: the table that makes retries harmless, and how clients write down what
    became of their operations.
    """

    acceptor: type[Acceptor] = Acceptor
    election: type[Election] = Election
    leader: type[Leader] = Leader
    learner: type[Learner] = Learner
    upkeep: type[Upkeep] = Upkeep
    grants: type[Grants] = Grants
    reads: type[Reads] = Reads
    configurations: type[Configurations] = Configurations
    membership: type[Membership] = Membership
    replica: type[Replica] = Replica
    sessions: type[SessionTable] = SessionTable
    recorder: type[Recorder] = Recorder


PARTS = Parts()
"""Multi-Paxos as it should be."""


@cache
def parts_with(switches: tuple[str, ...] = ()) -> Parts:
    """The parts with these switches on (ids of `broken.SWITCHES` or `broken.CONTROLS`)."""
    return planted(PARTS, (*SWITCHES, *CONTROLS), switches)


def build(
    node: NodeId,
    peers: tuple[NodeId, ...],
    settings: Settings,
    disk: Mapping[str, Any],
    chance: Chance,
    machine: StateMachine,
    switches: tuple[str, ...] = (),
) -> Replica:
    """A replica, fresh or from what an earlier life left on its disk; see `Member` for the arguments."""
    parts = parts_with(switches)
    settings = overridden(settings, (*SWITCHES, *CONTROLS), switches)
    return parts.replica(node, peers, settings, disk, chance, machine, parts)


def configurations(
    settings: Settings, members: tuple[NodeId, ...], switches: tuple[str, ...] = ()
) -> Configurations:
    """Who may vote, at the beginning, and what becomes of it."""
    first = first_of(members, settings.quorum1, settings.quorum2)
    return parts_with(switches).configurations(settings.window, first)


def problem(settings: Settings, members: tuple[NodeId, ...]) -> str:
    """Why these quorums cannot be used by so many members, as half a sentence, or ""."""
    return quorum_complaint(settings.quorum1, settings.quorum2, len(members)) if members else ""
