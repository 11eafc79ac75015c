"""The invariants of consensus, judged online from the log alone: votes are recounted, no machine's claim is believed.

Each rule names its source in `CHECKS`. State is bounded: the latest `KEEP_SLOTS` slots. About a microsecond an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.groups import Groups
from app.checking.recovery import Recovery
from app.checking.sessions import Sessions
from app.checking.slots import Slots
from app.checking.terms import Terms
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.base import Entry

CHECKS: dict[str, str] = {
    "agreement": "At most one value is chosen in a slot (Paxos Made Simple, section 2.1)",
    "validity": "Only proposed values are chosen (Paxos Made Simple, section 2.1)",
    "promises": "An acceptor's promises never decrease, restarts included (Paxos Made Simple, sections 2.2 and 2.5)",
    "votes": "An acceptor votes in no ballot below its promise (Paxos Made Simple, section 2.2, P1a)",
    "one-value-per-ballot": "All votes in one ballot and slot are for one value (Voting.tla, OneValuePerBallot)",
    "quorums": "What a leader claims to be promised or chosen, a quorum did promise or vote for (Voting.tla, ChosenAt)",
    "applied": "Slots are applied in order, without gaps, after they are chosen (etcdraft.tla, LogInv)",
    "equal-states": "Replicas that applied the same slots are in the same state",
    "recovery": "What a replica threw away is in the state that it comes back with (etcd-io/raft, the contract of Ready)",
    "one-leader": "A ballot has one leader, and no two leaders can commit at a time",
    "exactly-once": "A session's numbered operation takes effect at most once, and ends once",
}


class Checker:
    """Judges entries as they come, from entry 0 on."""

    def __init__(self) -> None:
        groups = Groups()
        terms = Terms(groups)
        slots = Slots(terms)
        sessions = Sessions()
        self._by_tag: dict[str, list[Callable[[int, Any], list[Verdict]]]] = {}
        for part in (groups, terms, slots, Recovery(), sessions):
            for tag, judge in part.judges.items():
                self._by_tag.setdefault(tag, []).append(judge)
        self._by_type: dict[type, tuple[Callable[[int, Any], list[Verdict]], ...]] = {}
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
        verdicts: list[Verdict] = []
        for judge in judges:
            verdicts += judge(entry.seq, event)
        if verdicts:
            self.violations += sum(1 for verdict in verdicts if verdict.status == INVALID)
        return verdicts
