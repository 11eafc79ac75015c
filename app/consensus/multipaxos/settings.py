"""The constants of a Multi-Paxos cluster: all of them come from the scenario, all are shown on the page."""

from __future__ import annotations

from msgspec import Struct

from app.vocabulary.ids import MS, SECOND

_FROM_ZERO = (
    "batch_us",
    "keep_slots",
    "hold_back_slots",
    "quorum1",
    "quorum2",
    "read_lease_us",
    "drift_ppm_max",
)
READS = ("log", "read-index", "lease")


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
    quorum1, quorum2: how many promises elect a leader, how many votes choose a value; 0: a majority. Their sum must exceed
                     the number of members, so that each of one kind meets each of the other ("Flexible Paxos", 2016).
    rejoin_as_new:   a replica that finds its disk blank votes only when it has got a seat as another acceptor; false: it
                     carries on as if it had never voted, which is outside the protocol's model.
    reads:           how a leader answers reads. "log": they are chosen in a slot like writes. "read-index": when a quorum
                     has confirmed that it still leads. "lease": at once, as long as a quorum has granted that nobody else
                     is elected; without such grants, as with "read-index".
    read_lease_us:   for how long they grant that, counted from each heartbeat; 0: for `election_us_min`.
    drift_ppm_max:   how much too fast or too slow a clock may run, in parts per million: leases and leaderships are held
                     shorter than they are granted, by so much that they end in time. Beyond it they are not safe.

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
    quorum1: int = 0
    quorum2: int = 0
    rejoin_as_new: bool = True
    reads: str = "log"
    read_lease_us: int = 0
    drift_ppm_max: int = 10_000

    @property
    def grant_us(self) -> int:
        """For how long an acceptor that answers a heartbeat promises no higher ballot; 0: it promises at any time."""
        return (self.read_lease_us or self.election_us_min) if self.reads == "lease" else 0

    def __post_init__(self) -> None:
        for name in _FROM_ZERO:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed is 0 or more.")
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name not in _FROM_ZERO and type(value) is int and value < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed is 1 or more.")
        if self.reads not in READS:
            raise ValueError(f"reads is {self.reads!r}; allowed are {', '.join(READS)}.")
        if self.drift_ppm_max > 500_000:
            raise ValueError(f"drift_ppm_max is {self.drift_ppm_max}; allowed is 0 to 500000.")
        if self.read_lease_us > self.election_us_min:
            # Else whoever starts or loses its leader would campaign while it may not even promise itself.
            raise ValueError(
                f"read_lease_us is {self.read_lease_us}; allowed is 0 to election_us_min ({self.election_us_min})."
            )
        if self.election_us_max < self.election_us_min:
            raise ValueError(
                f"election_us_max is {self.election_us_max}; allowed is election_us_min ({self.election_us_min}) or more."
            )
        if self.election_us_min <= self.heartbeat_us:
            raise ValueError(
                f"election_us_min is {self.election_us_min}; allowed is more than heartbeat_us ({self.heartbeat_us})."
            )
