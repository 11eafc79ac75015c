"""Control: four acceptors, three promises elect, two votes choose."""

from __future__ import annotations

from app.consensus.switch import Switch

CONTROL = Switch(
    id="four-acceptors-three-and-two",
    kind="control",
    sentence="Of four acceptors, three promises elect a leader and two votes choose a value: any three and any two meet.",
    source="Howard, Malkhi and Spiegelman, Flexible Paxos (2016), section 4: even numbers of acceptors",
    needs={"quorum1": 3, "quorum2": 2},
    replicas=4,
)
