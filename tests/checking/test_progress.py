"""Standing still is told, and only when nothing excuses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.checking.invariants import Checker
from app.checking.progress import PATIENCE
from app.checking.verdict import STALLED, Verdict
from app.consensus.client import OperationEnded, OperationInvoked
from app.consensus.events import ValueChosen
from app.consensus.multipaxos.events import LeaderReady, LeaderSteppedDown, PrevoteStarted
from app.faults.events import FaultBegan
from app.vocabulary.base import Entry, Event
from app.vocabulary.events import (
    LinkCut,
    LinkHealed,
    MachineSpec,
    NetworkChanged,
    NodeKilled,
    NodeRestarted,
    RunStarted,
)
from app.vocabulary.ids import SECOND, Ballot

ONE = Ballot(1, "s1")
BOUND_S = PATIENCE * 5
MACHINES = (*(MachineSpec(f"s{n}", "storage") for n in (1, 2, 3)), MachineSpec("w1", "client"))
RUN = RunStarted("test", 1, MACHINES, {"election_us_max": 5 * SECOND, "loss_ppm": 0})
READY = LeaderReady("s1", ONE, 1)
ASKED = OperationInvoked("w1", "a", 1, ("get", "k"), 1, 1)
WAITED = OperationEnded("w1", "a", 1, "unknown", None, 5, 0, 0, 1, 0)
ANSWERED = OperationEnded("w1", "a", 1, "ok", None, 5, 1, 0, 0, 0)
LOOK = PrevoteStarted("s2", 3)
CHOSEN = ValueChosen("s1", 1, ONE, ("s1", "s2"), [], 7, 5)


def judge(*timed: tuple[int, Event]) -> list[Verdict]:
    checker = Checker()
    found: list[Verdict] = []
    for seq, (at_s, event) in enumerate(((0, RUN), *timed)):
        found += checker.on_entry(Entry(seq, at_s * SECOND, None, event))
    return [verdict for verdict in found if verdict.check == "progress"]


STALLS: dict[str, list[tuple[int, Event]]] = {
    "nobody was ever elected": [(BOUND_S, LOOK)],
    "the leader stepped down and nobody follows": [
        (1, READY), (2, LeaderSteppedDown("s1", ONE, "no-quorum")), (2 + BOUND_S, LOOK),
    ],
    "there is a leader, and a client waits in vain": [(1, READY), (2, ASKED), (2 + BOUND_S, WAITED)],
    "two of three are up, and enough": [(1, NodeKilled("s3", 1)), (1 + BOUND_S, LOOK)],
    "healed long ago": [(1, LinkCut("s1", "s2", 1)), (5, LinkHealed("s1", "s2")), (5 + BOUND_S, LOOK)],
}  # fmt: skip


@pytest.mark.parametrize("timed", STALLS.values(), ids=STALLS.keys())
def test_standing_still(timed: list[tuple[int, Event]], told: Callable[[Verdict], str]) -> None:
    found = judge(*timed)
    assert [(verdict.status, verdict.seq) for verdict in found] == [(STALLED, len(timed))]
    assert "{" not in told(found[0])
    assert judge(*timed, (timed[-1][0] + 1, LOOK)) == found, "it is told once"


EXCUSES: dict[str, list[tuple[int, Event]]] = {
    "not long enough": [(BOUND_S - 1, LOOK)],
    "nobody asks, and there is a leader": [(1, READY), (9 * BOUND_S, LOOK)],
    "something was decided meanwhile": [(1, READY), (2, ASKED), (BOUND_S, CHOSEN), (2 + BOUND_S, LOOK)],
    "somebody was answered meanwhile": [(1, READY), (2, ASKED), (BOUND_S, ANSWERED), (2 + BOUND_S, LOOK)],
    "two of three are down": [(1, NodeKilled("s3", 1)), (1, NodeKilled("s2", 1)), (9 * BOUND_S, LOOK)],
    "a restart begins the count anew": [
        (1, NodeKilled("s3", 1)), (BOUND_S, NodeRestarted("s3", 1)), (BOUND_S + 5, LOOK),
    ],
    "one direction is cut between any two": [
        (1, LinkCut("s1", "s2", 1)), (1, LinkCut("s2", "s3", 1)), (1, LinkCut("s3", "s1", 1)), (9 * BOUND_S, LOOK),
    ],
    "bad weather": [(1, NetworkChanged(500_000, 0, 0)), (9 * BOUND_S, LOOK)],
    "disks that are slow": [
        (1, FaultBegan("slow-disk:s1", "slow-disk", ("s1",), (), {}, 1, True)),
        (1, FaultBegan("slow-disk:s2", "slow-disk", ("s2",), (), {}, 1, True)), (9 * BOUND_S, LOOK),
    ],
    "links that lose messages": [
        (1, FaultBegan("link-loss:1", "link-loss", (), (("s1", "s2"), ("s2", "s3"), ("s3", "s1")), {}, 1, True)),
        (9 * BOUND_S, LOOK),
    ],
    "the client is cut off": [
        (1, READY), (1, LinkCut("w1", "s1", 1)), (1, LinkCut("w1", "s2", 1)), (2, ASKED), (9 * BOUND_S, WAITED),
    ],
}  # fmt: skip


@pytest.mark.parametrize("timed", EXCUSES.values(), ids=EXCUSES.keys())
def test_a_good_excuse(timed: list[tuple[int, Event]]) -> None:
    assert judge(*timed) == []
