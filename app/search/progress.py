"""Liveness, as far as a run can show it: when nothing is wrong any more, operations are answered.

Source: Fischer, Lynch and Paterson (1985) allow no more than this: progress is promised only once the network and the
machines behave for long enough (Paxos Made Simple, section 2.4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.verdict import INVALID, Verdict
from app.faults.base import Ground
from app.search.group import Group
from app.vocabulary.base import Entry, Event
from app.world.registry import EVENTS
from app.world.scenario import Scenario

PATIENCE_ELECTIONS = 8
"""Calm for so many of the longest election timeouts, and not one answer: the cluster is stuck."""

_BEGINS = {
    "node-killed": "node",
    "node-paused": "node",
    "network-partitioned": "partition",
    "fault-began": "id",
}
_ENDS = {
    "node-restarted": "node",
    "node-resumed": "node",
    "partition-healed": "partition",
    "fault-ended": "id",
}


class Progress:
    """Follows what is wrong, what is asked and what is answered.

    patience_us: see `PATIENCE_ELECTIONS`. calm_us: since when nothing is wrong, or None.
    answered:    operations that began and ended in the calm. decided: slots chosen. group: who may vote.
    """

    def __init__(self, scenario: Scenario, now_us: int = 0) -> None:
        self.patience_us = PATIENCE_ELECTIONS * scenario.consensus.election_us_max
        self.calm_us: int | None = now_us
        self.answered = 0
        self.decided = 0
        self._longest_us = 0
        self._decided_us = now_us
        self._seq = self._calm_seq = self._arrives_us = 0
        self._asked: dict[tuple[str, int], int] = {}
        self._wrong: dict[str, None] = {}
        self._climate = scenario.climate().weather
        self.group = Group()
        folds: dict[str, Callable[[int, Any], None]] = {
            "message-sent": self._on_sent,
            "value-chosen": self._on_chosen,
            "operation-invoked": self._on_invoked,
            "operation-ended": self._on_ended,
            "link-cut": self._on_cut,
            "link-healed": self._on_uncut,
            "network-changed": self._on_weather,
        }
        folds.update(self.group.folds)
        folds.update({tag: self._begin(field) for tag, field in _BEGINS.items()})
        folds.update({tag: self._end(field) for tag, field in _ENDS.items()})
        self.telling: dict[type[Event], Callable[[int, Any], None]] = {
            EVENTS[tag]: fold for tag, fold in folds.items() if tag in EVENTS
        }

    def on_entry(self, entry: Entry) -> None:
        """Take in an entry whose event is `telling`."""
        self._seq = entry.seq
        self.telling[type(entry.event)](entry.at_us, entry.event)

    def longest(self, now_us: int) -> int:
        """The longest time without a decision so far."""
        return max(self._longest_us, now_us - self._decided_us)

    def stuck(self, now_us: int) -> bool:
        """Whether it is calm for long enough, somebody asked early in the calm, and nobody was answered since."""
        calm_us = self.calm_us
        if calm_us is None or self.answered or now_us - calm_us < self.patience_us:
            return False
        return any(calm_us <= at_us <= now_us - self.patience_us // 2 for at_us in self._asked.values())

    def verdicts(self, now_us: int, ground: Ground) -> list[Verdict]:
        """What is to be said at the end of a run."""
        return [*self._outsiders(ground), *self._stuck(now_us)]

    def _outsiders(self, ground: Ground) -> list[Verdict]:
        """Nobody who is well loses its seat unless it is removed: that is less than the group believes to have."""
        found = self.group.outsiders(ground)
        return [
            Verdict(
                "progress",
                INVALID,
                self._seq,
                (self._seq,),
                "seat-given-away",
                {"node": node, "incarnation": incarnation},
            )
            for node, incarnation in found
        ]

    def _stuck(self, now_us: int) -> list[Verdict]:
        if not self.stuck(now_us):
            return []
        assert self.calm_us is not None, "whoever is stuck is calm"
        fields: dict[str, str | int] = {"ms": (now_us - self.calm_us) // 1_000}
        seqs = (self._calm_seq,)
        return [Verdict("progress", INVALID, self._seq, seqs, "nothing-answered", fields)]

    def _on_sent(self, at_us: int, event: Any) -> None:
        if self.calm_us is None and event.arrives_us > self._arrives_us:
            self._arrives_us = event.arrives_us

    def _on_chosen(self, at_us: int, event: Any) -> None:
        self.decided += 1
        self._longest_us = max(self._longest_us, at_us - self._decided_us)
        self._decided_us = at_us

    def _on_invoked(self, at_us: int, event: Any) -> None:
        self._asked[event.session, event.number] = at_us

    def _on_ended(self, at_us: int, event: Any) -> None:
        asked_us = self._asked.get((event.session, event.number), -1)
        if event.status != "unknown" and self.calm_us is not None and asked_us >= self.calm_us:
            self.answered += 1

    # What is wrong

    def _begin(self, field: str) -> Callable[[int, Any], None]:
        return lambda at_us, event: self._note(at_us, str(getattr(event, field)), True)

    def _end(self, field: str) -> Callable[[int, Any], None]:
        return lambda at_us, event: self._note(at_us, str(getattr(event, field)), False)

    def _on_cut(self, at_us: int, event: Any) -> None:
        self._note(at_us, f"{event.src}>{event.dst}", True)

    def _on_uncut(self, at_us: int, event: Any) -> None:
        self._note(at_us, f"{event.src}>{event.dst}", False)

    def _on_weather(self, at_us: int, event: Any) -> None:
        now = (event.loss_ppm, event.duplicate_ppm, event.reorder_ppm)
        usual = (self._climate.loss_ppm, self._climate.duplicate_ppm, self._climate.reorder_ppm)
        self._note(at_us, "weather", now != usual)

    def _note(self, at_us: int, what: str, wrong: bool) -> None:
        if wrong:
            self._wrong[what] = None
        else:
            self._wrong.pop(what, None)
        # What a slow link still carries holds up what comes after it.
        self.calm_us = None if self._wrong else max(at_us, self._arrives_us)
        self._calm_seq = self._seq
        self.answered = 0
