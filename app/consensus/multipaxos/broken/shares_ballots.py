"""Ballots that two proposers share."""

from __future__ import annotations

from app.consensus.multipaxos.election import Election
from app.consensus.switch import Switch
from app.vocabulary.ids import Ballot


class AnonymousElection(Election):
    """Numbers its ballots as if it were the first replica of all."""

    __slots__ = ()

    def next_ballot(self, promised: Ballot) -> Ballot:
        return Ballot(super().next_ballot(promised).round, min(self.configurations.nodes()))


SWITCH = Switch(
    id="shares-ballots",
    sentence="Two proposers campaign with the same ballot.",
    source="Lamport, Paxos Made Simple (2001), section 2.5: different proposers choose from disjoint sets of numbers",
    caught_by=("one-leader", "one-value-per-ballot", "agreement"),
    plants={"election": AnonymousElection},
    provoked_by=("kill", "partition"),
)
