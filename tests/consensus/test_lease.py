"""How long a leader may believe that it leads: `Leader.renew_lease`."""

from __future__ import annotations

from app.consensus.configuration import Configurations, first_of
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.leases import held_for_us
from app.consensus.multipaxos.messages import Promise
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.ids import Ballot


def test_a_promise_counts_from_before_the_first_prepare():
    """It may answer the first prepare as well as one sent again: the voter's patience began with the first it got."""
    settings, ballot = Settings(), Ballot(1, "s1")
    group = Configurations(settings.window, first_of(("s1", "s2", "s3")))
    leader = Leader("s1", settings, ballot, 0, 1, group)
    leader.prepare(0)
    leader.on_promise("s1", Promise(ballot, (), 0))
    leader.prepare(30_000)
    leader.prepare(30_000 + settings.retransmit_us)
    assert leader.on_promise("s2", Promise(ballot, (), 0))
    leader.adopt(0)
    assert leader.lease_us == held_for_us(settings.election_us_min, settings.drift_ppm_max)
    assert leader.lease_us < settings.election_us_min, "the voter's clock may be faster"
