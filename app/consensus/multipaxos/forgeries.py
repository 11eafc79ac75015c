"""What an intruder writes who knows the protocol, has listened for a while, and has one thing in mind: to be believed."""

from __future__ import annotations

from app.consensus.multipaxos.messages import Accept, Commit, Heartbeat, Prepare
from app.consensus.state import Put
from app.consensus.values import mark_of
from app.vocabulary.base import Message
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Request


def prepare(ballot: Ballot, slot: int, now_us: int) -> Message:
    return Prepare(ballot, slot)


def accept(ballot: Ballot, slot: int, now_us: int) -> Message:
    """With a value that nobody asked for."""
    value = (Request("", 0, Put("k1", "forged")),)
    return Accept(ballot, slot, value, mark_of(value), 0)


def commit(ballot: Ballot, slot: int, now_us: int) -> Message:
    return Commit(ballot, slot)


def heartbeat(ballot: Ballot, slot: int, now_us: int) -> Message:
    return Heartbeat(ballot, now_us, slot, 0)


FORGERIES = {forge.__name__: forge for forge in (prepare, accept, commit, heartbeat)}
