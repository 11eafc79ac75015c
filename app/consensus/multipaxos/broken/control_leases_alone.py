"""Control: leases without pre-votes. That the others wait for the leader's lease to end holds a campaign back."""

from __future__ import annotations

from app.consensus.multipaxos.broken.control_asks_nobody import AbruptElection
from app.consensus.switch import Switch

CONTROL = Switch(
    id="leases-without-pre-vote",
    kind="control",
    sentence="Replicas campaign without asking first, and leases alone keep two from leading at a time.",
    source="Chandra et al., Paxos Made Live (2007), section 5.2: master leases",
    plants={"election": AbruptElection},
    needs={"reads": "lease"},
)
