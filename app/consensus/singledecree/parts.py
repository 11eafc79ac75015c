"""The classes that participants are made of, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.consensus.client import Recorder
from app.consensus.configuration import Configurations, first_of
from app.consensus.singledecree.acceptor import Acceptor
from app.consensus.singledecree.learner import Learner
from app.consensus.singledecree.participant import Participant
from app.consensus.singledecree.proposer import Proposer
from app.consensus.singledecree.settings import Settings
from app.consensus.state import SessionTable
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Chance, StateMachine


@dataclass(frozen=True, slots=True)
class Parts:
    """The defaults are the protocol; sessions and recorder are there for the clients of others."""

    proposer: type[Proposer] = Proposer
    acceptor: type[Acceptor] = Acceptor
    learner: type[Learner] = Learner
    sessions: type[SessionTable] = SessionTable
    recorder: type[Recorder] = Recorder


PARTS = Parts()


def parts_with(switches: tuple[str, ...] = ()) -> Parts:
    """No bug is planted in this protocol yet."""
    assert not switches, "see ProtocolSpec.complaint"
    return PARTS


def build(
    node: NodeId,
    members: tuple[NodeId, ...],
    settings: Settings,
    disk: Mapping[str, Any],
    chance: Chance,
    machine: StateMachine,
    switches: tuple[str, ...] = (),
) -> Participant:
    """A participant in the roles that the settings give its machine."""
    return Participant(node, settings, disk, chance, parts_with(switches))


def configurations(
    settings: Settings, members: tuple[NodeId, ...], switches: tuple[str, ...]
) -> Configurations:
    """The acceptors, for ever."""
    return Configurations(1, first_of(settings.acceptors))
