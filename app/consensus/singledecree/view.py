"""What the picture shows of a participant: vote, promise and decision from its disk, all else from its memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import plain
from app.consensus.singledecree.acceptor import PROMISED, VOTE
from app.consensus.singledecree.learner import DECISION
from app.consensus.singledecree.messages import Vote
from app.consensus.singledecree.participant import Participant
from app.vocabulary.base import Change, Changes
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import label_of


def view(node: NodeId, participant: Participant | None, disk: Mapping[str, Any]) -> Changes:
    """The entities "vote", the field `promised` of "node", and "memory" while the machine is not down."""
    vote: Vote | None = disk.get(VOTE)
    decision: Vote | None = disk.get(DECISION)
    changes: list[Change] = []
    if vote is not None:
        shown = {"slot": 1, "node": node, "ballot": plain(vote.ballot), "value": label_of(vote.value)}
        changes.append(("vote", f"1/{node}", shown))
    if PROMISED in disk:
        changes.append(("node", node, {"promised": plain(disk[PROMISED])}))
    if participant is None:
        return changes
    proposer, known = participant.proposer, int(decision is not None)
    memory = {
        "role": participant.role,
        "ballot": [0, ""],
        "leader": "",
        "leading": False,
        "applied": known,
        "chosen": known,
        "last": int(vote is not None),
        "phase": "",
        "count": f"0/{len(participant.settings.acceptors)}",
        "wants": [],
        "decided": [] if decision is None else label_of(decision.value),
    }
    if proposer is not None:
        memory |= proposer.shown() | {"wants": label_of(proposer.wants)}
    return [*changes, ("memory", node, memory)]
