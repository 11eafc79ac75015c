"""What acceptors and learners of every protocol tell alike: panels and checkers read these, and know no protocol by name."""

from __future__ import annotations

from app.consensus.multipaxos.events import (
    BallotPromised,
    BallotRefused,
    ConflictingAcceptSeen,
    Shown,
    ValueApplied,
    ValueChosen,
    VoteCast,
    plain,
)

__all__ = [
    "BallotPromised",
    "BallotRefused",
    "ConflictingAcceptSeen",
    "Shown",
    "ValueApplied",
    "ValueChosen",
    "VoteCast",
    "plain",
]
