"""What a kubelet has still to say of its pods: the newest word of each, one on its way at a time."""

from __future__ import annotations

from app.orchestration.objects.event import Note
from app.orchestration.operations import ReleasePod, ReportPod
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect
from app.vocabulary.replicated import Completion, Session

Word = ReportPod | ReleasePod


class Outbox:
    """waiting: by pod; the one that is `sending` stays until its end is known."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.waiting: dict[str, Word] = {}
        self.sending: Word | None = None

    def notes(self, key: str) -> tuple[Note, ...]:
        """Events of a report that is not on its way yet, and never will be: a newer one takes its place."""
        waiting = self.waiting.get(key)
        return () if waiting is None or waiting is self.sending else waiting.notes

    def send(self, at: Moment) -> list[Effect]:
        """Let the next word go, if the session is free."""
        if self.session.busy or not self.waiting:
            return []
        self.sending = next(iter(self.waiting.values()))
        return self.session.submit(at, self.sending)

    def done(self, at: Moment, completion: Completion | None) -> list[Effect]:
        """One report ended. Only an unknown end makes it go again: taking effect twice is the same as once."""
        if completion is None:
            return []
        sent, self.sending = self.sending, None
        if sent is not None and self.waiting.get(sent.key) is sent and completion.status != "unknown":
            del self.waiting[sent.key]
        return self.send(at)
