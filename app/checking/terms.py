"""Promises, and who leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.groups import Groups
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.ids import ZERO, Ballot, NodeId

KEEP_BALLOTS = 1024


class Terms:
    """Follows every acceptor's promise, and which ballots have which leaders.

    groups:    who may vote where.
    promised:  acceptor -> (highest promise that reached its disk, seq).
    elected:   ballot -> seq of its election (the latest `KEEP_BALLOTS`); `_reach`: who promised it.
    """

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.promised: dict[NodeId, tuple[Ballot, int]] = {}
        self.elected: dict[Ballot, int] = {}
        self._reach: dict[Ballot, tuple[NodeId, ...]] = {}
        self._ready: dict[Ballot, tuple[NodeId, int]] = {}
        self._leading: dict[NodeId, int] = {}
        self._paused: dict[NodeId, None] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "replica-rejoined": self._on_rejoined,
            "ballot-promised": self._on_promised,
            "leader-elected": self._on_elected,
            "leader-extended": self._on_extended,
            "value-chosen": self._on_chosen,
            "leader-ready": self._on_ready,
            "leader-stepped-down": self._on_gone,
            "node-killed": self._on_gone,
            "node-paused": self._on_paused,
            "node-resumed": self._on_resumed,
        }

    def _on_rejoined(self, seq: int, event: Any) -> list[Verdict]:
        # Another acceptor, which has promised nothing.
        self.promised.pop(event.node, None)
        return []

    def _on_promised(self, seq: int, event: Any) -> list[Verdict]:
        before, before_seq = self.promised.get(event.node, (ZERO, 0))
        if event.ballot < before:
            fields = {"node": event.node, "ballot": str(event.ballot), "before": str(before)}
            return [Verdict("promises", INVALID, seq, (before_seq, seq), "promise-went-back", fields)]
        self.promised[event.node] = (event.ballot, seq)
        return []

    def _on_elected(self, seq: int, event: Any) -> list[Verdict]:
        ballot = event.ballot
        before = self.elected.get(ballot)
        if before is not None:
            again: dict[str, str | int] = {"node": event.node, "ballot": str(ballot)}
            return [Verdict("one-leader", INVALID, seq, (before, seq), "ballot-elected-twice", again)]
        self.elected[ballot] = seq
        self._reach[ballot] = event.promised_by
        if len(self.elected) > KEEP_BALLOTS:
            oldest = next(iter(self.elected))
            del self.elected[oldest]
            self._reach.pop(oldest, None)
        promises = {node: self.promised.get(node, (ZERO, 0)) for node in event.promised_by}
        real = {node: promise_seq for node, (promise, promise_seq) in promises.items() if promise >= ballot}
        groups = self.groups
        # A candidate that is behind campaigns among an earlier group: it wins nothing by that, but it is elected.
        if any(groups.count(real, group) >= group.q1 for group in reversed(groups.groups)):
            return []
        needed = groups.groups[-1].q1
        fields = {"node": event.node, "ballot": str(ballot), "promises": len(real), "majority": needed}
        proof = (*real.values(), seq)
        return [Verdict("quorums", INVALID, seq, proof, "elected-without-majority", fields)]

    def _on_extended(self, seq: int, event: Any) -> list[Verdict]:
        if event.ballot in self._reach:
            self._reach[event.ballot] = tuple(
                [node for node in event.promised_by if self.promised.get(node, (ZERO, 0))[0] >= event.ballot]
            )
        return []

    def _on_chosen(self, seq: int, event: Any) -> list[Verdict]:
        """A leader proposes only where a phase-1 quorum of the slot's own configuration promised its ballot."""
        reach = self._reach.get(event.ballot)
        group = self.groups.at(event.slot)
        if reach is None or sum([node in group.members for node in reach]) >= group.q1:
            return []
        ballot = event.ballot
        fields = {"node": event.node, "ballot": str(ballot), "slot": event.slot, "promises": len(reach)}
        proof = (self.elected[ballot], seq)
        return [Verdict("quorums", INVALID, seq, proof, "chosen-without-promises", fields)]

    def _on_ready(self, seq: int, event: Any) -> list[Verdict]:
        node, ballot = event.node, event.ballot
        verdicts: list[Verdict] = []
        other = self._ready.get(ballot)
        if ballot.node.partition("+")[0] != node or (other is not None and other[0] != node):
            proof = (other[1], seq) if other is not None else (seq,)
            fields: dict[str, str | int] = {"node": node, "ballot": str(ballot)}
            verdicts.append(Verdict("one-leader", INVALID, seq, proof, "ballot-with-two-leaders", fields))
        for leader, since in self._leading.items():
            if leader != node and leader not in self._paused:
                fields = {"node": node, "other": leader, "ballot": str(ballot)}
                verdicts.append(Verdict("one-leader", INVALID, seq, (since, seq), "two-leaders", fields))
        self._ready[ballot] = (node, seq)
        if len(self._ready) > KEEP_BALLOTS:
            del self._ready[next(iter(self._ready))]
        self._leading[node] = seq
        return verdicts

    def _on_gone(self, seq: int, event: Any) -> list[Verdict]:
        self._leading.pop(event.node, None)
        self._paused.pop(event.node, None)
        return []

    def _on_paused(self, seq: int, event: Any) -> list[Verdict]:
        self._paused[event.node] = None
        return []

    def _on_resumed(self, seq: int, event: Any) -> list[Verdict]:
        # Its overdue timers come now, and it steps down in this very instant if its time is over.
        self._paused.pop(event.node, None)
        return []
