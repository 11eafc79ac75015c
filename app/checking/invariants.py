"""The invariants of consensus, judged online from the log alone: votes are recounted, no machine's claim is believed.

Each rule names its source in `CHECKS`. State is bounded: the latest `KEEP_SLOTS` slots. About a microsecond an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from app.checking.assumptions import Assumptions
from app.checking.configurations import Configurations
from app.checking.groups import Groups
from app.checking.linearizability.live import LiveHistory
from app.checking.progress import Progress
from app.checking.reads import Reads
from app.checking.recovery import Recovery
from app.checking.safety import Safety
from app.checking.sessions import Sessions
from app.checking.slots import Slots
from app.checking.terms import Terms
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.base import Entry

Judge = Callable[[int, Any], list[Verdict]]
"""(seq, event) -> what it proves wrong."""


class Part(Protocol):
    """Some of the rules: judges by the tags of the events that they hear."""

    judges: dict[str, Judge]


CHECKS: dict[str, str] = {
    "agreement": "At most one value is chosen in a slot (Paxos Made Simple, section 2.1)",
    "validity": "Only proposed values are chosen (Paxos Made Simple, section 2.1)",
    "promises": "An acceptor's promises never decrease, restarts included (Paxos Made Simple, sections 2.2 and 2.5)",
    "votes": "An acceptor votes in no ballot below its promise (Paxos Made Simple, section 2.2, P1a)",
    "one-value-per-ballot": "All votes in one ballot and slot are for one value (Voting.tla, OneValuePerBallot)",
    "quorums": "What a leader claims to be promised or chosen, a quorum did promise or vote for (Voting.tla, ChosenAt)",
    "applied": "Slots are applied in order, without gaps, after they are chosen (etcdraft.tla, LogInv)",
    "equal-states": "Replicas that applied the same slots are in the same state (Schneider, State machine approach, 1990)",
    "recovery": "What a replica threw away is in the state that it comes back with (etcd-io/raft, the contract of Ready)",
    "one-leader": "A ballot has one leader, and no leader outlives a newer one's election (etcdraft.tla, ElectionSafetyInv)",
    "exactly-once": "A session's numbered operation takes effect at most once, and ends once (Ongaro's dissertation, 6.3)",
    "votes-safe": "Nobody votes while another value was or can be chosen in a lower ballot (Voting.tla, VotesSafe)",
    "leader-completeness": "A leader's quorum tells it of every chosen slot that it has not applied (etcdraft.tla)",
    "configurations": "Quorums of each configuration meet, and it waits for its window (Paxos Made Simple, section 3)",
    "reads": "A read past the log sees every write acknowledged before it began (Ongaro's dissertation, section 6.4)",
    "linearizability": "Some order of all operations explains every answer and respects real time (Herlihy and Wing, 1990)",
    "progress": "With a majority connected both ways something is decided within a bound (Paxos Made Simple, section 2.4)",
}


class Checker:
    """Judges entries as they come, from entry 0 on.

    histories:   judges the clients' operations on the way, if given.
    violations:  how many were found that only the protocol can be blamed for.
    assumptions: the faults outside its model so far.
    """

    def __init__(self, histories: LiveHistory | None = None) -> None:
        groups = Groups()
        terms = Terms(groups)
        slots = Slots(terms)
        self.assumptions = Assumptions()
        self._progress = Progress()
        self._terms = terms
        parts: list[Part] = [self.assumptions, groups, Configurations(), terms, slots, Safety(terms, slots)]
        parts += [Recovery(), Sessions(), Reads(), self._progress]
        if histories is not None:
            parts.append(histories)
        self._by_tag: dict[str, list[Judge]] = {}
        for part in parts:
            for tag, judge in part.judges.items():
                self._by_tag.setdefault(tag, []).append(judge)
        self._by_type: dict[type, tuple[Judge, ...]] = {}
        self.entries = 0
        self.violations = 0

    def on_entry(self, entry: Entry) -> list[Verdict]:
        """What this entry proves wrong; empty if nothing."""
        self.entries += 1
        event = entry.event
        judges = self._by_type.get(type(event))
        if judges is None:
            judges = self._by_type[type(event)] = tuple(
                self._by_tag.get(str(event.__struct_config__.tag), ())
            )
        if not judges:
            return []
        seq, at_us, terms = entry.seq, entry.at_us, self._terms
        self._progress.now_us = terms.now_us = at_us
        verdicts = terms.overdue(seq) if at_us > terms.due_us else []
        for judge in judges:
            verdicts += judge(seq, event)
        if verdicts:
            verdicts = self.assumptions.explained(verdicts)
            self.violations += sum(
                1 for verdict in verdicts if verdict.status == INVALID and not verdict.assumption
            )
        return verdicts
