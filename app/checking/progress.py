"""Liveness, as far as it can be asked for: with a majority connected both ways, something is decided within a bound.

"Paxos Made Simple", section 2.4: progress needs a distinguished proposer and a quorum that hears it. Who stands still has
decided nothing wrong, so it has a status of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from app.checking.links import Links
from app.checking.verdict import STALLED, Verdict
from app.vocabulary.ids import SECOND, NodeId

PATIENCE = 8
"""So many of the longest election timeouts may pass."""
WEATHER = ("loss_ppm", "duplicate_ppm", "reorder_ppm")


class Progress:
    """Whether a well-connected majority stands still while somebody waits, or has no leader.

    now_us: to be set before each entry. bound_us: how long is too long; 0: nothing is known of this protocol's times.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self.bound_us = 0
        self._links = Links()
        self._storage = 0
        self._usual: tuple[int, ...] = ()
        self._stormy = False
        self._calm: tuple[NodeId, ...] = ()
        self._since = (0, 0)
        self._asked: tuple[int, int] | None = None
        self._leaders: dict[NodeId, None] = {}
        self._told = False
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            **dict.fromkeys(self._links.folds, self._on_network),
            "run-started": self._on_run_started,
            "network-changed": self._on_weather,
            "value-chosen": self._on_progress,
            "leader-ready": self._on_ready,
            "leader-stepped-down": self._on_gone,
            "operation-invoked": self._on_invoked,
            "operation-ended": self._on_ended,
            "prevote-started": self._look,
            "campaign-started": self._look,
        }

    # What is well

    def _on_run_started(self, seq: int, event: Any) -> list[Verdict]:
        self._links.folds["run-started"](event)
        constants = event.constants
        self.bound_us = PATIENCE * int(constants.get("election_us_max", 0))
        self._usual = tuple(int(constants.get(name, 0)) for name in WEATHER)
        self._restart(seq)
        return []

    def _on_network(self, seq: int, event: Any) -> list[Verdict]:
        tag = str(event.__struct_config__.tag)
        self._links.folds[tag](event)
        if tag == "node-killed":
            self._leaders.pop(event.node, None)
        self._restart(seq)
        return []

    def _on_weather(self, seq: int, event: Any) -> list[Verdict]:
        self._stormy = tuple(getattr(event, name) for name in WEATHER) != self._usual
        self._restart(seq)
        return []

    def _restart(self, seq: int) -> None:
        """Something changed: patience begins anew."""
        self._calm = () if self._stormy else self._majority()
        self._since, self._asked, self._told = (self.now_us, seq), None, False

    def _majority(self) -> tuple[NodeId, ...]:
        """A majority of the storage machines, all of them well and connected with each other; empty if there is none."""
        links = self._links
        nodes, well = links.all("storage"), links.well("storage")
        for group in combinations(well, len(nodes) // 2 + 1):
            if all(links.clear(left, right) for left, right in combinations(group, 2)):
                return group
        return ()

    # What happens

    def _on_progress(self, seq: int, event: Any) -> list[Verdict]:
        self._since, self._asked, self._told = (self.now_us, seq), None, False
        return []

    def _on_ready(self, seq: int, event: Any) -> list[Verdict]:
        self._leaders[event.node] = None
        return self._on_progress(seq, event)

    def _on_gone(self, seq: int, event: Any) -> list[Verdict]:
        self._leaders.pop(event.node, None)
        if not self._leaders:
            self._since = (self.now_us, seq)
        return []

    def _on_invoked(self, seq: int, event: Any) -> list[Verdict]:
        client = event.client
        if self._asked is None and client in self._links.well("client"):
            if all(self._links.clear(client, node) for node in self._calm):
                self._asked = (self.now_us, seq)
        return self._look(seq, event)

    def _on_ended(self, seq: int, event: Any) -> list[Verdict]:
        return self._look(seq, event) if event.status == "unknown" else self._on_progress(seq, event)

    def _look(self, seq: int, event: Any) -> list[Verdict]:
        """Is it too long?"""
        since = self._since if not self._leaders else self._asked
        if self._told or since is None or not self._calm or not self.bound_us:
            return []
        waited_us = self.now_us - max(since[0], self._since[0])
        if waited_us < self.bound_us:
            return []
        self._told = True
        fields: dict[str, str | int] = {"nodes": ", ".join(self._calm), "waited_s": waited_us // SECOND}
        proof = tuple(sorted({self._since[1], since[1], seq}))
        return [Verdict("progress", STALLED, seq, proof, "nothing-decided", fields)]
