"""Promises, and who leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.groups import Groups
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.ids import ZERO, Ballot, NodeId

KEEP_BALLOTS = 1024
NEVER_US = 1 << 62


class Newest:
    """The highest ballot that a leader was ever ready with, whose it is, and when that was."""

    __slots__ = ("at_us", "ballot", "node", "seq")

    def __init__(self, ballot: Ballot, node: NodeId, seq: int, at_us: int) -> None:
        self.ballot, self.node = ballot, node
        self.seq, self.at_us = seq, at_us


class Led:
    """A leadership that goes on, and the newer one that it must give way to until `due_us`."""

    __slots__ = ("ballot", "by", "due_us", "seq")

    def __init__(self, ballot: Ballot, seq: int) -> None:
        self.ballot, self.seq = ballot, seq
        self.by: Newest | None = None
        self.due_us = NEVER_US


class Terms:
    """Follows every acceptor's promise, and which ballots have which leaders.

    Two may believe that they lead: the older has not heard of the newer yet. That it can choose nothing any more is shown by
    the votes ("quorums", "votes"). What is judged here is that it finds out, by its own clock if by nothing else:

    - A newer leader that is ready had a phase-1 quorum of the configuration that its entry is in, and each of these has
      refused the older ballot since its promise. A leader's time runs out `election_us_min` after the sending of the latest
      thing that a phase-2 quorum answered, and each phase-2 quorum has one who refuses. So what it counts from was sent
      before the newer one was ready. (If that entry is in a later configuration, a still earlier election reached the older
      leader's own: only by one can others know what was chosen there while it does not.) The time is held shorter by
      what `drift_ppm_max` makes of it: on no clock within the bound does it last longer than `election_us_min`.
      So who leads still when that has passed since a newer leader became ready, does so wrongly. A paused machine knows
      nothing; resumed, it finds its timers overdue, and has the same instant. Whether pre-votes, and how old ones, let the
      newer leader begin does not come into it: a prepare may be slow, and a voter hear its old leader before it comes.
    - A lease is more than that: as long as it lasts, there is no phase-1 quorum for anybody else. So nobody answers a read
      under a lease once a newer leader is ready, not even what happens to be right.

    groups:    who may vote where.
    promised:  acceptor -> (highest promise that reached its disk, seq).
    elected:   ballot -> seq of its election (the latest `KEEP_BALLOTS`); `_reach`: who promised it.
    now_us:    the time of the entry that is judged. due_us: when the first leader has to be gone, see `overdue`.
    """

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.promised: dict[NodeId, tuple[Ballot, int]] = {}
        self.elected: dict[Ballot, int] = {}
        self._reach: dict[Ballot, tuple[NodeId, ...]] = {}
        self._ready: dict[Ballot, tuple[NodeId, int]] = {}
        self._leading: dict[NodeId, Led] = {}
        self._newest = Newest(ZERO, "", 0, 0)
        self._unaware_us = NEVER_US
        self.now_us = 0
        self.due_us = NEVER_US
        self._paused: dict[NodeId, None] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "run-started": self._on_run_started,
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
            "read-served": self._on_served,
        }

    def _on_run_started(self, seq: int, event: Any) -> list[Verdict]:
        self._unaware_us = int(event.constants.get("election_us_min", NEVER_US))
        return []

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
        self._ready[ballot] = (node, seq)
        if len(self._ready) > KEEP_BALLOTS:
            del self._ready[next(iter(self._ready))]
        self._leading[node] = Led(ballot, seq)
        if ballot > self._newest.ballot:
            self._newest = Newest(ballot, node, seq, self.now_us)
        for led in self._leading.values():
            if led.by is None and led.ballot < self._newest.ballot:
                led.by, led.due_us = self._newest, self._newest.at_us + self._unaware_us
        self._watch()
        return verdicts

    def _watch(self) -> None:
        self.due_us = min(
            [led.due_us for node, led in self._leading.items() if node not in self._paused], default=NEVER_US
        )

    def overdue(self, seq: int) -> list[Verdict]:
        """Who should have stepped down before now; each is said once."""
        verdicts: list[Verdict] = []
        for node, led in self._leading.items():
            if led.due_us < self.now_us and node not in self._paused:
                led.due_us = NEVER_US
                verdicts += self._outbid("two-leaders", seq, node, led)
        self._watch()
        return verdicts

    def _outbid(self, code: str, seq: int, node: NodeId, led: Led) -> list[Verdict]:
        if led.by is None:
            return []
        fields: dict[str, str | int] = {"node": led.by.node, "other": node, "ballot": str(led.by.ballot)}
        proof = tuple(sorted({led.seq, led.by.seq, seq}))
        return [Verdict("one-leader", INVALID, seq, proof, code, fields)]

    def _on_served(self, seq: int, event: Any) -> list[Verdict]:
        led = self._leading.get(event.node)
        if led is None or event.how != "lease":
            return []
        return self._outbid("lease-outlived", seq, event.node, led)

    def _on_gone(self, seq: int, event: Any) -> list[Verdict]:
        self._leading.pop(event.node, None)
        self._paused.pop(event.node, None)
        self._watch()
        return []

    def _on_paused(self, seq: int, event: Any) -> list[Verdict]:
        self._paused[event.node] = None
        self._watch()
        return []

    def _on_resumed(self, seq: int, event: Any) -> list[Verdict]:
        # Its overdue timers come now, and it steps down in this very instant if its time is over.
        self._paused.pop(event.node, None)
        led = self._leading.get(event.node)
        if led is not None and led.due_us < self.now_us:
            led.due_us = self.now_us
        self._watch()
        return []
