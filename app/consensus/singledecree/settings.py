"""Who plays which role, and how long proposers wait: all of it from the scenario."""

from __future__ import annotations

from msgspec import Struct

from app.vocabulary.ids import MS, SECOND, NodeId


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Times in microseconds of virtual time. A machine may play several roles.

    proposers, acceptors, learners: names of storage machines.
    resend_us:  an unanswered prepare, accept or decision is sent again after this.
    retry_us_min, retry_us_max: a proposer that was outbid waits for a random time between the two before it tries again;
                0 and 0: not at all, and two proposers may duel for ever ("Paxos Made Simple", section 2.4).

    Raises: ValueError with one sentence if a value is out of range.
    """

    proposers: tuple[NodeId, ...]
    acceptors: tuple[NodeId, ...]
    learners: tuple[NodeId, ...]
    resend_us: int = 2 * SECOND
    retry_us_min: int = 500 * MS
    retry_us_max: int = 3 * SECOND

    def __post_init__(self) -> None:
        for name in ("proposers", "acceptors", "learners"):
            nodes = getattr(self, name)
            if not nodes or len(set(nodes)) < len(nodes):
                raise ValueError(
                    f"{name} is {', '.join(nodes) or 'empty'}; allowed is one machine or more, each once."
                )
        if self.resend_us < 1:
            raise ValueError(f"resend_us is {self.resend_us}; allowed is 1 or more.")
        if not 0 <= self.retry_us_min <= self.retry_us_max:
            raise ValueError(
                f"retry_us_min is {self.retry_us_min} and retry_us_max is {self.retry_us_max}; "
                "allowed is 0 or more each, the first no more than the second."
            )

    @property
    def majority(self) -> int:
        return len(self.acceptors) // 2 + 1

    @property
    def election_us_min(self) -> int:
        """What other protocols call the shortest wait before somebody tries again."""
        return max(1, self.retry_us_min)

    @property
    def election_us_max(self) -> int:
        return max(1, self.retry_us_max)


def complaint(settings: Settings, storage: tuple[NodeId, ...]) -> str:
    """Which role is given to no storage machine, as half a sentence; "" if all is well."""
    for name in ("proposers", "acceptors", "learners"):
        for node in getattr(settings, name):
            if node not in storage:
                return f"{name} names {node!r}; allowed are {', '.join(storage)}"
    return ""
