"""What the picture shows of a replica: votes and promise from its disk, all else from its memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import plain
from app.consensus.multipaxos.acceptor import PROMISED, votes_on
from app.consensus.multipaxos.replica import Replica
from app.vocabulary.base import Change, Changes
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import label_of


def view(node: NodeId, replica: Replica | None, disk: Mapping[str, Any]) -> Changes:
    """The entities "vote", the fields of "node" that this room owns, and "memory" while the machine is not down."""
    votes = votes_on(disk)
    changes: list[Change] = [
        (
            "vote",
            f"{slot}/{node}",
            {"slot": slot, "node": node, "ballot": plain(vote.ballot), "value": label_of(vote.value)},
        )
        for slot, vote in votes.items()
    ]
    promised = disk.get(PROMISED)
    if promised is not None:
        changes.append(("node", node, {"promised": plain(promised)}))
    if replica is not None:
        memory = {
            "role": replica.role,
            "ballot": plain(replica.ballot),
            "leader": replica.election.leader,
            "leading": replica.leading,
            "applied": replica.learner.applied,
            "chosen": replica.learner.chosen_to,
            "last": max(votes, default=0),
        }
        changes.append(("memory", node, memory))
    return changes
