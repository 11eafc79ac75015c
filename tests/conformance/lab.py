"""A laboratory: a real world with a data centre's times, whose log is judged entry by entry as it grows."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.checking.invariants import Checker
from app.checking.linearizability.live import LiveHistory
from app.consensus.client import ClientSettings
from app.consensus.session import SessionSettings
from app.scenarios import load_scenario
from app.vocabulary.base import Command, Entry, Refused
from app.vocabulary.commands import CompareAndSet, CutLink, GetKey, HealNetwork, Partition, PutKey, SetRate
from app.vocabulary.ids import MS, SECOND
from app.world.scenario import MachineSetting, Scenario
from app.world.world import World

SESSION = SessionSettings(retry_us=50 * MS, busy_us=10 * MS, timeout_us=10 * SECOND)
"""No operation gives up within the longest wait that is allowed, so that the wait is seen."""

QUICK = {
    "heartbeat_us": 20 * MS,
    "election_us_min": 150 * MS,
    "election_us_max": 300 * MS,
    "retransmit_us": 20 * MS,
}
"""Seven heartbeats fit into the time after which a leader gives up: with a fifth of all messages lost, and three servers of
five left, so that each of them is needed, it is seldom that none of seven is answered (0.36 to the 7th, 1 in 1,300)."""


def scenario_of(
    servers: int, clients: int, loss_ppm: int, settings: ClientSettings, **consensus: Any
) -> Scenario:
    """The scenario `search` (links of 0.2 to 2 ms) with other machines and times."""
    base = load_scenario("search")
    machines = [MachineSetting(f"s{number + 1}", "storage", "ab"[number % 2]) for number in range(servers)]
    machines += [MachineSetting(f"w{number + 1}", "client") for number in range(clients)]
    return replace(
        base,
        machines=tuple(machines),
        network=replace(base.network, loss_ppm=loss_ppm),
        consensus=replace(base.consensus, **(QUICK | consensus)),
        clients=settings,
    )


class Lab:
    """servers s1.., clients w1..; `per_1000_s` operations of each client, 0 for those that a test gives.

    entries: the whole log. Every entry is judged: the invariants, and the linearizability of what clients saw.
    """

    def __init__(
        self,
        servers: int,
        clients: int,
        seed: int = 1,
        loss_ppm: int = 0,
        per_1000_s: int = 0,
        keys: int = 3,
        sessions: int = 1,
        cas_pct: int = 30,
        get_pct: int = 40,
        **consensus: Any,
    ) -> None:
        settings = ClientSettings(per_1000_s, sessions, keys, get_pct, cas_pct, SESSION)
        self.world = World(scenario_of(servers, clients, loss_ppm, settings, **consensus), seed)
        self.servers = tuple(f"s{number + 1}" for number in range(servers))
        self.clients = tuple(f"w{number + 1}" for number in range(clients))
        self.entries: list[Entry] = []
        self.checker, self.history = Checker(), LiveHistory()
        self._judge(self.world.start())

    @property
    def now_us(self) -> int:
        return self.world.now_us

    def _judge(self, entries: list[Entry]) -> None:
        for entry in entries:
            wrong = self.checker.on_entry(entry) + self.history.on_entry(entry)
            assert not wrong, f"{wrong[0]} at {entry}"
        self.entries += entries
        assert self.world.failure is None, self.world.failure

    def run(self, for_us: int) -> Lab:
        self._judge(self.world.advance(self.now_us + for_us))
        return self

    def take(self, command: Command) -> None:
        answer = self.world.take(command)
        assert not isinstance(answer, Refused), answer
        self._judge(answer)

    def led(self) -> str:
        """Run until somebody leads, 2 s at most; who."""
        for _ in range(200):
            self.run(10 * MS)
            for entry in reversed(self.entries):
                if entry.event.__struct_config__.tag == "leader-ready":
                    return str(entry.event.node)  # type: ignore[attr-defined]
        raise AssertionError("nobody leads within 2 s")

    # Clients

    def events(self, tag: str, since: int = 0) -> list[Any]:
        return [entry.event for entry in self.entries[since:] if entry.event.__struct_config__.tag == tag]

    def ask(self, command: PutKey | GetKey | CompareAndSet, within_us: int = 2 * SECOND) -> tuple[str, Any]:
        """Let a client do one thing, and wait for the answer: (status, result), or ("none", None) if none comes in time."""
        since = len(self.entries)
        self.take(command)
        begun_us = self.now_us
        while self.now_us < begun_us + within_us:
            self.run(2 * MS)
            for event in self.events("operation-ended", since):
                if event.client == command.client:
                    return event.status, event.result
        return "none", None

    def put(self, client: str, key: str, value: str) -> tuple[str, Any]:
        return self.ask(PutKey(client, key, value))

    def get(self, client: str, key: str) -> tuple[str, Any]:
        return self.ask(GetKey(client, key))

    def append(self, client: str, key: str, more: str) -> None:
        """What dslabs calls append: read, and compare-and-set until nobody came between."""
        for _ in range(20):
            status, held = self.get(client, key)
            assert status == "ok", status
            status, _ = self.ask(CompareAndSet(client, key, held or "", (held or "") + more))
            if status == "ok":
                return
        raise AssertionError("twenty times somebody came between")

    def ended_ok(self, since: int = 0) -> int:
        """Operations that ended with a true answer."""
        return sum(1 for event in self.events("operation-ended", since) if event.status in ("ok", "failed"))

    def longest_wait_us(self) -> int:
        """Of all operations, those under way included."""
        begun: dict[tuple[str, int], int] = {}
        longest_us = 0
        for entry in self.entries:
            event: Any = entry.event
            tag = event.__struct_config__.tag
            if tag == "operation-invoked":
                begun[event.session, event.number] = entry.at_us
            elif tag == "operation-ended":
                longest_us = max(longest_us, entry.at_us - begun.pop((event.session, event.number)))
        return max([longest_us, *[self.now_us - at_us for at_us in begun.values()]])

    def stop(self) -> None:
        """No more operations; what is under way may end. Then all replicas that run hold the same log."""
        self.take(SetRate(0))
        self.heal()
        self.run(2 * SECOND)
        assert not self.history.finish(len(self.entries))
        memory = self.world.view()["memory"]
        applied = [memory[server]["applied"] for server in self.servers]
        told = ("value-applied", "state-received")
        events = [entry.event for entry in self.entries if entry.event.__struct_config__.tag in told]
        digests = {event.node: event.digest for event in events}  # type: ignore[attr-defined]
        assert len(set(applied)) == 1, applied
        assert len(set(digests.values())) == 1, "equal logs give equal digests"

    # The network

    def split(self, *groups: tuple[str, ...]) -> None:
        """These groups apart; whoever is in none of them keeps all links. Nothing else is cut afterwards."""
        self.heal()
        self.take(Partition(groups))

    def heal(self) -> None:
        if any(self.world.view().get(kind) for kind in ("partition", "cut")):
            self.take(HealNetwork())

    def cut(self, *directions: tuple[str, str]) -> None:
        for src, dst in directions:
            self.take(CutLink(src, dst))

    def decided(self, since: int = 0) -> int:
        return len(self.events("value-chosen", since))
