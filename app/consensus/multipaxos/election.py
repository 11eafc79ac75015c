"""Who should lead: silence, pre-vote, campaign, back-off. ("Paxos Made Simple", section 2.4: a distinguished proposer)

Pre-vote and check-quorum are those of Ongaro's dissertation, sections 9.6 and 6.2. Safety never depends on anything here.

Pre-votes keep a campaign from disturbing a leader that most can hear. They do not make sure that nobody is elected beside
one: a voter may welcome a campaign, hear its leader again, and have the prepare after that. It promises nevertheless. To
refuse would be to grant every leader a lease, with all that makes one hold (a pause after each start, see `leases`), and
without `reads: lease` nothing rests on it: the older leader can choose nothing any more, and steps down when its own time is
over at the latest (`Leader.renew_lease`).
"""

from __future__ import annotations

from app.consensus.configuration import Configurations, proposer_name
from app.consensus.multipaxos.events import PrevoteStarted
from app.consensus.multipaxos.messages import PreVote, PreVoteReply
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect, Emit, Send, SetTimer
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import Chance

TIMER = "election"


class Election:
    """One replica's view of who leads.

    configurations: this replica's, as applied: all that may govern an open slot must welcome a campaign.
    incarnation:    of its acceptor, None while its disk is blank (then it keeps still).
    leader, leader_ballot: whom it follows ("" and ZERO: nobody). heard_us: when it last heard a leader or gave a promise.
    asking:  the ballot it asks pre-votes for, None while it doesn't. granted: by whom, itself included.
    asked_us: when it began to ask, by its clock. It may ask for one ballot several times: only answers to the latest
             question count, and only for `election_us_min`, after which who said yes may follow a leader for long.
    why:     the cause of asking: a campaign is due to it, and not to the last of the answers.
    highest: the highest ballot seen anywhere; the next campaign tops it.
    """

    __slots__ = (
        "asked_us",
        "asking",
        "chance",
        "configurations",
        "granted",
        "heard_us",
        "highest",
        "incarnation",
        "leader",
        "leader_ballot",
        "node",
        "patience_us",
        "settings",
        "why",
    )

    def __init__(
        self, node: NodeId, settings: Settings, chance: Chance, configurations: Configurations
    ) -> None:
        self.node = node
        self.configurations = configurations
        self.incarnation: int | None = 0
        self.settings = settings
        self.chance = chance
        self.leader: NodeId = ""
        self.leader_ballot = ZERO
        self.heard_us = 0
        self.patience_us = 0
        self.asking: Ballot | None = None
        self.asked_us = 0
        self.granted: list[NodeId] = []
        self.highest = ZERO
        self.why: int | None = None

    def wait(self, at: Moment) -> SetTimer:
        """Start waiting for a sign of a leader, for a random time: two replicas seldom lose patience together."""
        self.heard_us = at.now_us
        self.patience_us = self.draw_patience_us()
        return SetTimer(TIMER, self.patience_us, self.leader or None)

    def draw_patience_us(self) -> int:
        """How long to wait for a sign of a leader, or for the end of a campaign."""
        return self.chance.uniform_int(self.settings.election_us_min, self.settings.election_us_max)

    def still_waiting(self, at: Moment) -> SetTimer | None:
        """Signs of life don't re-arm the timer one by one: when it fires, the rest of the wait is slept."""
        rest_us = self.heard_us + self.patience_us - at.now_us
        return SetTimer(TIMER, rest_us, self.leader or None) if rest_us > 0 else None

    def follow(self, leader: NodeId, ballot: Ballot) -> None:
        """Believe that `leader` leads with `ballot`."""
        self.leader = leader
        self.leader_ballot = ballot
        self.asking = None

    def forget_leader(self) -> None:
        self.leader = ""
        self.leader_ballot = ZERO

    def saw(self, ballot: Ballot) -> None:
        if ballot > self.highest:
            self.highest = ballot

    def next_ballot(self, promised: Ballot) -> Ballot:
        """A ballot of this replica above all that it has promised or seen."""
        return Ballot(max(promised.round, self.highest.round) + 1, self.proposer)

    @property
    def proposer(self) -> str:
        """The name in this replica's ballots."""
        return proposer_name(self.node, self.incarnation or 0)

    def eligible(self) -> bool:
        """Whether this replica may campaign: it has a seat, as far as it knows, and the disk that goes with it."""
        return self.incarnation is not None and any(
            configuration.seats(self.node, self.incarnation) for configuration in self.configurations.held
        )

    def ask(self, at: Moment, promised: Ballot, chosen_to: int) -> list[Effect]:
        """Nobody leads, it seems: ask the others whether they would promise, before disturbing anybody by a prepare."""
        ballot = self.asking = self.next_ballot(promised)
        self.why = at.cause
        self.asked_us = at.now_us
        self.granted = [self.node]
        self.forget_leader()
        question = PreVote(ballot, chosen_to, at.now_us)
        peers = [node for node in self.configurations.nodes() if node != self.node]
        asked = tuple([Send(peer, question) for peer in peers])
        self.patience_us = self.draw_patience_us()
        return [Emit(PrevoteStarted(self.node, ballot.round), asked), SetTimer(TIMER, self.patience_us)]

    def on_prevote(
        self, at: Moment, sender: NodeId, message: PreVote, promised: Ballot, chosen_to: int, leads: bool
    ) -> list[Effect]:
        """Say yes unless a leader is alive, as far as this replica knows, or the ballot is too low to be promised."""
        self.saw(promised)
        # Who has no seat here and is no further has lost it, and will hear so: the answer's `chosen_to` makes it ask.
        member = self.configurations.seated(sender) or message.chosen_to > chosen_to
        granted = member and self.welcomes(at, message.ballot, promised, leads)
        return [Send(sender, PreVoteReply(message.ballot, granted, promised, chosen_to, message.asked_us))]

    def welcomes(self, at: Moment, ballot: Ballot, promised: Ballot, leads: bool) -> bool:
        """Whether a campaign with this ballot is called for. leads: this replica leads itself."""
        silent = at.now_us - self.heard_us >= self.settings.election_us_min and not leads
        return silent and ballot > promised and self.incarnation is not None

    def on_prevote_reply(self, at: Moment, sender: NodeId, message: PreVoteReply) -> bool:
        """Count; True when enough, this replica included, would promise."""
        self.saw(message.promised)
        if self.asking is None or message.ballot != self.asking or message.asked_us != self.asked_us:
            return False
        if at.now_us - self.asked_us >= self.settings.election_us_min:
            # The first welcomes may be worth nothing by now. When patience ends, it asks again.
            return False
        if message.granted and sender not in self.granted:
            self.granted.append(sender)
        return self.won()

    def won(self) -> bool:
        """A phase-1 quorum of every configuration that may govern an open slot would promise."""
        return self.asking is not None and all(
            configuration.reached(self.granted) >= configuration.q1
            for configuration in self.configurations.held
        )
