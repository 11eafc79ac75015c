"""What the world itself has to say: the tallies that its observer keeps."""

from __future__ import annotations

from app.vocabulary.base import Changes, Event
from app.vocabulary.ids import NodeId


class OperationsTallied(Event, frozen=True, tag="operations-tallied"):
    """Client operations since the run began, counted when one ends. unknown: timed out, may have taken effect."""

    invoked: int
    ok: int
    failed: int
    unknown: int

    def changes(self) -> Changes:
        tally = {"invoked": self.invoked, "ok": self.ok, "failed": self.failed, "unknown": self.unknown}
        return [("tally", "ops", tally)]


class LeadershipTallied(Event, frozen=True, tag="leadership-tallied"):
    """The cluster gained or lost a leader that can commit: one that is ready and reaches a majority both ways.

    leader:       who it is, or "". led_us: total time with such a leader, up to the last loss.
    since_us:     since when there has been one, or None. gains: how often there came to be one (`changes` in the picture).
    recovered_us: how long the latest gap after a loss took, or None if none has ended yet.
    """

    leader: NodeId
    led_us: int
    since_us: int | None
    gains: int
    recovered_us: int | None

    def changes(self) -> Changes:
        tally = {
            "leader": self.leader,
            "led_us": self.led_us,
            "since_us": self.since_us,
            "changes": self.gains,
            "recovered_us": self.recovered_us,
        }
        return [("tally", "leadership", tally)]


EVENTS: tuple[type[Event], ...] = (OperationsTallied, LeadershipTallied)
