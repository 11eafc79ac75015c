"""The world: one plain value that holds a whole cluster, and hands back what happens in it."""

from __future__ import annotations

import sys
import traceback

from app.consensus import PROTOCOLS
from app.faults.base import Ground
from app.simulation.disk import Disk
from app.simulation.loop import Loop
from app.simulation.machine import Machine
from app.simulation.network import Network
from app.simulation.randomness import stream
from app.vocabulary.base import Command, Entry, Picture, Refused
from app.vocabulary.events import CommandTaken, HandlerFailed, RunStarted
from app.vocabulary.ids import NodeId
from app.world.host import Host
from app.world.intake import perform, refusal
from app.world.observer import Observer
from app.world.programs import Programs, composite_state
from app.world.registry import plain_command
from app.world.scenario import Scenario
from app.world.view import view


class World:
    """A cluster that runs. `(scenario, seed, commands)` decides everything that ever happens in it.

    It stands only between two instants: commands enter, copies (by pickle) are made and it is looked at only there.
    A copy goes on exactly as the original. It holds neither its log nor anybody who reads it: every method hands back
    the new entries.

    now_us:  everything before it has happened, nothing at or after it but commands.
    failure: traceback of a bug of ours that stopped the world, else None.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.failure: str | None = None
        self._taken = 0
        specs = scenario.specs()
        network = Network(seed, scenario.climate(), {spec.node: spec.zone for spec in specs})
        machines: dict[NodeId, Machine] = {}
        for spec in specs:
            disk = Disk(scenario.disk_model(), stream(seed, f"disk:{spec.node}"))
            if spec.role == "storage":
                disk.content.update(PROTOCOLS[scenario.protocol].formatted)
            machines[spec.node] = Machine(spec, disk, stream(seed, f"machine:{spec.node}"))
        self._observer = Observer(composite_state(scenario, telling=True), scenario.configurations())
        self._host = Host(Loop(), network, machines, Programs(scenario), self._observer)
        self._host.rules = scenario.rules(seed)

    @property
    def now_us(self) -> int:
        return self._host.loop.now_us

    def ground(self) -> Ground:
        """What faults stand on, for whoever aims them: to be read, never to be changed."""
        return self._host

    def start(self) -> list[Entry]:
        """Entry 0, and what machines do when they are switched on. Once, before anything else."""
        host = self._host
        assert host.seq == 0, "a world starts once"
        scenario = self.scenario
        seq = host.emit(RunStarted(scenario.name, self.seed, scenario.specs(), scenario.constants()), None)
        host.emit(self._observer.configurations.current.in_force(), seq)
        try:
            for machine in host.machines.values():
                host.boot(machine, seq)
            self._observer.settle(host)
        except Exception as error:
            self._fail(error)
        return self._hand_back()

    def next_at_us(self) -> int | None:
        """When the next thing happens by itself, or None if nothing will."""
        return None if self.failure else self._host.loop.next_at_us()

    def advance(self, until_us: int, max_entries: int | None = None) -> list[Entry]:
        """Run everything strictly before `until_us`; returns the new entries.

        max_entries: stop early, at the end of the instant in which so many are reached. `now_us` tells where it stands.
        A world that failed stands still: nothing happens in it any more.
        """
        host, observer = self._host, self._observer
        loop, heap, entries = host.loop, host.loop.heap, host.entries
        step, settle = host.step, observer.settle
        most = max_entries if max_entries is not None else sys.maxsize
        try:
            while heap and (at_us := heap[0][0]) < until_us and self.failure is None:
                step()
                while heap and heap[0][0] == at_us:
                    step()
                settle(host)
                if len(entries) >= most:
                    # This instant is over: on replay, too, a command given now must come after it.
                    loop.now_us = at_us + 1
                    return self._hand_back()
        except Exception as error:
            self._fail(error)
        if self.failure is None and loop.now_us < until_us:
            loop.now_us = until_us
        return self._hand_back()

    def take(self, command: Command) -> list[Entry] | Refused:
        """Let a command take effect at `now_us`: its entries, `CommandTaken` first; or why it cannot be taken."""
        host = self._host
        if self.failure is not None:
            return Refused("run-failed", {})
        refused = refusal(host, command)
        if refused is not None:
            return refused
        self._taken += 1
        seq = host.emit(CommandTaken(self._taken, plain_command(command)), None)
        try:
            perform(host, command, seq)
            self._observer.settle(host)
        except Exception as error:
            self._fail(error)
        return self._hand_back()

    def _hand_back(self) -> list[Entry]:
        entries, self._host.entries = self._host.entries, []
        return entries

    def _fail(self, error: Exception) -> None:
        """A bug of ours: the log ends with it, and the traceback is kept for whoever mends it."""
        self.failure = "".join(traceback.format_exception(error))
        self._host.emit(HandlerFailed(self._host.acting, f"{type(error).__name__}: {error}"), None)

    def view(self) -> Picture:
        """The picture as it is now, computed from the machines."""
        return view(self.scenario, self.seed, self._host, self._observer)
