"""The constants of a Multi-Paxos cluster: all of them come from the scenario, all are shown on the page."""

from __future__ import annotations

from msgspec import Struct

from app.vocabulary.ids import MS, SECOND


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Times in microseconds of virtual time, sizes in slots; the defaults are those of the classroom scenario.

    heartbeat_us:    how often a leader speaks when it has nothing to say.
    election_us_min, election_us_max: a replica that hears no leader for a random time between the two asks for votes;
                     nobody votes who heard a leader less than `election_us_min` ago, and a leader that has no answer
                     of a majority to anything sent within `election_us_min` steps down.
    retransmit_us:   an unanswered prepare or accept is sent again after this (accepts at the next heartbeat).
    catchup_us:      how long a missing value may be late before it is asked for.
    window:          slots that may be open (proposed, not known chosen) at a time.
    batch_max:       client commands in one slot. batch_us: how long a command may wait for company; 0: not at all.
    queue_max:       commands a leader keeps waiting; more are answered "busy".
    eager_notices:   tell followers at once what is chosen, instead of with the next accept or heartbeat.
    snapshot_every:  slots between snapshots on disk.
    keep_slots:      applied votes kept on disk in any case. hold_back_slots: how many more a missing replica may cost.
    catchup_slots:   values in one catch-up reply.

    Raises: ValueError with one sentence if a value is out of range.
    """

    heartbeat_us: int = 1 * SECOND
    election_us_min: int = 3 * SECOND
    election_us_max: int = 5 * SECOND
    retransmit_us: int = 1 * SECOND
    catchup_us: int = 600 * MS
    window: int = 16
    batch_max: int = 16
    batch_us: int = 0
    queue_max: int = 1024
    eager_notices: bool = False
    snapshot_every: int = 50
    keep_slots: int = 200
    hold_back_slots: int = 1000
    catchup_slots: int = 64

    def __post_init__(self) -> None:
        for name in ("batch_us", "keep_slots", "hold_back_slots"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed is 0 or more.")
        for name in self.__struct_fields__:
            if (
                name not in ("batch_us", "keep_slots", "hold_back_slots", "eager_notices")
                and getattr(self, name) < 1
            ):
                raise ValueError(f"{name} is {getattr(self, name)}; allowed is 1 or more.")
        if self.election_us_max < self.election_us_min:
            raise ValueError(
                f"election_us_max is {self.election_us_max}; allowed is election_us_min ({self.election_us_min}) or more."
            )
        if self.election_us_min <= self.heartbeat_us:
            raise ValueError(
                f"election_us_min is {self.election_us_min}; allowed is more than heartbeat_us ({self.heartbeat_us})."
            )
