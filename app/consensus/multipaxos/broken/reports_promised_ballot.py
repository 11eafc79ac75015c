"""C38: a promise that passes off old votes as recent ones."""

from __future__ import annotations

from msgspec.structs import replace

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch


class VainAcceptor(Acceptor):
    """Reports its votes with the ballot promised last instead of the ballot that they were cast in."""

    __slots__ = ()

    def report(self, first: int) -> tuple[Vote, ...]:
        return tuple([replace(vote, ballot=self.promised) for vote in super().report(first)])


SWITCH = Switch(
    id="reports-promised-ballot",
    number="C38",
    sentence="A promise reports votes with the ballot promised last instead of the ballot that they were cast in.",
    source="tlaplus/Examples, Paxos.tla, Inv, third conjunct",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"acceptor": VainAcceptor},
    provoked_by=("partition", "kill", "pause"),
)
