"""Who does the harm in a trial: drawn from the seed, and aimed at the moments in which protocols break.

Random faults hardly ever meet a disk bug: so it lies in wait. A stratagem is chosen, its moment awaited (unsynced
writes, a candidate elected, the first vote in a slot ...), the blow struck in that very instant, and undone later. Each
seed favours some stratagems and leaves others out ("swarm testing", Groce et al., ISSTA 2012): all at once hide
each other's bugs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.consensus.commands import AddReplica, RemoveReplica
from app.faults.heal import HealEverything
from app.faults.hold_message import HoldMessage, ReleaseMessage
from app.faults.memory import readmitted, whole
from app.faults.nemesis import DEFAULT
from app.faults.wipe import WipeDisk
from app.search.bench import Bench, Watch
from app.search.old_leader import OldLeader
from app.search.palette import Palette
from app.simulation.machine import UP
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Entry
from app.vocabulary.commands import (
    CutLink,
    HealLink,
    HealPartition,
    KillNode,
    Partition,
    PauseNode,
    RestartNode,
    ResumeNode,
    SetNetwork,
)
from app.vocabulary.ids import NodeId
from app.world.scenario import Scenario

MOMENTS = (
    "vote-cast",
    "vote-cast",
    "ballot-promised",
    "campaign-started",
    "leader-elected",
    "leader-ready",
    "leader-stepped-down",
    "value-chosen",
    "value-applied",
    "votes-trimmed",
    "state-received",
    "node-restarted",
)
"""Events worth lying in wait for, by tag; the likelier ones are listed more often."""
STRATAGEMS = (
    "ambush",
    "unsynced",
    "split",
    "lonely",
    "rotate",
    "cut",
    "weather",
    "kill",
    "pause",
    "massacre",
    "palette",
    "palette",
    "members",
    "relapse",
)
STAND_FOR: dict[str, tuple[str, ...]] = {
    "kill": ("kill", "unsynced", "massacre", "ambush"),
    "partition": ("split", "lonely", "rotate"),
    "isolate": ("lonely",),
    "pause": ("pause", "ambush"),
    "cut-link": ("cut",),
    "weather": ("weather",),
    "add-replica": ("members",),
    "remove-replica": ("members",),
}
"""Fault that provokes a planted bug -> the stratagems that use it; any other fault is drawn from the palette."""
HEED_PPM = 700_000
"""How often an adversary heeds what provokes a planted bug."""


class Adversary:
    """Strikes at random times until it is told to stop.

    pace:  1, or so many times rarer. provoked_by: faults under which what is searched for shows soonest.
    lasts: draws how long a harm lasts, from the blink of an fsync to several elections.
    """

    def __init__(
        self,
        bench: Bench,
        scenario: Scenario,
        chance: Stream,
        pace: int = 1,
        provoked_by: tuple[str, ...] = (),
    ) -> None:
        self._bench, self._chance = bench, chance
        self._storage = scenario.of_role("storage")
        self._clients = scenario.of_role("client")
        self._election_us = scenario.consensus.election_us_max
        self._fsync_us = scenario.disk.fsync_us[-1]
        heeded = tuple(name for name in provoked_by if chance.chance_ppm(HEED_PPM))
        names = self._favourites(heeded)
        if scenario.consensus.reads != "log":
            # Of no use otherwise; and of the others, one is left out for it.
            names = chance.shuffle([*names[:-1], "old_leader"])
        self._trap = OldLeader(bench, scenario, chance)
        self._ways: list[Callable[[], None]] = [getattr(self, f"_{name}") for name in names]
        drawn = tuple(name for name in heeded if name in DEFAULT and name not in STAND_FOR)
        some = chance.shuffle(DEFAULT)[: chance.uniform_int(1, 6)]
        self._faults = Palette(bench, drawn or tuple(some), chance, self.lasts)
        self._gap_us = pace * self._election_us * chance.pick((1, 2, 4)) // 4
        self._arm()

    def _favourites(self, heeded: tuple[str, ...]) -> list[str]:
        """Two to five stratagems, in a random order; the first is used most."""
        chance = self._chance
        wanted = [chance.pick(STAND_FOR.get(name, ("palette",))) for name in heeded]
        others = chance.shuffle(STRATAGEMS)[: chance.uniform_int(2, 5)]
        return chance.shuffle(wanted) + others[: max(1, len(others) - len(wanted))]

    def _arm(self) -> None:
        self._bench.later(self._chance.uniform_int(1, 2 * self._gap_us), self._strike)

    def _strike(self) -> None:
        chance, ways = self._chance, self._ways
        first = min(chance.uniform_int(0, len(ways) - 1), chance.uniform_int(0, len(ways) - 1))
        ways[first]()
        self._arm()

    def lasts(self) -> int:
        """How long a harm lasts, microseconds."""
        election_us, fsync_us = self._election_us, self._fsync_us
        longest_us = self._chance.pick(
            (fsync_us // 4, fsync_us, election_us // 2, election_us, 3 * election_us)
        )
        return self._chance.uniform_int(longest_us // 4, longest_us)

    # Whom

    def _in(self, state: str) -> list[NodeId]:
        machines = self._bench.ground.machines
        return [node for node in self._storage if machines[node].state == state]

    def _leader(self) -> NodeId:
        """Who leads or tries to; a random replica if nobody does."""
        machines = self._bench.ground.machines
        for node in self._in(UP):
            replica: Any = getattr(machines[node].process, "replica", None)
            if getattr(replica, "leader", None) is not None:
                return node
        return self._chance.pick(self._storage)

    def _victim(self) -> NodeId:
        return self._leader() if self._chance.chance_ppm(500_000) else self._chance.pick(self._storage)

    # Stratagems

    def _kill(self, node: NodeId = "") -> None:
        node = node or self._victim()
        if self._bench.take(KillNode(node)):
            self._bench.later(self.lasts(), lambda: self._take_back(RestartNode(node)))

    def _pause(self, node: NodeId = "") -> None:
        node = node or self._victim()
        if self._bench.take(PauseNode(node)):
            self._bench.later(self.lasts(), lambda: self._take_back(ResumeNode(node)))

    def _massacre(self, _: NodeId = "") -> None:
        """Several at once, perhaps all: what survives is what the disks hold."""
        for node in self._chance.shuffle(self._storage)[: self._chance.uniform_int(2, len(self._storage))]:
            self._kill(node)

    def _split(self, node: NodeId = "") -> None:
        """Two groups at random, clients on either side."""
        everybody = self._chance.shuffle(self._storage + self._clients)
        place = self._chance.uniform_int(1, len(everybody) - 1)
        self._part(tuple(everybody[:place]), tuple(everybody[place:]))

    def _lonely(self, node: NodeId = "") -> None:
        """One replica alone, or with one friend and a client that still believe in it."""
        node = node or self._victim()
        others = self._chance.shuffle([other for other in self._storage if other != node])
        clients = self._chance.shuffle(self._clients)
        friends = others[: self._chance.pick((0, 0, 1))]
        mine = (node, *friends, *clients[: self._chance.uniform_int(0, 1)])
        self._part(mine, tuple(name for name in self._storage + self._clients if name not in mine))

    def _rotate(self, _: NodeId = "") -> None:
        """Majorities that change member by member, about as fast as elections: every one of them may decide."""
        self._part_again(self._chance.uniform_int(3, 8))

    def _part_again(self, rounds: int) -> None:
        storage = self._chance.shuffle(self._storage)
        away = storage[: max(1, (len(storage) - 1) // 2)]
        lasts_us = self._chance.uniform_int(self._election_us // 4, self._election_us * 3 // 2)
        rest = tuple(name for name in self._storage + self._clients if name not in away)
        self._part(tuple(away), rest, lasts_us)
        if rounds > 1:
            self._bench.later(lasts_us, lambda: self._part_again(rounds - 1))

    def _part(self, one: tuple[NodeId, ...], other: tuple[NodeId, ...], lasts_us: int = 0) -> None:
        network = self._bench.ground.network
        name = network.next_partition()
        if one and other and self._bench.take(Partition((one, other))):
            self._bench.later(lasts_us or self.lasts(), lambda: self._take_back(HealPartition(name)))

    def _cut(self, node: NodeId = "") -> None:
        """One direction of one link, now and then both; around the leader more often than not."""
        src = node or self._victim()
        dst = self._chance.pick([other for other in self._storage + self._clients if other != src])
        if self._chance.chance_ppm(500_000):
            src, dst = dst, src
        both = self._chance.chance_ppm(250_000)
        if self._bench.take(CutLink(src, dst, both)):
            self._bench.later(self.lasts(), lambda: self._take_back(HealLink(src, dst, both)))

    def _weather(self, _: NodeId = "") -> None:
        """Loss, duplication, reordering: one of them or all, from some to most messages."""
        levels = (0, 0, 50_000, 200_000, 500_000)
        ppm = [self._chance.pick(levels) for _ in range(3)]
        if self._bench.take(SetNetwork(*ppm)):
            usual = self._bench.ground.network.climate.weather
            back = SetNetwork(usual.loss_ppm, usual.duplicate_ppm, usual.reorder_ppm)
            self._bench.later(2 * self.lasts(), lambda: self._take_back(back))

    def _unsynced(self, _: NodeId = "") -> None:
        """Kill replicas in the very instant in which they have writes that no fsync has made safe."""
        most = self._chance.uniform_int(1, len(self._storage))
        machines = self._bench.ground.machines

        def saw(entries: Sequence[Entry]) -> bool:
            caught = [node for node in self._in(UP) if machines[node].disk.unsynced]
            for node in caught[:most]:
                self._kill(node)
            return bool(caught)

        self._watch(saw)

    def _ambush(self, _: NodeId = "") -> None:
        """Wait for an event of the protocol, and hurt the machine that it is about in that instant."""
        tag = self._chance.pick(MOMENTS)
        passed = self._chance.pick((0, 0, 1, 2))
        blow = self._chance.pick(
            (self._kill, self._kill, self._pause, self._lonely, self._cut, self._massacre)
        )
        whom = self._chance.pick(("it", "it", "other"))
        left = [passed]

        def saw(entries: Sequence[Entry]) -> bool:
            for entry in entries:
                if entry.event.__struct_config__.tag == tag:
                    left[0] -= 1
                    if left[0] < 0:
                        node = str(getattr(entry.event, "node", ""))
                        blow(
                            node
                            if whom == "it" and node in self._storage
                            else self._chance.pick(self._storage)
                        )
                        return True
            return False

        self._watch(saw)

    def _palette(self, _: NodeId = "") -> None:
        """Any other fault there is."""
        self._faults.strike()

    def _old_leader(self, _: NodeId = "") -> None:
        """Whoever leads is alone with a reader."""
        self._trap.strike(self._leader())

    def _members(self, _: NodeId = "") -> None:
        """Give a replica its seat among the voters, or take it away; now and then several changes on each other's heels."""
        for _again in range(self._chance.pick((1, 1, 2, 3))):
            node = self._chance.pick(self._storage)
            change = self._chance.pick((AddReplica, RemoveReplica))
            if change is AddReplica or self._may_remove():
                self._bench.take(change(node))

    def _may_remove(self) -> bool:
        return self._bench.group.may_remove(self._bench.ground, self._bench.steps)

    def _relapse(self, _: NodeId = "") -> None:
        """A replica loses its memory and pleads for another seat. Its plea is held up, and comes when things have changed:
        it has lost its memory again, or was removed and added, or just has its seat."""
        node = self._chance.pick(self._storage)
        if not self._wipe(node):
            return
        then = self._chance.pick((self._wipe, self._wipe, self._move, self._kill))

        def strike_again() -> None:
            then(node)

        def saw(entries: Sequence[Entry]) -> bool:
            ground = self._bench.ground
            kinds = ground.rules.spec.pleas
            flights = ground.network.flights.values()
            pleas = [flight.id for flight in flights if flight.src == node and type(flight.message) in kinds]
            for plea in pleas:
                self._hold(plea)
            if pleas:
                self._bench.later(self.lasts(), strike_again)
            return bool(pleas)

        self._watch(saw)

    def _wipe(self, node: NodeId) -> bool:
        """Wipe a disk for good, if that is bearable: one that is blank already may be wiped again."""
        bench, ground, wish = self._bench, self._bench.ground, WipeDisk(node)
        others = [other for other in self._storage if other != node]
        bearable = all(whole(ground, other) for other in others) and readmitted(ground, node)
        if not (bearable and bench.group.may_forget(ground, bench.steps, node) and bench.take(wish)):
            return False
        bench.later(self.lasts(), lambda: self._take_back(RestartNode(node)))
        return True

    def _hold(self, message: int) -> None:
        if self._bench.take(HoldMessage(message)):
            for_us = self._chance.uniform_int(1, 5) * self._election_us // 2
            self._bench.later(for_us, lambda: self._take_back(ReleaseMessage(message)))

    def _move(self, node: NodeId) -> None:
        """Out of the group, and in again."""
        if self._may_remove():
            self._bench.take(RemoveReplica(node))
        self._bench.later(self.lasts(), lambda: self._take_back(AddReplica(node)))

    def _watch(self, saw: Callable[[Sequence[Entry]], bool]) -> None:
        if len(self._bench.watches) < 3:
            self._bench.watches.append(Watch(saw, self._bench.now_us + 2 * self._election_us))

    # Undoing

    def _take_back(self, command: Command) -> None:
        """Undo one harm, if it is still there to be undone."""
        self._bench.take(command)

    def make_peace(self) -> None:
        """Undo everything: every machine runs, and hears every other."""
        self._bench.take(HealEverything())
