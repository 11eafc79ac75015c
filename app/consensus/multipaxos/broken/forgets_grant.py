"""A grant that a restart wipes out."""

from __future__ import annotations

from app.consensus.multipaxos.broken.control_asks_nobody import AbruptElection
from app.consensus.multipaxos.leases import Grants
from app.consensus.switch import Switch


class ForgetfulGrants(Grants):
    """Knows nothing, after a start, of what was granted before, and does not mind."""

    __slots__ = ()

    def begin(self, now_us: int) -> None:
        self.until_us = 0


SWITCH = Switch(
    id="forgets-lease-on-restart",
    sentence="An acceptor that restarts promises at once to others what it had granted to the leader.",
    source="Gray and Cheriton, Leases (1989), section 5: a server that recovers waits for the longest lease",
    caught_by=("one-leader", "linearizability", "reads"),
    # Pre-votes would hold the others back as well, and hide that the grants do not.
    plants={"grants": ForgetfulGrants, "election": AbruptElection},
    needs={"reads": "lease"},
    provoked_by=("kill", "cut-link", "partition"),
)
