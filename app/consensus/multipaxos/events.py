"""What replicas report beside what those of every protocol tell (`consensus/events.py`)."""

from __future__ import annotations

from app.consensus.events import plain
from app.consensus.multipaxos import lease_events
from app.vocabulary.base import Change, Changes, Event
from app.vocabulary.ids import Ballot, NodeId


class ReplicaStarted(Event, frozen=True, tag="replica-started"):
    """A replica is up, from its disk (or for the first time).

    applied: its snapshot's slot. last: the highest slot it has a vote in. digest: as in `ValueApplied`.
    """

    node: NodeId
    applied: int
    last: int
    digest: int

    def changes(self) -> Changes:
        memory = {
            "role": "follower",
            "ballot": [0, ""],
            "leader": "",
            "leading": False,
            "applied": self.applied,
            "chosen": self.applied,
            "last": self.last,
        }
        return [("memory", self.node, memory)]


class ReplicaBlank(Event, frozen=True, tag="replica-blank"):
    """A replica finds its disk without an identity (or damaged): it may have promised and voted, and does not know. It
    keeps silent until it has a seat as another acceptor."""

    LANDMARK = True
    node: NodeId

    def changes(self) -> Changes:
        return [("memory", self.node, {"role": "blank"})]


class ReplicaRejoined(Event, frozen=True, tag="replica-rejoined"):
    """A blank replica takes part again, as another acceptor: its seat is in force, and it holds the state up to there."""

    LANDMARK = True
    node: NodeId
    incarnation: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"role": "follower"})]


class ReplicaInvited(Event, frozen=True, tag="replica-invited"):
    """A leader brings a machine up to date, to propose then that it gets a seat."""

    LANDMARK = True
    node: NodeId
    guest: NodeId


class ConfigurationProposed(Event, frozen=True, tag="configuration-proposed"):
    """A leader puts another configuration into the log.

    change: "add", "remove" or "rejoin" (as another acceptor); member: whom. q1, q2: sizes of the quorums it will have.
    """

    LANDMARK = True
    node: NodeId
    number: int
    change: str
    member: NodeId
    members: tuple[NodeId, ...]
    incarnations: tuple[int, ...]
    q1: int
    q2: int


class PrevoteStarted(Event, frozen=True, tag="prevote-started"):
    """A replica heard no leader for too long and asks whether a campaign would be welcome."""

    node: NodeId
    round: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"leader": ""})]


class CampaignStarted(Event, frozen=True, tag="campaign-started"):
    """A replica begins phase 1 with a new ballot. because: "leader-silent" or "no-leader" (it never heard one)."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    because: str

    def changes(self) -> Changes:
        return [("memory", self.node, {"role": "candidate", "ballot": plain(self.ballot)})]


class CampaignFailed(Event, frozen=True, tag="campaign-failed"):
    """A candidate gives up. reason: "outbid" (a higher ballot was seen) or "no-quorum" (too few promises in time)."""

    node: NodeId
    ballot: Ballot
    reason: str

    def changes(self) -> Changes:
        return [("memory", self.node, {"role": "follower"})]


class LeaderElected(Event, frozen=True, tag="leader-elected"):
    """A phase-1 quorum promised: the candidate may propose. It leads once all it adopted is applied (`LeaderReady`).

    promised_by: in the order of their answers; the last one completed the quorum. adopted: open slots whose values it found
    and proposes again; gaps: open slots that it fills with no-ops.
    """

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    promised_by: tuple[NodeId, ...]
    adopted: int
    gaps: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"role": "leader", "leader": self.node})]


class LeaderExtended(Event, frozen=True, tag="leader-extended"):
    """A phase-1 quorum of a configuration that came after the election promised too: the leader may propose in its slots.

    configuration: its number. promised_by: all who have promised this ballot.
    """

    node: NodeId
    ballot: Ballot
    configuration: int
    promised_by: tuple[NodeId, ...]


class LeaderReady(Event, frozen=True, tag="leader-ready"):
    """All that earlier ballots may have chosen is applied here, and so is this leader's own first entry, at `slot`."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    slot: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"leading": True})]


class LeaderSteppedDown(Event, frozen=True, tag="leader-stepped-down"):
    """A leader gives up. reason: "outbid", "no-quorum" (too few answer), "not-recovered" (what it must know first can't be
    had), "behind" (there is a configuration that it did not campaign in) or "removed" (its removal is in force)."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    reason: str

    def changes(self) -> Changes:
        return [("memory", self.node, {"role": "follower", "leader": "", "leading": False})]


class LeaderBelieved(Event, frozen=True, tag="leader-believed"):
    """A replica follows a leader from now on."""

    node: NodeId
    leader: NodeId
    ballot: Ballot

    def changes(self) -> Changes:
        return [("memory", self.node, {"leader": self.leader, "ballot": plain(self.ballot)})]


class VotesTrimmed(Event, frozen=True, tag="votes-trimmed"):
    """Votes in the slots from `first` to `last` left an acceptor's disk. highest: the highest slot with a vote now."""

    node: NodeId
    first: int
    last: int
    highest: int

    def changes(self) -> Changes:
        node = self.node
        changed: list[Change] = [
            ("vote", f"{slot}/{node}", None) for slot in range(self.first, self.last + 1)
        ]
        changed.append(("memory", node, {"last": self.highest}))
        return changed


class StateReceived(Event, frozen=True, tag="state-received"):
    """A replica that was away too long took over the state of another, as of `slot`."""

    LANDMARK = True
    node: NodeId
    slot: int
    sender: NodeId
    digest: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"applied": self.slot, "chosen": self.slot})]


EVENTS: tuple[type[Event], ...] = (
    *lease_events.EVENTS,
    ReplicaStarted,
    ReplicaBlank,
    ReplicaRejoined,
    ReplicaInvited,
    ConfigurationProposed,
    PrevoteStarted,
    CampaignStarted,
    CampaignFailed,
    LeaderElected,
    LeaderExtended,
    LeaderReady,
    LeaderSteppedDown,
    LeaderBelieved,
    VotesTrimmed,
    StateReceived,
)
