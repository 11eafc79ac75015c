"""Paxos.tla, Inv, parts 2 and 3: the votes that a promise reports are votes that its sender cast, and none that matters is
kept back. The log does not spell them out, so this looks at the messages themselves."""

from __future__ import annotations

from collections import defaultdict

import pytest

from app.consensus.multipaxos.messages import Prepare, Promise
from app.consensus.state import Put
from app.simulation.randomness import stream
from app.vocabulary.base import Message
from app.vocabulary.ids import Ballot
from tests.consensus.cluster import Cluster


class Listening(Cluster):
    """Holds every promise against the votes that the log tells of.

    lies: what was found. asked: ballot -> from which slot on its prepare asks.
    """

    lies: list[str]
    asked: dict[Ballot, int]

    def send(self, src: str, dst: str, message: Message, why: int) -> None:
        if isinstance(message, Prepare):
            self.asked[message.ballot] = message.first_slot
        if isinstance(message, Promise):
            self.hold(src, message)
        super().send(src, dst, message, why)

    def hold(self, src: str, promise: Promise) -> None:
        latest: dict[int, tuple[Ballot, int]] = {}
        cast: dict[int, set[tuple[Ballot, int]]] = defaultdict(set)
        promised = Ballot(0, "")
        for event in self.events("vote-cast"):
            if event.node == src:
                cast[event.slot].add((event.ballot, event.mark))
            # An answer that was overtaken by votes in its own ballot need not tell of them.
            if event.node == src and event.ballot < promise.ballot:
                latest[event.slot] = (event.ballot, event.mark)
        for event in self.events("ballot-promised"):
            if event.node == src:
                promised = max(promised, event.ballot)
        if promised < promise.ballot:
            self.lies.append(f"{src} answers with {promise.ballot} and has promised {promised}")
        told = {vote.slot: (vote.ballot, vote.mark) for vote in promise.votes}
        for slot, vote in told.items():
            if vote not in cast[slot] or (vote[0] < promise.ballot and latest.get(slot) != vote):
                self.lies.append(f"{src} reports {vote} in slot {slot} and voted {latest.get(slot)}")
        for slot in latest:
            if slot >= max(self.asked[promise.ballot], promise.chosen_to + 1) and slot not in told:
                self.lies.append(f"{src} keeps back its vote in slot {slot}")


def lies(seed: int, switches: tuple[str, ...] = ()) -> list[str]:
    cluster = Listening(3, seed, switches=switches)
    cluster.lies, cluster.asked = [], {}
    chance = stream(seed, "promises")
    cluster.start()
    for _ in range(40):
        leaders = cluster.leaders()
        if leaders:
            at = cluster.moment(leaders[0], 0)
            cluster.perform(leaders[0], cluster.replica(leaders[0]).propose(at, Put("k", str(at.now_us))), 0)
        cluster.run(chance.uniform_int(500, 4_000))
        cluster.isolate(chance.pick(cluster.names))
        cluster.loss = chance.pick((0, 300, 500))
        cluster.run(chance.uniform_int(50_000, 300_000))
        cluster.heal()
    assert list(cluster.events("leader-elected")), "nobody was elected: nothing was tested"
    return cluster.lies


@pytest.mark.parametrize("seed", range(6))
def test_a_promise_tells_the_votes_as_they_were_cast(seed: int) -> None:
    assert lies(seed) == []


@pytest.mark.parametrize("switch", ["reports-promised-ballot"])
def test_a_promise_that_tells_other_votes_is_noticed(switch: str) -> None:
    assert any(lies(seed, (switch,)) for seed in range(6))
