"""The checkers of a live run, and what follows when they object."""

from __future__ import annotations

from app.checking.invariants import Checker
from app.checking.linearizability.live import LiveHistory
from app.checking.verdict import INVALID, Verdict
from app.runs.ports import Journal, Sink
from app.vocabulary.base import Entry

TOLD_MAX = 20
"""Who proves itself wrong again and again is shown so often at most, for each check; all of it is in the record."""


class Judging:
    """Shows every entry to the checkers, records what they say, tells the viewers, and says when to stop the show.

    pauses: a violation stops the run, the first time that its check objects.
    """

    def __init__(self, run: str, journal: Journal, sink: Sink, pauses: bool) -> None:
        self._run, self._journal, self._sink = run, journal, sink
        self._pauses = pauses
        self._checker = Checker(LiveHistory())
        self._told: dict[str, int] = {}
        self._stop = False
        self._news: list[Verdict] = []

    @property
    def violations(self) -> int:
        """How many were found that only the protocol can be blamed for."""
        return self._checker.violations

    @property
    def checker(self) -> Checker:
        """What it judges with, for whoever continues the run elsewhere."""
        return self._checker

    def hear(self, entry: Entry, rebuilding: bool) -> None:
        """Judge an entry. rebuilding: it happened before, and everybody knows what was said then."""
        for verdict in self._checker.on_entry(entry):
            self._journal.verdict(verdict)
            self._note(verdict, rebuilding)

    def tell(self) -> None:
        """Let the viewers know; they have been shown the entries."""
        news, self._news = self._news, []
        for verdict in news:
            self._sink.verdict(self._run, verdict)

    def stops(self) -> bool:
        """Whether everybody should look now; asked once."""
        stop, self._stop = self._stop, False
        return stop

    def _note(self, verdict: Verdict, rebuilding: bool) -> None:
        told = self._told.get(verdict.check, 0)
        self._told[verdict.check] = told + 1
        if rebuilding:
            return
        if told < TOLD_MAX:
            self._news.append(verdict)
        if told == 0 and verdict.status == INVALID:
            self._stop = self._pauses
